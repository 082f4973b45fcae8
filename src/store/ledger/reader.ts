/** Reading a ledger: verifying its chain, telling a torn tail from damage, and going on from a known line. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import type { Problem, ProblemCode } from '../../base/errors.js';
import { isAbsent } from '../../platform/files.js';
import { claimOf, type HashBytes, numberOf, readLine, startOfLedger, trustLine } from './chain.js';
import type { LedgerLine, LedgerPosition } from './lines.js';
import * as segments from './segments.js';

/** Where a ledger ends: the last segment, how many of its bytes are sound, and how many it has. */
export interface LedgerTail {
  readonly segment: number;
  readonly soundBytes: number;
  readonly bytes: number;
}

export interface LedgerFindings {
  /** The last sound line. */
  readonly position: LedgerPosition;
  /**
   * `ledger-damaged`, `ledger-missing-segment`, `ledger-newer` or `ledger-behind`: what is wrong after that
   * line.
   */
  readonly problem?: Problem;
  /** `undefined` when there is no segment. More bytes than sound ones, and no problem: a torn tail. */
  readonly tail: LedgerTail | undefined;
  /** Sound lines that no `settled` covers, in order. */
  readonly unsettled: readonly LedgerLine[];
  /** The moment of the last sound line; "" where there is none. */
  readonly lastAt: string;
}

export interface ExamineOptions {
  readonly hash: HashBytes;
  /** What the ledger is called in problems; default its folder. */
  readonly subject?: string;
  /** A line that was found sound before: only what comes after it is verified. */
  readonly known?: LedgerPosition | undefined;
}

/**
 * Reads a ledger from the known line, or from the first, one segment in memory at a time. Resolves with what
 * was
 * found; rejects only with errors of the machine. Writes nothing.
 */
export async function examineLedger(folder: string, options: ExamineOptions): Promise<LedgerFindings> {
  const { known = startOfLedger } = options;
  const exam = new Examination(folder, options);
  if (await exam.readFrom(known)) return exam.findings();
  const whole = new Examination(folder, options);
  await whole.readFrom(startOfLedger);
  const findings = whole.findings();
  const behind: Problem = {
    code: 'ledger-behind',
    subject: options.subject ?? folder,
    detail: `line ${known.n} is not there as it was`,
    facts: { line: findings.position.n, knownLine: known.n },
  };
  return { ...findings, problem: findings.problem ?? behind };
}

interface SegmentPart {
  readonly segment: number;
  readonly bytes: Buffer;
  /** Where the line after the last one wanted begins. */
  readonly upTo: number;
}

/** One way through a ledger, and everything gathered on it. */
class Examination {
  readonly #folder: string;
  readonly #options: ExamineOptions;
  #position = startOfLedger;
  #lastAt = '';
  #unsettled: LedgerLine[] = [];
  #tail: LedgerTail | undefined;
  #problem: Problem | undefined;
  /** A second batch after the known line was met. */
  #isPastOneBatch = false;

