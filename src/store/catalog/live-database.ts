/**
 * Photo programs' own SQLite databases, copied whole while the program is at work: never torn, never touched.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { problem } from '../../base/errors.js';
import { copyAsFound, cutFile, entryAt } from '../../platform/entries.js';
import { isAbsent, makeFolder, removeFile, removeTree } from '../../platform/files.js';
import type { FsPath, Native, TransferResult } from '../../platform/native.js';
import type { DatabaseFinding } from './live-database-check.js';
import { commonJournalOf, companionOf, lookAt } from './sqlite-companions.js';

/** Between attempts; a program that writes without a pause for longer than this is left for the next pass. */
const pausesMs = [20, 50, 100, 200, 400, 800];

export interface LiveDatabaseOptions {
  readonly native: Native;
  /** The database at its source. It, its companions and their folder are only ever read. */
  readonly main: FsPath;
  /** A folder on a local disk; the copy gets a folder of its own in it. */
  readonly scratchFolder: string;
  readonly signal?: AbortSignal;
}

/**
 * A database as one file, without companions: what its program committed, up to a moment after the copy
 * began.
 */
export interface DatabaseCopy {
  readonly file: string;
  readonly bytes: number;
  /** The latest change of the database or its companions. */
  readonly modifiedUs: number;
  readonly mode: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  /** `unchecked`: sound as far as can be told, but it needs functions that only its program has. */
  readonly integrity: 'ok' | 'unchecked';
  /** Removes the copy. Safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * Copies a database and its write-ahead log or rollback journal as they fit together, and lets SQLite finish
 * or roll back in the copy what was under way. Throws `database-busy` when no moment was quiet enough,
 * `database-damaged`, `file-vanished`, `file-unreadable`, `home-unwritable` for the scratch folder, and
 * `stopped` on abort.
 */
export async function copyLiveDatabase(options: LiveDatabaseOptions): Promise<DatabaseCopy> {
  const { main, scratchFolder, signal } = options;
  for (let attempt = 0; ; attempt++) {
    const folder = join(scratchFolder, `database-${randomUUID()}`);
    const dispose = () => removeTree(folder);
    stopIfAsked(options);
    await makeScratch(folder);
    try {
      const file = join(folder, 'copy.db');
      const taken = await takeParts(options, file);
      if (taken) {
        stopIfAsked(options);
        const finding = await check(file, signal);
        if (finding.state === 'damaged') {
          throw problem('database-damaged', String(main), { detail: finding.detail });
        }
        return { ...(await describe(file, taken)), integrity: finding.state, dispose };
      }
    } catch (error) {
      await dispose();
      throw error;
    }
    await dispose();
    const pauseMs = pausesMs[attempt];
    if (pauseMs === undefined) throw problem('database-busy', String(main));
    await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => stopIfAsked(options));
  }
}

interface Taken {
  readonly main: TransferResult;
  readonly modifiedUs: number;
}

/** One attempt: the parts as of one moment, or `undefined` when they moved meanwhile. */
async function takeParts(options: LiveDatabaseOptions, file: string): Promise<Taken | undefined> {
  const before = await lookAt(options.main);
  // The main file first: what a log or journal then says, and it only grows, covers whatever the main file's
  // copy caught half-way.
  const main = await copyMain(options, file);
  if (!main) return undefined;
  if (before.log !== undefined && !(await copyPart(options, file, '-wal'))) return undefined;
  if (before.journal !== undefined && !(await copyPart(options, file, '-journal'))) return undefined;
  const after = await lookAt(options.main);
  const still = before.main === after.main && before.log === after.log && before.journal === after.journal;
  if (!still) return undefined;
  if (before.journal !== undefined) await severCommonJournal(`${file}-journal`);
  return { main, modifiedUs: after.modifiedUs };
}

async function copyMain(options: LiveDatabaseOptions, file: string): Promise<TransferResult | undefined> {
  const { native, main, signal } = options;
  const items = [{ source: main, targets: [file] }];
  const results = await native
    .transfer(items, { readBack: false, ...(signal && { signal }) })
    .catch((error: unknown) => {
      stopIfAsked(options);
      throw error;
    });
  const result = results[0];
  if (!result) throw new Error('transfer gave no result');
  if (result.error) {
    const code = isAbsent(result.error) ? 'file-vanished' : 'file-unreadable';
    throw problem(code, String(main), { detail: result.error.code, cause: result.error });
  }
  if (result.changed) return undefined;
  const failed = result.targets[0]?.error;
  if (failed) throw problem('home-unwritable', options.scratchFolder, { detail: failed.code, cause: failed });
  return result;
}

/** Copies a companion beside the copy; false when it is gone by now. */
async function copyPart(
  options: LiveDatabaseOptions,
  file: string,
  suffix: '-wal' | '-journal',
): Promise<boolean> {
  try {
    await copyAsFound(companionOf(options.main, suffix), file + suffix);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw problem('file-unreadable', String(companionOf(options.main, suffix)), {
      detail: String(error),
      cause: error,
    });
  }
}

/**
 * A journal's copy may name a journal that several databases share, by its real path. SQLite would in the end
 * delete that one, in the user's folder: so its question, whether it still exists, is answered here and the
 * name cut off.
 */
async function severCommonJournal(journal: string): Promise<void> {
  const common = await commonJournalOf(journal);
  if (!common) return;
  const committed = common.path !== undefined && (await entryAt(common.path)) === undefined;
  if (committed) await removeFile(journal);
  else await cutFile(journal, common.cutAt);
}

async function makeScratch(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    throw problem('home-unwritable', folder, { detail: String(error), cause: error });
  }
}

async function describe(file: string, taken: Taken) {
  const facts = await entryAt(file);
  if (!facts) throw problem('home-unwritable', file, { detail: 'the copy is gone' });
  const { mode, xattrs } = taken.main;
  return { file, bytes: facts.bytes, modifiedUs: taken.modifiedUs, mode, ...(xattrs && { xattrs }) };
}

/** In a thread of its own: a large catalog takes seconds to check, and the agent has people to answer. */
function check(file: string, signal: AbortSignal | undefined): Promise<DatabaseFinding> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./live-database-check.js', import.meta.url), { workerData: file });
    const stop = () => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(
        signal?.aborted ? problem('stopped', file) : new Error('the database check ended without an answer'),
      );
    });
  });
}

function stopIfAsked({ signal, main }: LiveDatabaseOptions): void {
  if (signal?.aborted) throw problem('stopped', String(main));
}
