/**
 * What people and jobs ask about what is kept: versions of a path, a folder as it was, copies of a content.
 */
import type Database from 'better-sqlite3';
import { isInside, splitPath, type SourcePath } from '../../base/paths.js';
import type { ContentHash } from '../../base/types.js';
import { aliveAt, type AliveRow, FolderSums } from './folder-sums.js';
import {
  hashBlob,
  type StoredColumns,
  toStored,
  toVersion,
  toVersions,
  type VersionColumns,
  versionColumns,
} from './rows.js';
import type { StoredRow, StoredTotals, VersionRow } from './types.js';

const pageRows = 512;

export class Questions {
  readonly #sql: ReturnType<typeof statements>;
  readonly #sums: FolderSums;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
    this.#sums = new FolderSums(database);
  }

  /** Every version of one path, newest first; none when the path was never kept. */
  versionsOf(sourceKey: number, path: SourcePath): VersionRow[] {
    const { folder, name } = splitPath(path);
    const files = name === '' ? [] : this.#sql.versions.all({ sourceKey, folder, name });
    const emptyFolders = this.#sql.versions.all({ sourceKey, folder: path, name: '' });
    return toVersions([...files, ...emptyFolders] as VersionColumns[]);
  }

  /**
   * The versions alive at a moment (ms; default: now) of `path`: the file itself, or everything below the
   * folder.
   * In order of folders, and of names in a folder. Lets go of the database between pages.
   */
  *aliveAt(
    sourceKey: number,
    options: { folder?: SourcePath; atMs?: number | undefined } = {},
  ): Generator<VersionRow> {
    const { folder: path = '', atMs: at = Number.MAX_SAFE_INTEGER } = options;
    if (path !== '') {
      const { folder, name } = splitPath(path);
      for (const row of this.#sql.aliveFile.all({ sourceKey, folder, name, at }) as VersionColumns[])
        yield toVersion(row);
    }
    for (const folder of this.#sql.folders.all(sourceKey) as { key: number; path: SourcePath }[]) {
      if (isInside(path, folder.path)) yield* this.#aliveIn(folder.key, at);
    }
  }

  /** As {@link aliveAt}, without what lies in the folders in it. */
  *aliveDirectlyIn(
    sourceKey: number,
    options: { folder: SourcePath; atMs?: number | undefined },
  ): Generator<VersionRow> {
    const { folder: path, atMs: at = Number.MAX_SAFE_INTEGER } = options;
    const { folder, name } = splitPath(path);
    if (path !== '')
      for (const row of this.#sql.aliveFile.all({ sourceKey, folder, name, at }) as VersionColumns[])
        yield toVersion(row);
    const key = this.#sql.folderKey.get(sourceKey, path) as number | undefined;
    if (key !== undefined) yield* this.#aliveIn(key, at);
  }

  /**
   * How many files, links among them, and bytes were alive at a moment (ms; default: now) in each folder by
   * itself: in `folder` and all below it that had anything in them, in the order of their paths.
   */
  aliveTotals(sourceKey: number, options: { folder: SourcePath; atMs?: number | undefined }): AliveRow[] {
    const { folder, atMs } = options;
    return this.#sums.alive(sourceKey, atMs).filter(({ path }) => isInside(folder, path));
  }

  *#aliveIn(folderKey: number, at: number): Generator<VersionRow> {
    // The nameless entry of an empty folder comes first, and no name is before it.
    let rows = this.#sql.aliveFrom.all({ folderKey, at, name: '', limit: pageRows }) as VersionColumns[];
    for (;;) {
      yield* rows.map(toVersion);
      const last = rows.at(-1);
      if (rows.length < pageRows || !last) return;
      const page = { folderKey, at, name: last.name, limit: pageRows };
      rows = this.#sql.aliveAfter.all(page) as VersionColumns[];
    }
  }

  /**
   * Files whose path holds every one of the words, whatever the case; newest version of each, newest first.
   */
  find(words: readonly string[], options: { limit: number }): VersionRow[] {
    const patterns = JSON.stringify(words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`));
    const rows = this.#sql.find.all({ patterns, limit: options.limit }) as VersionColumns[];
    return rows.map(toVersion);
  }

  /** Every stored file with this content, in every vault, under whatever name. */
  copiesOf(content: { b3: ContentHash }): StoredRow[] {
    return (this.#sql.copies.all(hashBlob(content.b3)) as StoredColumns[]).map(toStored);
  }

  /** What is stored for one file (and nothing else), in every vault: how links and folders are found. */
  storedFor(fileKey: number): StoredRow[] {
    return (this.#sql.storedFor.all(fileKey) as StoredColumns[]).map(toStored);
  }

  /**
   * A vault's stored files in the byte order of their paths, a page at a time; `after` is the last path seen.
   */
  storedIn(vaultKey: number, options: { after?: string | undefined; limit: number }): StoredRow[] {
    const rows = this.#sql.storedIn.all({ vaultKey, after: options.after ?? '', limit: options.limit });
    return (rows as StoredColumns[]).map(toStored);
  }

  /** A vault's stored files with their proofs oldest first: what a verification on a budget looks at. */
  storedByProof(vaultKey: number, options: { before: number; limit: number; afterKey: number }): StoredRow[] {
    return (this.#sql.storedByProof.all({ vaultKey, ...options }) as StoredColumns[]).map(toStored);
  }

  /** The stored file at a path of a vault. */
  storedAt(vaultKey: number, stored: string): StoredRow | undefined {
    const row = this.#sql.storedAt.get(vaultKey, stored) as StoredColumns | undefined;
    return row && toStored(row);
  }

  /** Every version of one file, newest first. */
  versionsOfFile(fileKey: number): VersionRow[] {
    return toVersions(this.#sql.versionsOfFile.all(fileKey) as VersionColumns[]);
  }

  /**
   * The files that ever had one of these contents. Looks at every version once, however many contents there
   * are.
   */
  filesHolding(contents: readonly ContentHash[]): number[] {
    return this.#sql.filesHolding.all(JSON.stringify(contents)) as number[];
  }

  /**
   * A stored file, in whatever vault, that was found damaged and not healed since; `undefined`: there is
   * none.
   */
  damagedCopy(): StoredRow | undefined {
    const row = this.#sql.damagedCopy.get() as StoredColumns | undefined;
    return row && toStored(row);
  }

  /**
   * How many files are stored in a vault in all, versions aside among them, and which sources they belong to.
   */
  storedTotals(vaultKey: number): StoredTotals[] {
    return this.#sql.storedTotals.all(vaultKey) as StoredTotals[];
  }

  /** When the first of what a vault still holds came into it, ms; `undefined`: it holds nothing. */
  firstKeptAt(vaultKey: number): number | undefined {
    return (this.#sql.firstKept.get(vaultKey) as number | null) ?? undefined;
  }

  /** The bytes that came into a vault, and are still there, on each day (UTC) since a moment on which any did. */
  keptByDay(vaultKey: number, sinceMs: number): number[] {
    return this.#sql.keptByDay.all(vaultKey, sinceMs) as number[];
  }

  /** Whether a path of a vault is that of something stored, or of a folder of it. */
  isTaken(vaultKey: number, stored: string): boolean {
    return this.#sql.isTaken.get(vaultKey, stored, vaultKey, `${stored}/`, `${stored}0`) === 1;
  }

  /** Whether anything is stored below a path of a vault, as if it were a folder. */
  hasStoredBelow(vaultKey: number, stored: string): boolean {
    return this.#sql.storedBelow.get(vaultKey, `${stored}/`, `${stored}0`) !== undefined;
  }

  /**
   * Every version of every file of a source that has more than one, or has ended, file by file: for
   * retention.
   */
  *endedVersions(sourceKey: number): Generator<VersionRow[]> {
    for (let after = -1; ;) {
      const keys = this.#sql.filesWithHistory.all({ sourceKey, after, limit: pageRows }) as number[];
      for (const key of keys) yield toVersions(this.#sql.versionsOfFile.all(key) as VersionColumns[]);
      const last = keys.at(-1);
      if (keys.length < pageRows || last === undefined) return;
      after = last;
    }
  }
}

function statements(database: Database.Database) {
  const joined = `FROM versions v JOIN files f ON f.key = v.file_key JOIN folders d ON d.key = f.folder_key`;
  const select = `SELECT ${versionColumns} ${joined}`;
  const alivePage = (after: string): string => `SELECT ${versionColumns} FROM folders d
    CROSS JOIN files f ON f.folder_key = d.key CROSS JOIN versions v ON ${aliveAt}
    WHERE d.key = @folderKey AND f.name ${after} @name ORDER BY f.name LIMIT @limit`;
  return {
    versions: database.prepare(`${select} WHERE d.source_key = @sourceKey AND d.path = @folder
      AND f.name = @name AND NOT v.gone ORDER BY v.since DESC`),
    aliveFile:
      database.prepare(`${select} WHERE d.source_key = @sourceKey AND d.path = @folder AND f.name = @name
      AND f.name <> '' AND ${aliveAt}`),
    folderKey: database.prepare('SELECT key FROM folders WHERE source_key = ? AND path = ?').pluck(),
    folders: database.prepare('SELECT key, path FROM folders WHERE source_key = ? ORDER BY path'),
    aliveFrom: database.prepare(alivePage('>=')),
    aliveAfter: database.prepare(alivePage('>')),
    find: database.prepare(`SELECT ${versionColumns} FROM files f JOIN folders d ON d.key = f.folder_key
      JOIN versions v ON v.key = (
        SELECT key FROM versions WHERE file_key = f.key AND NOT gone ORDER BY since DESC LIMIT 1)
      WHERE NOT EXISTS (
        SELECT 1 FROM json_each(@patterns) p WHERE d.path || '/' || f.name NOT LIKE p.value ESCAPE '\\')
      ORDER BY v.since DESC LIMIT @limit`),
    copies: database.prepare('SELECT * FROM stored WHERE b3 = ?'),
    storedFor: database.prepare('SELECT * FROM stored WHERE file_key = ?'),
    storedIn: database.prepare(`SELECT * FROM stored WHERE vault_key = @vaultKey AND path > @after
      ORDER BY path LIMIT @limit`),
    storedByProof: database.prepare(`SELECT * FROM stored NOT INDEXED
      WHERE vault_key = @vaultKey AND path IS NOT NULL AND coalesce(proven_at, 0) < @before
        AND key > @afterKey ORDER BY key LIMIT @limit`),
    storedAt: database.prepare('SELECT * FROM stored WHERE vault_key = ? AND path = ?'),
    storedTotals: database.prepare(`SELECT d.source_key AS sourceKey, count(*) AS files, sum(s.bytes) AS bytes
      FROM stored s JOIN files f ON f.key = s.file_key JOIN folders d ON d.key = f.folder_key
      WHERE s.vault_key = ? AND s.kind <> 'folder' GROUP BY d.source_key ORDER BY d.source_key`),
    firstKept: database
      .prepare('SELECT min(kept_at) FROM stored WHERE vault_key = ? AND kept_at > 0')
      .pluck(),
    keptByDay: database
      .prepare(
        `SELECT sum(bytes) FROM stored WHERE vault_key = ? AND kept_at > 0 AND kept_at >= ?
        GROUP BY kept_at / 86400000 ORDER BY 1`,
      )
      .pluck(),
    filesHolding: database
      .prepare(
        `SELECT DISTINCT file_key FROM versions
          WHERE NOT gone AND b3 IN (SELECT unhex(value) FROM json_each(?)) ORDER BY file_key`,
      )
      .pluck(),
    damagedCopy: database.prepare('SELECT * FROM stored WHERE damaged_at IS NOT NULL LIMIT 1'),
    // "0" follows "/" in the order of bytes.
    storedBelow: database.prepare(
      'SELECT 1 FROM stored WHERE vault_key = ? AND path > ? AND path < ? LIMIT 1',
    ),
    isTaken: database
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM stored WHERE vault_key = ? AND path = ?)
          OR EXISTS (SELECT 1 FROM stored WHERE vault_key = ? AND path > ? AND path < ?)`,
      )
      .pluck(),
    filesWithHistory: database
      .prepare(
        `SELECT f.key FROM files f CROSS JOIN folders d ON d.key = f.folder_key
        WHERE d.source_key = @sourceKey AND f.key > @after
          AND EXISTS (SELECT 1 FROM versions v WHERE v.file_key = f.key AND v.until IS NOT NULL)
        ORDER BY f.key LIMIT @limit`,
      )
      .pluck(),
    versionsOfFile: database.prepare(`${select} WHERE v.file_key = ? AND NOT v.gone ORDER BY v.since DESC`),
  };
}
