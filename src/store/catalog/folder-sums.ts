/**
 * Sums over folders: summed once, and again only for folders in which something changed. Triggers in the
 * migrations delete the sums of a folder as soon as a row that they are made of changes.
 */
import type Database from 'better-sqlite3';
import type { SourcePath } from '../../base/paths.js';
import { catalogProblem } from './database.js';
import { Answers } from './answers.js';
import type { KeptSummary, SourceSummary } from './types.js';

/** What the newest versions say is in a folder itself: of folders in it, nothing. */
export interface AliveRow {
  readonly path: SourcePath;
  readonly files: number;
  readonly bytes: number;
}

/** The version `v` of a file `f` that was alive at a moment: the one sighted last, if it has not ended. */
export const aliveAt = `v.key = (
    SELECT key FROM versions WHERE file_key = f.key AND since <= @at ORDER BY since DESC LIMIT 1
  ) AND (v.until IS NULL OR v.until > @at) AND NOT v.gone`;

/** Whether a slot `s` shows what the last scan saw of a file `f`. */
export const differs = `(s.key IS NULL OR s.kind <> f.seen_kind OR CASE f.seen_kind
    WHEN 'file' THEN f.seen_b3 IS NULL OR s.b3 <> f.seen_b3 OR s.modified <> f.seen_modified
    WHEN 'link' THEN s.target <> f.seen_target
    ELSE 0 END)`;

/** So many files are summed in one transaction, and the folder of the last: some tens of milliseconds. */
const filesAtOnce = 20_000;

/** SQLite orders every blob after every text. */
const afterAllText = Buffer.alloc(0);

export class FolderSums {
  readonly #database: Database.Database;
  readonly #sql: ReturnType<typeof statements>;
  readonly #answers: Answers;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#sql = statements(database);
    this.#answers = new Answers(database);
  }

  /** What the last scan saw of a source, and how much of it no vault has. */
  source(sourceKey: number): SourceSummary {
    const { oldest, ...sums } = this.#read(this.#sql.folder, { sourceKey }) as Omit<
      SourceSummary,
      'sourceKey' | 'oldestUnprotectedUs'
    > & { oldest: number | null };
    return { sourceKey, ...sums, oldestUnprotectedUs: oldest ?? undefined };
  }

  /** How far a source is kept in a vault. */
  kept(sourceKey: number, vaultKey: number): KeptSummary {
    const which = { sourceKey, vaultKey };
    const { since, bare, ...sums } = this.#read(this.#sql.kept, which) as Omit<
      KeptSummary,
      keyof typeof which | 'behindSince' | 'behindBareUs'
    > & { since: number | null; bare: number | null };
    return { ...which, ...sums, behindSince: since ?? undefined, behindBareUs: bare ?? undefined };
  }

  /**
   * Every folder of a source in which anything was at a moment (ms; default: now), in the order of their
   * paths. Of another moment than now the versions are asked.
   */
  alive(sourceKey: number, atMs: number | undefined): AliveRow[] {
    if (atMs !== undefined) return this.#sql.aliveAt.all({ sourceKey, at: atMs }) as AliveRow[];
    this.#sumAll(this.#sql.folder, { sourceKey });
    return this.#sql.alive.all({ sourceKey }) as AliveRow[];
  }

  /**
   * Sums what changed, for what will be asked of a source and of it in vaults: a step each for some folders.
   * Returns false where nothing can be written now.
   */
  *sumUp(sourceKey: number, vaultKeys: readonly number[]): Generator<undefined, boolean> {
    if (!(yield* this.#steps(this.#sql.folder, { sourceKey }))) return false;
    for (const vaultKey of vaultKeys) {
      if (!(yield* this.#steps(this.#sql.kept, { sourceKey, vaultKey }))) return false;
    }
    return true;
  }

  /** The sums of all folders, of one moment: nobody changes one between the question and the answer. */
  #read(summing: Summing, which: Record<string, number>): unknown {
    const { firstDue, summed, total } = summing;
    return this.#answers.of(JSON.stringify(which), () => {
      const known = this.#database.transaction(() => {
        const isSummed = firstDue.get({ ...which, from: '' }) === undefined;
        return isSummed ? summed.get(which) : undefined;
      });
      const answer = known.deferred();
      if (answer !== undefined) return answer;
      this.#sumAll(summing, which);
      return known.deferred() ?? total.get(which);
    });
  }

  /** Sums what is not summed yet. Where nothing can be written now, readers sum it for themselves. */
  #sumAll(summing: Summing, which: Record<string, number>): void {
    const steps = this.#steps(summing, which);
    while (steps.next().done !== true);
  }

  /**
   * Goes through the folders once: another process may be changing them all the while. Returns false where
   * nothing can be written now.
   */
  *#steps({ firstDue, end, sum }: Summing, which: Record<string, number>): Generator<undefined, boolean> {
    if (this.#answers.has(JSON.stringify(which))) return true;
    let from: SourcePath | undefined = '';
    while (from !== undefined) {
      const first = firstDue.get({ ...which, from }) as SourcePath | undefined;
      if (first === undefined) return true;
      from = end.get({ ...which, first }) as SourcePath | undefined;
      const some = { ...which, first, end: from ?? afterAllText };
      try {
        this.#database.transaction(() => sum.run(some)).immediate();
      } catch (error) {
        const code = catalogProblem(error, '')?.code;
        if (code !== 'catalog-busy' && code !== 'home-unwritable') throw error;
        return false;
      }
      yield undefined;
    }
    return true;
  }
}

