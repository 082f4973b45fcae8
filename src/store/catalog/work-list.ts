/**
 * The work list, computed: what each connected vault lacks, and what it still shows that its source no longer
 * has.
 */
import type Database from 'better-sqlite3';
import { CompleteVaults } from './complete-vaults.js';
import { differs, FolderSums } from './folder-sums.js';
import { joinPath, type SourcePath } from '../../base/paths.js';
import type { ContentHash } from '../../base/types.js';
import { hashBlob, type SeenColumns, type StoredColumns, toSeen, toStored } from './rows.js';
import { seenColumns } from './scan-rows.js';
import type { KeptSummary, LeftoverRow, MissingRow, SourceSummary } from './types.js';

export class WorkList {
  readonly #database: Database.Database;
  readonly #complete: CompleteVaults;
  readonly #sums: FolderSums;
  readonly #sql: ReturnType<typeof statements>;
  /** The same questions of the files that were touched alone. */
  readonly #ofTouched: ReturnType<typeof missingStatements>;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#complete = new CompleteVaults(database);
    this.#sums = new FolderSums(database);
    this.#sql = statements(database);
    this.#ofTouched = missingStatements(database, 'touched t CROSS JOIN files f ON f.key = t.key', 't');
  }

  /** Files that a vault lacks are looked for among all, or among those that it can lack. */
  #among(sourceKey: number, vaultKeys: readonly number[]): ReturnType<typeof missingStatements> {
    return this.#complete.covers(sourceKey, vaultKeys) ? this.#ofTouched : this.#sql;
  }

  /**
   * What the vaults lack of a source, by file and then by vault: one page, of whole files, beginning after a
   * file.
   * Empty when there is no more. A page's rows may change while it is worked on; the next one is asked anew.
   * `known`: only what may be done without reading the source: links, folders, and files whose content is
   * known.
   */
  missing(sourceKey: number, page: MissingPage): MissingRow[] {
    const { vaultKeys, afterFile, limit, known = false } = page;
    const vaults = JSON.stringify(vaultKeys);
    const options = { sourceKey, vaults, after: afterFile, limit, known: known ? 1 : 0 };
    const rows = this.#among(sourceKey, vaultKeys).missing.all(options) as MissingColumns[];
    return rows.map((row) => ({
      vaultKey: row.vault,
      path: joinPath(row.folder, row.name),
      seen: toSeen(row),
      slot: row.slot_key === null ? undefined : toStored(slotColumns(row)),
    }));
  }

  /** How much {@link missing} has to tell in all, files counted once. */
  missingTotals(sourceKey: number, vaultKeys: readonly number[]): MissingTotals {
    if (vaultKeys.length === 0) return { files: 0, bytes: 0 };
    const totals = (vaults: readonly number[]): MissingTotals =>
      this.#among(sourceKey, vaults).missingTotals.get({
        sourceKey,
        vaults: JSON.stringify(vaults),
      }) as MissingTotals;
    // What is remembered must be of the same moment as what was counted.
    return this.#database
      .transaction(() => {
        const found = totals(vaultKeys);
        if (found.files > 0) return found;
        const marked = this.#complete.add(sourceKey, vaultKeys);
        if (this.#complete.isAnyTouched(sourceKey) && totals(marked).files === 0)
          this.#complete.forgetTouched(sourceKey);
        return found;
      })
      .immediate();
  }

  /**
   * What a vault still shows of a source although the source no longer has it: a page, in the order of keys.
   */
  leftovers(vaultKey: number, options: { sourceKey: number; after: number; limit: number }): LeftoverRow[] {
    const rows = this.#sql.leftovers.all({ vaultKey, ...options }) as (StoredColumns & Named)[];
    return rows.map((row) => ({
      path: joinPath(row.folder, row.name),
      isFolder: row.name === '',
      slot: toStored(row),
    }));
  }

  /**
   * Paths of a source that are gone although no ledger has said so: what only vaults that are away have kept.
   * A page,
   * in the order of keys.
   */
  untold(sourceKey: number, page: { after: number; limit: number }): UntoldRow[] {
    const rows = this.#sql.untold.all({ sourceKey, ...page }) as (Named & { key: number })[];
    return rows.map((row) => ({
      fileKey: row.key,
      path: joinPath(row.folder, row.name),
      isFolder: row.name === '',
    }));
  }

  /** A leftover of the same source with just this content: what a moved file left behind in this vault. */
  leftoverWith(b3: ContentHash, where: LeftoverSearch): LeftoverRow | undefined {
    const except = JSON.stringify(where.except);
    const row = this.#sql.leftoverWith.get({ ...where, b3: hashBlob(b3), except }) as
      (StoredColumns & Named) | undefined;
    return row && { path: joinPath(row.folder, row.name), isFolder: false, slot: toStored(row) };
  }

  /** What the last scan saw of a source, and how much of it no vault has. */
  sourceSummary(sourceKey: number): SourceSummary {
    return this.#sums.source(sourceKey);
  }

  keptSummary(sourceKey: number, vaultKey: number): KeptSummary {
    return this.#sums.kept(sourceKey, vaultKey);
  }

  /**
   * Prepares the answers of the two above, where something changed: in steps of some tens of milliseconds,
   * more where a folder holds many thousand files. Returns false where nothing can be written now.
   */
  sumUp(sourceKey: number, vaultKeys: readonly number[]): Generator<undefined, boolean> {
    return this.#sums.sumUp(sourceKey, vaultKeys);
  }
}

