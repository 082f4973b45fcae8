/**
 * Appending to our own ledger: one write and one flush for a batch, a new segment in time, nothing ever
 * rewritten.
 */
import assert from 'node:assert';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../base/errors.js';
import { type Clock, fromRfc3339 } from '../../base/time.js';
import { flushFolder } from '../../platform/files.js';
import { encodeLine, type HashBytes } from './chain.js';
import type { LedgerLine, LedgerPosition, NewLine } from './lines.js';
import type { LedgerFindings } from './reader.js';
import { segmentName } from './segments.js';

/** A segment is complete when the next batch would make it larger than this. */
const segmentLimitBytes = 8 << 20;

export interface LedgerWriterOptions {
  readonly hash: HashBytes;
  readonly clock: Clock;
  /** Default 8 MiB. */
  readonly segmentLimitBytes?: number;
}

/** A new line; `atMs` where it tells of another moment than now (a rebuilt ledger's lines do). */
export interface LineToAppend {
  readonly line: NewLine;
  readonly atMs?: number;
}

interface OpenSegment {
  readonly number: number;
  readonly file: FileHandle;
  bytes: number;
}

/**
 * The only one who writes a ledger. Holds the last segment open. After an append that could be neither
 * finished nor
 * taken back it refuses everything: open the ledger again, which cuts what is torn.
 */
export class LedgerWriter {
  readonly #folder: string;
  readonly #options: LedgerWriterOptions;
  #position: LedgerPosition;
  #lastAtMs: number;
  #segment: OpenSegment | undefined;
  #broken = false;

  private constructor(folder: string, findings: LedgerFindings, options: LedgerWriterOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#position = findings.position;
    this.#lastAtMs = fromRfc3339(findings.lastAt) ?? 0;
  }

  /**
   * Opens the ledger in an existing `folder` as {@link examineLedger} found it, and cuts its torn tail.
   * Throws errors
   * of the machine.
   */
  static async open(
    folder: string,
    findings: LedgerFindings,
    options: LedgerWriterOptions,
  ): Promise<LedgerWriter> {
    assert(findings.problem === undefined, 'a ledger with a problem is not written to');
    const writer = new LedgerWriter(folder, findings, options);
    const { tail } = findings;
    if (!tail) return writer;
    const file = await open(path.join(folder, segmentName(tail.segment)), 'r+');
    writer.#segment = { number: tail.segment, file, bytes: tail.soundBytes };
    try {
      if (tail.soundBytes < tail.bytes) {
        await file.truncate(tail.soundBytes);
        await file.sync();
      }
      await requireEnd(file, tail.soundBytes, findings.position);
    } catch (error) {
      await writer.close();
      throw error;
    }
    return writer;
  }

  /** The last line that is durable. */
  get position(): LedgerPosition {
    return this.#position;
  }

  /**
   * Appends lines as one write and one flush. When it resolves they are durable. When it rejects, with an
   * error of the machine, none of them is in the ledger; after `EIO` that is not certain.
   */
  async append(lines: readonly LineToAppend[]): Promise<readonly LedgerLine[]> {
    assert(lines.length > 0);
    if (this.#broken) throw failed('EIO', 'an earlier append failed');
    const encoded: LedgerLine[] = [];
    const parts: Buffer[] = [];
    let position = this.#position;
    let lastAtMs = this.#lastAtMs;
    for (const { line, atMs } of lines) {
      // A clock that is set back must not turn history around: moments never decrease within a ledger.
      lastAtMs = atMs ?? Math.max(this.#options.clock.now(), lastAtMs);
      const next = encodeLine(line, { previous: position, atMs: lastAtMs }, this.#options.hash);
      position = { n: position.n + 1, link: next.line.link };
      encoded.push(next.line);
      parts.push(next.bytes);
    }
    await this.#write(Buffer.concat(parts));
    this.#position = position;
    this.#lastAtMs = lastAtMs;
    return encoded;
  }

  async #write(bytes: Buffer): Promise<void> {
    const limit = this.#options.segmentLimitBytes ?? segmentLimitBytes;
    const current = this.#segment;
    if (current && (current.bytes === 0 || current.bytes + bytes.length <= limit)) {
      await this.#extend(bytes);
      return;
    }
    try {
      this.#segment = await this.#begin((current?.number ?? 0) + 1, bytes);
    } catch (error) {
      // No room for one more file: a segment that grows a little too long is better than a vault that cannot
      // be pruned.
      if (!current || errnoOf(error) !== 'ENOSPC') throw error;
      await this.#extend(bytes);
      return;
    }
    // Everything in it was flushed: how the closing goes says nothing about that.
    await current?.file.close().catch(() => undefined);
  }

  async #extend(bytes: Buffer): Promise<void> {
    const segment = this.#segment;
    assert(segment);
    // Two installations with one id, a copied home for instance, would write over each other's lines.
    if ((await segment.file.stat()).size !== segment.bytes)
      throw failed('ESTALE', 'another process wrote the ledger');
    try {
      await writeAll(segment.file, bytes, segment.bytes);
      await segment.file.datasync();
    } catch (error) {
      // What a failed flush left in the cache would look durable to the next reader: it has to go.
      this.#broken = !(await undone(async () => {
        await segment.file.truncate(segment.bytes);
        await segment.file.datasync();
      }));
      throw this.#broken ? uncertain(error) : error;
    }
    segment.bytes += bytes.length;
  }

  async #begin(number: number, bytes: Buffer): Promise<OpenSegment> {
    const name = path.join(this.#folder, segmentName(number));
    const file = await open(name, 'wx+');
    try {
      await writeAll(file, bytes, 0);
      await file.sync();
      await flushFolder(this.#folder);
    } catch (error) {
      this.#broken = !(await undone(async () => {
        await file.truncate(0);
        await file.close();
        await unlink(name);
      }));
      throw this.#broken ? uncertain(error) : error;
    }
    return { number, file, bytes: bytes.length };
  }

  /** Lets go of the file. Safe to call twice. */
  async close(): Promise<void> {
    this.#broken = true;
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.file.close();
  }
}

function failed(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, syscall: 'write' });
}

/** Not "no room", or whatever it was: nobody may go by that and take back what the lines name. */
function uncertain(cause: unknown): Error {
  return Object.assign(failed('EIO', 'what was appended could not be taken back'), { cause });
}

async function undone(undo: () => Promise<void>): Promise<boolean> {
  try {
    await undo();
    return true;
  } catch {
    return false;
  }
}

/**
 * What was examined is what was opened: the last line is the one we know. (At least one driver, fusefat, also
 * writes
 * after the end of a file only to those who have read from it.)
 */
async function requireEnd(file: FileHandle, soundBytes: number, { link }: LedgerPosition): Promise<void> {
  if (soundBytes === 0) return;
  const end = Buffer.from(`"link":"${link}"}\n`);
  const { buffer } = await file.read(Buffer.alloc(end.length), 0, end.length, soundBytes - end.length);
  if (!buffer.equals(end)) throw failed('ESTALE', 'the ledger changed while it was opened');
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