interface Summing {
  /** The first folder from one on that is not summed yet. */
  readonly firstDue: Database.Statement;
  /** The folder before which those end that are summed at once. */
  readonly end: Database.Statement;
  readonly sum: Database.Statement;
  /** The sum of all folders where none is due. */
  readonly summed: Database.Statement;
  /** The same with those that are. */
  readonly total: Database.Statement;
}

function statements(database: Database.Database) {
  return {
    folder: folderStatements(database),
    kept: keptStatements(database),
    alive: aliveOf(database),
    aliveAt: database.prepare(`SELECT d.path, sum(v.kind <> 'folder') AS files,
        sum(CASE WHEN v.kind <> 'folder' THEN v.bytes ELSE 0 END) AS bytes
      FROM folders d CROSS JOIN files f ON f.folder_key = d.key CROSS JOIN versions v ON ${aliveAt}
      WHERE d.source_key = @sourceKey ${byFolder} ORDER BY d.path`),
  };
}

/** Folders of a source without a sum in `table`; those without a row of any file need none. */
function dueIn(table: string): string {
  return `d.source_key = @sourceKey AND NOT EXISTS (SELECT 1 FROM ${table} WHERE x.folder_key = d.key)
    AND EXISTS (SELECT 1 FROM files WHERE folder_key = d.key)`;
}

/** Of those, the ones that are summed at once. */
const atOnce = 'AND d.path >= @first AND d.path < @end';

function firstDue(database: Database.Database, due: string): Database.Statement {
  return database
    .prepare(
      `SELECT d.path FROM folders d WHERE ${due} AND d.path >= @from
        ORDER BY d.path LIMIT 1`,
    )
    .pluck();
}

function endOfSome(database: Database.Database): Database.Statement {
  return database
    .prepare(
      `SELECT d.path FROM folders d CROSS JOIN files f ON f.folder_key = d.key
        WHERE d.source_key = @sourceKey AND d.path > @first
        ORDER BY d.path LIMIT 1 OFFSET ${filesAtOnce}`,
    )
    .pluck();
}

/** By path, which is the order in which folders are found: nothing has to be sorted. */
const byFolder = 'GROUP BY d.path';

const folderDue = dueIn('folder_sums x');
const freshFolders = (which = ''): string => `SELECT d.key AS folder_key, sum(here) AS files,
    sum(CASE WHEN here THEN f.seen_bytes ELSE 0 END) AS bytes, sum(bare) AS bare,
    min(CASE WHEN bare THEN f.seen_modified END) AS oldest, count(v.key) AS alive,
    sum(v.key IS NOT NULL AND v.kind <> 'folder') AS alive_files,
    sum(CASE WHEN v.kind <> 'folder' THEN v.bytes ELSE 0 END) AS alive_bytes
  FROM (
    SELECT d.key, d.path, d.source_key FROM folders d WHERE ${folderDue} ${which}
  ) d CROSS JOIN (
    SELECT *, presence = 1 AND seen_kind <> 'folder' AS here, presence = 1 AND seen_kind <> 'folder'
      AND NOT EXISTS (
        SELECT 1 FROM stored s WHERE s.file_key = files.key AND s.newest = 1 AND s.kind = files.seen_kind
          AND (s.b3 = files.seen_b3 OR files.seen_kind <> 'file')
      ) AS bare
    FROM files
  ) f ON f.folder_key = d.key LEFT JOIN versions v ON v.key = f.version_key ${byFolder}`;

