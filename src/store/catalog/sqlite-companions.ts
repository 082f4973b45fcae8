/**
 * What an SQLite database and its companions say about their state, read from outside: headers, never locks.
 */
import { problem, errnoOf } from '../../base/errors.js';
import { entryAt, readRange } from '../../platform/entries.js';
import { isAbsent } from '../../platform/files.js';
import type { FsPath } from '../../platform/native.js';

const walHeaderBytes = 32;
const journalHeaderBytes = 28;
const changeCounterAt = 24;
const journalMagic = 'd9d505f920a163d7';
const pointerTailBytes = 16;
const longestPointerBytes = 4096;

/**
 * One look at a database. Two looks with the same marks frame a time in which every copy of the parts fits
 * together.
 */
export interface DatabaseLook {
  /** The file itself and, where no log describes its changes, every change of it. */
  readonly main: string;
  /** Which log this is: it changes when the log is begun again. Absent: none, or nothing in it. */
  readonly log: string | undefined;
  /** Which transaction a rollback journal belongs to. Absent: none that would be rolled back. */
  readonly journal: string | undefined;
  /** The latest change of any of the parts. */
  readonly modifiedUs: number;
}

/** The path of a companion: the same name, and `suffix`. */
export function companionOf(main: FsPath, suffix: '-wal' | '-journal'): FsPath {
  return typeof main === 'string' ? main + suffix : Buffer.concat([main, Buffer.from(suffix)]);
}

/** Looks at a database. Throws `file-vanished` or `file-unreadable`. */
export async function lookAt(main: FsPath): Promise<DatabaseLook> {
  try {
    const facts = await entryAt(main);
    if (facts?.kind !== 'file') throw problem('file-vanished', String(main));
    const log = await headerOf(companionOf(main, '-wal'), walHeaderBytes);
    const journal = await headerOf(companionOf(main, '-journal'), journalHeaderBytes);
    const logMark = log && `${log.inode} ${log.header.toString('hex')}`;
    const journalMark = journal && markOfJournal(journal.header, journal.inode);
    // With a log or a hot journal the parts are put together from what those say, whatever has reached the
    // main file. Without, the main file alone is the state, and the change counter tells of every commit.
    const alone = logMark === undefined && journalMark === undefined;
    const counter = (await readRange(main, changeCounterAt, 4)).toString('hex');
    const whole = `${facts.bytes} ${facts.modifiedNs} ${facts.changedNs} ${counter}`;
    return {
      main: `${facts.device} ${facts.inode} ${alone ? whole : ''}`,
      log: logMark,
      journal: journalMark,
      modifiedUs: Math.max(...[facts, log, journal].map((part) => Number((part?.modifiedNs ?? 0n) / 1000n))),
    };
  } catch (error) {
    if (isAbsent(error)) throw problem('file-vanished', String(main), { cause: error });
    const errno = errnoOf(error);
    throw errno === undefined
      ? error
      : problem('file-unreadable', String(main), { detail: errno, cause: error });
  }
}

interface Header {
  readonly header: Buffer;
  readonly inode: bigint;
  readonly modifiedNs: bigint;
}

/** The first bytes of a companion; `undefined` when it is not there or too short to say anything. */
async function headerOf(path: FsPath, length: number): Promise<Header | undefined> {
  try {
    const facts = await entryAt(path);
    if (facts?.kind !== 'file') return undefined;
    const header = await readRange(path, 0, length);
    return header.length < length ? undefined : { header, inode: facts.inode, modifiedNs: facts.modifiedNs };
  } catch (error) {
    // It may be deleted between two calls: that is how a journal ends.
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A journal's random number tells its transaction; the count of its records, which grows, is left out. */
function markOfJournal(header: Buffer, inode: bigint): string | undefined {
  if (header.toString('hex', 0, 8) !== journalMagic) return undefined;
  return `${inode} ${header.toString('hex', 12)}`;
}

/** What the end of a journal's copy says about a transaction over several databases. */
export interface CommonJournal {
  /**
   * The journal they share: while it exists, the transaction is not done. `undefined`: the pointer is torn.
   */
  readonly path: Buffer | undefined;
  /**
   * Where to cut the copy, so that SQLite neither looks for the shared journal nor, in the end, deletes it.
   */
  readonly cutAt: number;
}

/**
 * Looks for a pointer to a shared journal at the end of a journal's copy: its name, length, sum, and the
 * magic.
 */
export async function commonJournalOf(journal: string): Promise<CommonJournal | undefined> {
  const bytes = (await entryAt(journal))?.bytes ?? 0;
  if (bytes < journalHeaderBytes + pointerTailBytes) return undefined;
  const tail = await readRange(journal, bytes - pointerTailBytes, pointerTailBytes);
  if (tail.toString('hex', 8) !== journalMagic) return undefined;
  const cutAt = bytes - 8;
  const length = tail.readUInt32BE(0);
  const nameAt = bytes - pointerTailBytes - length;
  if (length === 0 || length > longestPointerBytes || nameAt < 0) return { path: undefined, cutAt };
  const path = await readRange(journal, nameAt, length);
  // C's char is signed on some processors: both sums are in use.
  let sum = 0;
  let highBytes = 0;
  for (const byte of path) {
    sum += byte;
    highBytes += byte > 127 ? 1 : 0;
  }
  const sums = [sum >>> 0, (sum - 256 * highBytes) >>> 0];
  return { path: sums.includes(tail.readUInt32BE(4)) ? path : undefined, cutAt };
}

/** Whether a database's latest state is not in its main file alone. False where there is no such file. */
export async function isInUse(main: FsPath): Promise<boolean> {
  const look = await lookAt(main).catch(() => undefined);
  return look !== undefined && (look.log !== undefined || look.journal !== undefined);
}
