/** What only moved, and what only got another time: recognised before anything is copied. */
import { absolutePath } from '../../base/paths.js';
import type { SourceSetting } from '../../base/settings.js';
import { matchMoves } from '../../rules/diff.js';
import type { IdentityRow } from '../../store/catalog/scan-rows.js';
import type { WorkDeps } from '../deps.js';
import type { Tally } from './report.js';

const filesAtOnce = 64;

export interface RecogniseOptions {
  readonly setting: SourceSetting;
  readonly tally: Tally;
  /** Whether the volume numbers a file the same as long as it lives. */
  readonly stableInodes: boolean;
}

interface Candidate {
  readonly to: IdentityRow;
  readonly from: readonly IdentityRow[];
}

/**
 * Matches the files that the scan missed with those it found for the first time: by identity, or by content
 * where
 * size and time say that it may be worth reading. Their content is then known, so that vaults rename what
 * they have.
 * Returns how many moved.
 */
export async function recogniseMoves(deps: WorkDeps, options: RecogniseOptions): Promise<number> {
  const { scan } = deps.catalog;
  const { setting, tally, stableInodes } = options;
  let moved = 0;
  const candidates: Candidate[] = [];
  const spent = new Set<number>();
  deps.catalog.transaction(() => {
    for (const { gone, added } of scan.moveGroups()) {
      const found = matchMoves(gone, added, { stableInodes });
      for (const { from, to } of found.moves) {
        if (from.b3 === undefined) continue;
        scan.know(to.fileKey, from.b3);
        scan.retire(from.fileKey);
        moved += 1;
      }
      candidates.push(...found.candidates);
    }
  });
  for (let at = 0; at < candidates.length; at += filesAtOnce) {
    await matchByContent(deps, setting, { candidates: candidates.slice(at, at + filesAtOnce), spent, tally });
  }
  await lookAtRetimed(deps, setting, tally);
  return moved + spent.size;
}

async function matchByContent(
  deps: WorkDeps,
  setting: SourceSetting,
  { candidates, spent, tally }: { candidates: readonly Candidate[]; spent: Set<number>; tally: Tally },
): Promise<void> {
  const rows = candidates.map(({ to }) => to);
  const contents = await readContents(deps, setting, { rows, tally });
  deps.catalog.transaction(() => {
    for (const { to, from } of candidates) {
      const b3 = contents.get(to.fileKey);
      if (b3 === undefined) continue;
      deps.catalog.scan.know(to.fileKey, b3);
      const former = from.find((row) => row.b3 === b3 && !spent.has(row.fileKey));
      if (!former) continue;
      spent.add(former.fileKey);
      deps.catalog.scan.retire(former.fileKey);
    }
  });
}

/** Same size, another time: a file that was touched, or a FAT card after a flight. Its content decides. */
async function lookAtRetimed(deps: WorkDeps, setting: SourceSetting, tally: Tally): Promise<void> {
  for (let after = -1; ;) {
    const rows = deps.catalog.scan.retimed(after, filesAtOnce);
    const contents = await readContents(deps, setting, { rows, tally });
    deps.catalog.transaction(() => {
      for (const [fileKey, b3] of contents) deps.catalog.scan.know(fileKey, b3);
    });
    const last = rows.at(-1);
    if (!last) return;
    after = last.fileKey;
  }
}

/**
 * What could be read in the state that the scan saw. The rest is read again when it is copied, and named
 * then.
 */
async function readContents(
  deps: WorkDeps,
  setting: SourceSetting,
  { rows, tally }: { rows: readonly IdentityRow[]; tally: Tally },
): Promise<Map<number, string>> {
  const items = rows.map((row) => ({
    source: absolutePath(setting.root, row.path),
    targets: [],
    bytes: row.bytes,
  }));
  const results = await deps.native.transfer(items, deps.signal ? { signal: deps.signal } : {});
  const contents = new Map<number, string>();
  for (const [index, row] of rows.entries()) {
    const result = results[index];
    if (!result || result.error) continue;
    tally.bytesRead += result.bytes;
    const asSeen = !result.changed && result.bytes === row.bytes && result.modifiedUs === row.modifiedUs;
    if (asSeen) contents.set(row.fileKey, result.b3);
  }
  return contents;
}