  constructor(folder: string, options: ExamineOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  findings(): LedgerFindings {
    return {
      position: this.#position,
      tail: this.#tail,
      unsettled: this.#unsettled,
      lastAt: this.#lastAt,
      ...(this.#problem && { problem: this.#problem }),
    };
  }

  /** Verifies everything after `known`; false when the ledger does not hold that line. */
  async readFrom(known: LedgerPosition): Promise<boolean> {
    const numbers = await segments.listSegments(this.#folder);
    const start = known.n === 0 ? { segment: 1, offset: 0 } : await this.#resume(numbers, known);
    if (!start) return false;
    for (let segment = start.segment, { offset } = start; numbers.includes(segment); segment++, offset = 0) {
      const isLast = segment === numbers.at(-1);
      if (!(await this.#verify({ segment, offset, isLast }))) return true;
    }
    const missing = segments.missingSegment(numbers);
    if (missing !== undefined) this.#stop('ledger-missing-segment', missing, 'a later one is there');
    return true;
  }

  /** Where the line after `known` begins; `undefined` when the ledger does not hold `known`. */
  async #resume(
    numbers: readonly number[],
    known: LedgerPosition,
  ): Promise<{ segment: number; offset: number } | undefined> {
    for (const segment of numbers.toReversed()) {
      const first = await segments.firstClaim(this.#folder, segment);
      if (first === undefined || first > known.n) continue;
      const bytes = await segments.loadSegment(this.#folder, segment);
      const span = bytes && segments.spanAt(bytes, known);
      if (!span) return undefined;
      this.#position = known;
      await this.#recallUnsettled({ segment, bytes, upTo: span.next });
      return { segment, offset: span.next };
    }
    return undefined;
  }

  /**
   * Takes the lines up to a known one that the last `settled` does not cover, without verifying them again.
   */
  async #recallUnsettled(from: SegmentPart): Promise<void> {
    let settledUpTo = 0;
    for await (const line of linesBackwards(this.#folder, from)) {
      this.#lastAt ||= line.at;
      if (line.do === 'settled') settledUpTo = Math.max(settledUpTo, line.upTo);
      else if (line.n > settledUpTo) this.#unsettled.unshift(line);
      if (line.n - 1 <= settledUpTo) return;
    }
  }

  /** Verifies one segment; false when there is no going on after it. */
  async #verify(part: { segment: number; offset: number; isLast: boolean }): Promise<boolean> {
    const { segment, isLast } = part;
    const bytes = await segments.loadSegment(this.#folder, segment);
    if (!bytes) return this.#stop('ledger-damaged', segment, 'it is too large for a segment');
    let soundBytes = part.offset;
    const tail = (): LedgerTail => ({ segment, soundBytes, bytes: bytes.length });
    for (const span of segments.spansOf(bytes, soundBytes)) {
      const read = readLine(span.bytes, this.#position, this.#options.hash);
      if ('why' in read) {
        this.#tail = tail();
        if (read.is === 'damaged' && part.isLast && this.#isTorn(bytes.subarray(soundBytes))) return true;
        return this.#stop(`ledger-${read.is}`, segment, read.why);
      }
      this.#position = read.position;
      soundBytes = span.next;
      if (read.is === 'line') this.#take(read.line);
      else this.#lastAt = read.at;
    }
    this.#tail = tail();
    if (isLast || soundBytes === bytes.length) return true;
    // Only the end of the last segment can be torn: a segment is complete before the next one is begun.
    return this.#stop('ledger-damaged', segment, 'its last line is not complete');
  }

  /**
   * Whether bytes that make no line are the rest of a batch whose write was cut short: a drive may bring its
   * blocks to
   * the medium in any order. So it is when a reader knows every batch but this one, which nobody was
   * promised; a batch
   * begins with `settled`, and none follows one that failed.
   */
  #isTorn(rest: Buffer): boolean {
    const { known } = this.#options;
    if (known === undefined || this.#isPastOneBatch) return false;
    return !rest.includes('"do":"settled"', rest.indexOf(0x0a));
  }

  #take(line: LedgerLine): void {
    this.#lastAt = line.at;
    if (line.do === 'settled' && line.n > (this.#options.known?.n ?? 0) + 1) this.#isPastOneBatch = true;
    if (line.do !== 'settled') this.#unsettled.push(line);
    else this.#unsettled = this.#unsettled.filter((earlier) => earlier.n > line.upTo);
  }

  #stop(code: ProblemCode, segment: number, why: string): false {
    const line = this.#position.n + 1;
    const subject = `${this.#options.subject ?? this.#folder}/${segments.segmentName(segment)}`;
    this.#problem = { code, subject, detail: `line ${String(line)}: ${why}`, facts: { segment, line } };
    return false;
  }
}

async function* linesBackwards(folder: string, from: SegmentPart): AsyncGenerator<LedgerLine> {
  let bytes: Buffer | undefined = from.bytes;
  let upTo = from.upTo;
  for (let segment = from.segment; bytes; upTo = bytes?.length ?? 0) {
    for (const span of segments.spansBefore(bytes, upTo)) {
      const line = trustLine(span.bytes);
      if (line) yield line;
    }
    bytes = --segment > 0 ? await segments.loadSegment(folder, segment) : undefined;
  }
}

/**
 * The lines of a verified ledger after line `after` and up to line `upTo`, in order, without those of kinds
 * we do not
 * know; one segment in memory at a time.
 */
export function* readLines(folder: string, range: { after: number; upTo: number }): Generator<LedgerLine> {
  const numbers = segments.segmentsAmong(namesIn(folder));
  const load = (segment: number): Buffer => readFileSync(path.join(folder, segments.segmentName(segment)));
  let first = numbers.length - 1;
  while (
    first > 0 &&
    !beginsBy(range.after + 1, path.join(folder, segments.segmentName(numbers[first] ?? 0)))
  )
    first--;
  for (const segment of numbers.slice(Math.max(0, first))) {
    for (const { bytes } of segments.spansOf(load(segment))) {
      const n = claimOf(bytes)?.n;
      if (n === undefined || n > range.upTo) return;
      const line = n > range.after ? trustLine(bytes) : undefined;
      if (line) yield line;
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Whether a segment begins with line `n` or an earlier one. */
function beginsBy(n: number, file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(32);
    const first = numberOf(start.subarray(0, readSync(descriptor, start, 0, 32, 0)));
    return first !== undefined && first <= n;
  } finally {
    closeSync(descriptor);
  }
}
