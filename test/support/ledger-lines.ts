/**
 * Ledger lines for tests of what reads them: numbered, an hour apart, with made-up hashes and chain values.
 */
import { createHash } from 'node:crypto';
import type { Evidence } from '../../src/base/types.js';
import type { KeepLine, LedgerLine, MoveLine, NewLine } from '../../src/store/ledger/lines.js';

export const photos = {
  source: '6f0c2f9e-6f52-4c58-9a3f-8a4f7d1f5b10',
  name: 'Photos',
  computer: 'desk',
  root: '/home/anna/Pictures',
} as const;

/** 64 hex digits that stand for a content. */
export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

export interface LineMaker {
  (line: NewLine): LedgerLine;
  keep(path: string, content: string): KeepLine;
  move(was: string, path: string): MoveLine;
}

/** Makes the lines of one ledger, one after the other. */
export function lineMaker(options: { evidence?: Evidence } = {}): LineMaker {
  let n = 0;
  const make = <L extends NewLine>(line: L) => {
    n += 1;
    const at = new Date(Date.UTC(2026, 0, 1, n)).toISOString();
    return { n, at, ...line, link: hashOf(String(n)).slice(0, 32) };
  };
  const common = { source: photos.source, modified: 1_767_225_600_000_000 };
  return Object.assign((line: NewLine): LedgerLine => make(line), {
    keep: (path: string, content: string): KeepLine =>
      make({
        ...{ do: 'keep', ...common, path, bytes: content.length, b3: hashOf(content) },
        ...{ stored: `Pictures/Photos/${path}`, from: `Incoming/w/${n}` },
        evidence: options.evidence ?? 'proven',
      } as const),
    move: (was: string, path: string): MoveLine =>
      make({
        ...{ do: 'move', ...common, path, was, from: `Pictures/Photos/${was}` },
        stored: `Pictures/Photos/${path}`,
      } as const),
  });
}
