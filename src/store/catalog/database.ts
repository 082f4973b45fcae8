/** The catalog's SQLite file: opening it, bringing it up to date, and saying what is wrong with it. */
import Database from 'better-sqlite3';
import { type GlassineError, problem } from '../../base/errors.js';
import { migrations } from './migrations.js';

/** "Glas" in ASCII: tells our file from any other SQLite database. */
const applicationId = 0x476c6173;

const busyMs = 5_000;

/** How SQLite's complaints are named to the floors above; `undefined` for a fault of ours. */
export function catalogProblem(error: unknown, file: string): GlassineError | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  const { code } = error;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return problem('catalog-damaged', file, { detail: code, cause: error });
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return problem('catalog-busy', file, { detail: code, cause: error });
  if (/^SQLITE_(READONLY|CANTOPEN|FULL|IOERR|PERM|AUTH)/.test(code)) {
    return problem('home-unwritable', file, { detail: code, cause: error });
  }
  return undefined;
}

/**
 * Opens or makes the database at `file` (`:memory:` for none). Throws `catalog-newer`, `catalog-damaged`,
 * `catalog-busy` or `home-unwritable`; never changes a file it throws about.
 */
export function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: busyMs });
    const found = database.pragma('user_version', { simple: true }) as number;
    const id = database.pragma('application_id', { simple: true }) as number;
    if (found > migrations.length) {
      throw problem('catalog-newer', file, { facts: { found, understood: migrations.length } });
    }
    if (id !== applicationId && (id !== 0 || found !== 0 || hasTables(database))) {
      throw problem('catalog-damaged', file, { detail: 'not a catalog of ours' });
    }
    // The ledgers are the truth and are flushed: after a power cut a catalog that is a little behind catches
    // up.
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('cache_size = -8192');
    // A batch changes pages all over the indexes: gathering a few batches saves most of their writing.
    database.pragma('wal_autocheckpoint = 4000');
    database.pragma('temp_store = MEMORY');
    if (found < migrations.length) migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw catalogProblem(error, file) ?? error;
  }
}

function hasTables(database: Database.Database): boolean {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() !== 0;
}

/** Several processes may open a new catalog at once: what is due is decided again inside the write lock. */
function migrate(database: Database.Database): void {
  const step = database.transaction(() => {
    const found = database.pragma('user_version', { simple: true }) as number;
    for (const sql of migrations.slice(found)) database.exec(sql);
    database.pragma(`application_id = ${applicationId}`);
    database.pragma(`user_version = ${migrations.length}`);
  });
  step.immediate();
}