function folderStatements(database: Database.Database): Summing {
  const known = `SELECT x.* FROM folders d CROSS JOIN folder_sums x ON x.folder_key = d.key
    WHERE d.source_key = @sourceKey`;
  const totalOf = (sums: string): Database.Statement =>
    database.prepare(`SELECT coalesce(sum(files), 0) AS files, coalesce(sum(bytes), 0) AS bytes,
        coalesce(sum(bare), 0) AS unprotectedFiles, min(oldest) AS oldest FROM (${sums})`);
  return {
    firstDue: firstDue(database, folderDue),
    end: endOfSome(database),
    sum: database.prepare(`INSERT INTO folder_sums ${freshFolders(atOnce)}`),
    summed: totalOf(known),
    total: totalOf(`${known} UNION ALL SELECT * FROM (${freshFolders()})`),
  };
}

function aliveOf(database: Database.Database) {
  return database.prepare(`SELECT path, alive_files AS files, alive_bytes AS bytes
    FROM (
      SELECT d.path, x.* FROM folders d CROSS JOIN folder_sums x ON x.folder_key = d.key
        WHERE d.source_key = @sourceKey
      UNION ALL SELECT d.path, x.* FROM (${freshFolders()}) x CROSS JOIN folders d ON d.key = x.folder_key
    ) WHERE alive > 0 ORDER BY path`);
}

const counts = "f.presence = 1 AND f.seen_kind <> 'folder'";
const keptDue = dueIn('kept_sums x').replace('x.folder_key', 'x.vault_key = @vaultKey AND x.folder_key');
/** Since when there is the version that a file shows; NULL where no vault has what the file holds now. */
const sinceWhen = `(SELECT s.since FROM versions v CROSS JOIN versions s
    ON s.file_key = v.file_key AND s.since <= v.since AND NOT s.again
    WHERE v.key = d.version_key AND v.kind = d.seen_kind AND NOT v.gone
      AND (v.b3 = d.seen_b3 OR v.target = d.seen_target)
    ORDER BY s.since DESC LIMIT 1)`;
/** What differs in its time alone is not a version that is missing. */
const isMissing = 'behind AND (slot_b3 IS NULL OR seen_b3 IS NULL OR slot_b3 <> seen_b3)';
const freshKept = (which = ''): string => `SELECT d.key AS folder_key, @vaultKey AS vault_key,
    coalesce(sum(behind), 0) AS behind_files,
    coalesce(sum(CASE WHEN behind THEN seen_bytes END), 0) AS behind_bytes,
    coalesce(sum(NOT behind AND proven AND damaged_at IS NULL), 0) AS proven_files,
    coalesce(sum(NOT behind AND NOT proven AND damaged_at IS NULL), 0) AS written_files,
    coalesce(sum(damaged_at IS NOT NULL), 0) AS damaged_files,
    min(CASE WHEN ${isMissing} THEN ${sinceWhen} END) AS behind_since,
    min(CASE WHEN ${isMissing} AND ${sinceWhen} IS NULL THEN seen_modified END) AS behind_bare
  FROM (
    SELECT d.key, d.path, f.seen_bytes, f.seen_kind, f.seen_b3, f.seen_target, f.seen_modified, f.version_key,
      s.b3 AS slot_b3, s.proven, s.damaged_at,
      CASE WHEN ${counts} THEN ${differs} END AS behind
    FROM folders d CROSS JOIN files f ON f.folder_key = d.key
      LEFT JOIN stored s ON s.vault_key = @vaultKey AND s.file_key = f.key AND s.newest = 1 AND ${counts}
    WHERE ${keptDue} ${which}
  ) d ${byFolder}`;

function keptStatements(database: Database.Database): Summing {
  const known = `SELECT x.* FROM folders d CROSS JOIN kept_sums x ON x.folder_key = d.key
    WHERE d.source_key = @sourceKey AND x.vault_key = @vaultKey`;
  const totalOf = (sums: string): Database.Statement =>
    database.prepare(`SELECT coalesce(sum(behind_files), 0) AS behindFiles,
        coalesce(sum(behind_bytes), 0) AS behindBytes, coalesce(sum(proven_files), 0) AS provenFiles,
        coalesce(sum(written_files), 0) AS writtenFiles, coalesce(sum(damaged_files), 0) AS damagedFiles,
        min(behind_since) AS since, min(behind_bare) AS bare FROM (${sums})`);
  return {
    firstDue: firstDue(database, keptDue),
    end: endOfSome(database),
    sum: database.prepare(`INSERT INTO kept_sums ${freshKept(atOnce)}`),
    summed: totalOf(known),
    total: totalOf(`${known} UNION ALL SELECT * FROM (${freshKept()})`),
  };
}
