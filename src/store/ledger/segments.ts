/** The files of one writer's ledger: their names, and finding lines in one by the number they claim. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isAbsent } from '../../platform/files.js';
import { claimOf, numberOf } from './chain.js';
import type { LedgerPosition } from './lines.js';

/**
 * Larger than any segment we write: a batch of the longest paths there are still fits. Anything above is not
 * ours.
 */
const largestSegmentBytes = 512 << 20;

/** `00000001.jsonl`. */
export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.jsonl`;
}

/** The numbers of the segments in a ledger's folder, in order; none when there is no folder. */
export async function listSegments(folder: string): Promise<number[]> {
  try {
    return segmentsAmong(await readdir(folder));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The segments' numbers, in order, among the names in a ledger's folder. */
export function segmentsAmong(names: readonly string[]): number[] {
  const numbers = names.flatMap((name) =>
    /^\d{8,15}\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : [],
  );
  return numbers.sort((a, b) => a - b);
}

/** The first number, counting from 1, that a list of segments lacks although a later one is there. */
export function missingSegment(numbers: readonly number[]): number | undefined {
  const at = numbers.findIndex((number, index) => number !== index + 1);
  return at < 0 ? undefined : at + 1;
}

/** A whole segment; `undefined` when it is far too large to be one. */
export async function loadSegment(folder: string, number: number): Promise<Buffer | undefined> {
  const file = path.join(folder, segmentName(number));
  if ((await stat(file)).size > largestSegmentBytes) return undefined;
  return await readFile(file);
}

/**
 * What the first line of a segment claims; `undefined` when the segment is empty or does not begin with a
 * line.
 */
export async function firstClaim(folder: string, number: number): Promise<number | undefined> {
  const handle = await open(path.join(folder, segmentName(number)), 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0);
    return numberOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** A line's bytes, newline excluded, and where in its segment the line after it begins. */
export interface LineSpan {
  readonly bytes: Buffer;
  readonly next: number;
}

/** The complete lines of a segment from `offset` on. */
export function* spansOf(segment: Buffer, offset = 0): Generator<LineSpan> {
  let start = offset;
  for (;;) {
    const end = segment.indexOf(0x0a, start);
    if (end < 0) return;
    yield { bytes: segment.subarray(start, end), next: end + 1 };
    start = end + 1;
  }
}

/** The complete lines of a segment that end at or before `offset`, the last one first. */
export function* spansBefore(segment: Buffer, offset: number): Generator<LineSpan> {
  let next = segment.subarray(0, offset).lastIndexOf(0x0a) + 1;
  while (next > 0) {
    const start = next < 2 ? 0 : segment.lastIndexOf(0x0a, next - 2) + 1;
    yield { bytes: segment.subarray(start, next - 1), next };
    next = start;
  }
}

/** The line a segment holds under exactly this number and chain value. */
export function spanAt(segment: Buffer, position: LedgerPosition): LineSpan | undefined {
  for (const span of spansBefore(segment, segment.length)) {
    const claim = claimOf(span.bytes);
    if (claim?.n === position.n) return claim.link === position.link ? span : undefined;
    if (claim && claim.n < position.n) return undefined;
  }
  return undefined;
}
