/** What the tests of ledgers share: a ledger in a folder, written by the writer, and ways to harm it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { native } from '../../../src/platform/native.js';
import type { HashBytes } from '../../../src/store/ledger/chain.js';
import type { LedgerLine, LedgerPosition, NewLine } from '../../../src/store/ledger/lines.js';
import { examineLedger, type LedgerFindings, readLines } from '../../../src/store/ledger/reader.js';
import { LedgerWriter } from '../../../src/store/ledger/writer.js';

export const hash: HashBytes = (bytes) => native.hash(bytes);

export const startMs = Date.UTC(2026, 10, 21, 18, 26, 3, 120);

export function pruned(name: string): NewLine {
  return { do: 'prune', stored: `Versions/Photos/${name}`, reasons: ['a test'] };
}

export function examine(folder: string, known?: LedgerPosition): Promise<LedgerFindings> {
  return examineLedger(folder, { hash, subject: 'Ledger/w', known });
}

export async function openWriter(
  folder: string,
  options: { nowMs?: number; segmentLimitBytes?: number } = {},
): Promise<LedgerWriter> {
  const { nowMs = startMs, ...rest } = options;
  return await LedgerWriter.open(folder, await examine(folder), {
    hash,
    clock: { now: () => nowMs },
    ...rest,
  });
}

/** Writes lines in batches; returns them as they were written. */
export async function writeLedger(
  folder: string,
  batches: readonly (readonly NewLine[])[],
  segmentLimitBytes = 8 << 20,
): Promise<LedgerLine[]> {
  const writer = await openWriter(folder, { segmentLimitBytes });
  const written: LedgerLine[] = [];
  for (const batch of batches) written.push(...(await writer.append(batch.map((line) => ({ line })))));
  await writer.close();
  return written;
}

export function allLines(folder: string, findings: LedgerFindings, after = 0): LedgerLine[] {
  return [...readLines(folder, { after, upTo: findings.position.n })];
}

export function segmentFile(folder: string, number: number): string {
  return path.join(folder, `${String(number).padStart(8, '0')}.jsonl`);
}

export async function segmentFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

export async function changeSegment(
  folder: string,
  number: number,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const file = segmentFile(folder, number);
  await writeFile(file, change(await readFile(file)));
}

export function flipBit(folder: string, number: number, place: (bytes: Buffer) => number): Promise<void> {
  return changeSegment(folder, number, (bytes) => {
    const at = place(bytes);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
    return bytes;
  });
}