export interface UntoldRow {
  readonly fileKey: number;
  readonly path: SourcePath;
  readonly isFolder: boolean;
}

export interface LeftoverSearch {
  readonly vaultKey: number;
  readonly sourceKey: number;
  /** Keys of stored files that are spoken for. */
  readonly except: readonly number[];
}

export interface MissingTotals {
  readonly files: number;
  readonly bytes: number;
}

export interface MissingPage {
  readonly vaultKeys: readonly number[];
  readonly afterFile: number;
  readonly limit: number;
  readonly known?: boolean;
}

interface Named {
  folder: string;
  name: string;
}

interface MissingColumns extends SeenColumns, Named {
  vault: number;
  slot_key: number | null;
  slot_path: string | null;
  slot_kind: StoredColumns['kind'];
  slot_b3: Buffer | null;
  slot_target: string | null;
  slot_bytes: number;
  slot_modified: number;
  slot_kept_at: number;
  slot_proven: number;
}

function slotColumns(row: MissingColumns): StoredColumns {
  return {
    ...{
      key: row.slot_key ?? 0,
      vault_key: row.vault,
      file_key: row.key,
      path: row.slot_path,
      kind: row.slot_kind,
    },
    ...{ b3: row.slot_b3, target: row.slot_target, bytes: row.slot_bytes, modified: row.slot_modified },
    ...{ newest: 1, kept_at: row.slot_kept_at, proven: row.slot_proven, proven_at: null, damaged_at: null },
  };
}

/** Of `files f`, told in the order of the keys of `first`. */
function missingStatements(database: Database.Database, files: string, first = 'f') {
  const slot = 'LEFT JOIN stored s ON s.vault_key = vault.value AND s.file_key = f.key AND s.newest = 1';
  // CROSS JOIN keeps the order: pages follow the keys of files, and must not sort a library each.
  const from = `${files} CROSS JOIN folders d ON d.key = f.folder_key`;
  return {
    missing: database.prepare(`
      WITH page AS (
        SELECT f.key FROM ${from}
        WHERE d.source_key = @sourceKey AND f.presence = 1 AND ${first}.key > @after
          AND (NOT @known OR f.seen_kind <> 'file' OR f.seen_b3 IS NOT NULL)
          AND EXISTS (SELECT 1 FROM json_each(@vaults) vault ${slot} WHERE ${differs})
        ORDER BY ${first}.key LIMIT @limit
      )
      SELECT ${seenColumns}, d.path AS folder, vault.value AS vault, s.key AS slot_key, s.path AS slot_path,
        s.kind AS slot_kind, s.b3 AS slot_b3, s.target AS slot_target, s.bytes AS slot_bytes,
        s.modified AS slot_modified, s.kept_at AS slot_kept_at, s.proven AS slot_proven
      FROM page JOIN files f ON f.key = page.key JOIN folders d ON d.key = f.folder_key
        CROSS JOIN json_each(@vaults) vault ${slot}
      WHERE ${differs} ORDER BY f.key, vault.value`),
    missingTotals: database.prepare(`SELECT count(*) AS files, coalesce(sum(f.seen_bytes), 0) AS bytes
      FROM ${from} WHERE d.source_key = @sourceKey AND f.presence = 1
        AND EXISTS (SELECT 1 FROM json_each(@vaults) vault ${slot} WHERE ${differs})`),
  };
}

function statements(database: Database.Database) {
  const present = `files f CROSS JOIN folders d ON d.key = f.folder_key`;
  // CROSS JOIN keeps the order: files that are gone are few, stored files many.
  // Gone is what a scan found gone, and what the ledgers' last word says was removed while this vault was
  // away.
  const gone = 'f.presence <> 1 AND (f.presence = 2 OR f.version_key IS NULL)';
  const leftover = `FROM files f CROSS JOIN stored s ON s.file_key = f.key
    JOIN folders d ON d.key = f.folder_key
    WHERE s.vault_key = @vaultKey AND s.newest = 1 AND ${gone} AND d.source_key = @sourceKey`;
  return {
    ...missingStatements(database, 'files f'),
    leftovers: database.prepare(`SELECT s.*, d.path AS folder, f.name ${leftover} AND s.key > @after
      ORDER BY s.key LIMIT @limit`),
    untold: database.prepare(`SELECT f.key, d.path AS folder, f.name FROM ${present}
      WHERE f.presence <> 1 AND f.presence = 2 AND f.version_key IS NOT NULL AND d.source_key = @sourceKey
        AND f.key > @after ORDER BY f.key LIMIT @limit`),
    leftoverWith: database.prepare(`SELECT s.*, d.path AS folder, f.name
      FROM stored s CROSS JOIN files f ON f.key = s.file_key JOIN folders d ON d.key = f.folder_key
      WHERE s.b3 = @b3 AND s.vault_key = @vaultKey AND s.newest = 1 AND ${gone}
        AND d.source_key = @sourceKey
        AND s.key NOT IN (SELECT value FROM json_each(@except)) LIMIT 1`),
  };
}
