/** A worker's program: makes a copied database whole and checks it. Its only input is the copy's path. */
import Database from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';

export type DatabaseFinding =
  | { readonly state: 'ok' }
  | { readonly state: 'unchecked'; readonly detail: string }
  | { readonly state: 'damaged'; readonly detail: string };

parentPort?.postMessage(finish(workerData as string));

/** Brings the log home or rolls the journal back, and asks SQLite whether the result is sound. */
function finish(file: string): DatabaseFinding {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { fileMustExist: true });
    // Nobody else opens the copy: no shared memory file is needed, and what lasts is written by whoever keeps
    // it.
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('synchronous = OFF');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    database.pragma('wal_checkpoint(TRUNCATE)');
    return integrity(database);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return { state: 'damaged', detail: `${error.code}: ${error.message}` };
  } finally {
    database?.close();
  }
}

function integrity(database: Database.Database): DatabaseFinding {
  try {
    const lines = database.prepare<[], string>('PRAGMA integrity_check(3)').pluck().all();
    if (lines.length === 1 && lines[0] === 'ok') return { state: 'ok' };
    return { state: 'damaged', detail: lines.join('; ') };
  } catch (error) {
    // An index ordered by a function that only the photo program has cannot be checked here.
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_ERROR')) throw error;
    return { state: 'unchecked', detail: error.message };
  }
}
