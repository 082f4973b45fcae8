/** What scans saw: the rows that a folder's listing is compared with, and the marks it leaves. */
import type Database from 'better-sqlite3';
import {
  isInside,
  joinPath,
  pathBytes,
  pathFromBytes,
  type SourcePath,
  splitPath,
} from '../../base/paths.js';
import type { ContentHash, Entry, Kind } from '../../base/types.js';
import type { SeenFile } from '../../rules/diff.js';
import type { LineApplier } from './line-applier.js';
import { ListingMarks } from './listing-marks.js';
import { hashBlob } from './rows.js';

export const seenColumns = `f.key, f.name, f.presence, f.seen_kind, f.seen_bytes, f.seen_modified,
  f.seen_inode,  f.seen_device, f.seen_target, f.seen_b3`;

/** A file of a folder as the last scan saw it, as far as a comparison needs it. */
export interface ComparedRow extends SeenFile {
  /** False where only a ledger has told of it, which knows no inodes. */
  readonly hasInode: boolean;
}

/** A file that disappeared or appeared in this scan, as far as recognising moves needs it. */
export interface IdentityRow {
  readonly fileKey: number;
  readonly path: SourcePath;
  readonly kind: 'file';
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly inode: string | undefined;
  readonly device: string | undefined;
  readonly b3: ContentHash | undefined;
}

export class ScanRows {
  readonly marks: ListingMarks;
  readonly #sql: ReturnType<typeof statements>;
  readonly #applier: LineApplier;

  constructor(database: Database.Database, applier: LineApplier) {
    this.marks = new ListingMarks(database);
    this.#sql = statements(database);
    this.#applier = applier;
  }

  /** Begins a scan: forgets what appeared and disappeared in the one before. */
  begin(): void {
    this.#sql.clear.run();
  }

  /** The key of a folder, and what is known to be in it. */
  folder(sourceKey: number, path: SourcePath): { key: number; rows: ComparedRow[] } {
    const key = this.#applier.folderKey(sourceKey, path);
    let rows = this.#sql.rows.all(key) as ComparedColumns[];
    // A file known only from a ledger counts as seen the way it was kept there: nothing is read again after a
    // rebuild.
    if (rows.some(([, , presence]) => presence === 0) && this.#sql.recall.run(key).changes > 0)
      rows = this.#sql.rows.all(key) as ComparedColumns[];
    return { key, rows: rows.filter(([, , presence]) => presence > 0).map(toCompared) };
  }

  /** A new name in a folder. */
  add(folderKey: number, entry: Entry): void {
    const { fileKey } = this.#sql.add.get({ folderKey, ...seenOf(entry) }) as { fileKey: number };
    this.#sql.turn.run(fileKey, turned.added);
  }

  /**
   * A file that came to a path before any scan could find it: what the next one will find unchanged. Returns
   * its key.
   */
  meet(sourceKey: number, path: SourcePath, found: { entry: Entry; b3: ContentHash }): number {
    const folderKey = this.#applier.folderKey(sourceKey, splitPath(path).folder);
    const { fileKey } = this.#sql.add.get({ folderKey, ...seenOf(found.entry) }) as { fileKey: number };
    this.know(fileKey, found.b3);
    return fileKey;
  }

  /** A known name that is there again, or is another than it was: its content is not known. */
  change(fileKey: number, entry: Entry): void {
    this.#sql.change.run({ fileKey, ...seenOf(entry) });
  }

  /**
   * A known file of the same size with another time: its content is to be looked at before it counts as
   * changed.
   */
  retime(fileKey: number, entry: Entry): void {
    this.change(fileKey, entry);
    this.#sql.turn.run(fileKey, turned.retimed);
  }

  /** A name that was gone and is back. */
  reappear(fileKey: number, entry: Entry): void {
    this.change(fileKey, entry);
    this.#sql.turn.run(fileKey, turned.added);
  }

  /**
   * The same content under another number: a new disk, a restored home. Nothing to read, but moves need it.
   */
  identify(fileKey: number, entry: Entry): void {
    this.#sql.identify.run({ fileKey, ...seenOf(entry) });
  }

  /** Not found by this scan. Nothing is decided yet. */
  miss(fileKey: number): void {
    this.#sql.turn.run(fileKey, turned.missed);
  }

  /**
   * Misses everything known in folders of the source that the scan did not visit; skips what it could not
   * read.
   */
  missUnvisited(sourceKey: number, visited: ReadonlySet<number>, where: UnvisitedPart): void {
    const { below, unread } = where;
    const folders = this.#sql.folders.all(sourceKey) as { key: number; path: SourcePath }[];
    for (const { key, path } of folders) {
      if (visited.has(key) || !isInside(below, path) || unread.some((folder) => isInside(folder, path)))
        continue;
      this.#sql.missFolder.run(key);
    }
  }

  /** The names of the folders that are known directly below a folder. */
  subfolders(sourceKey: number, folder: SourcePath): Set<SourcePath> {
    const names = new Set<SourcePath>();
    for (const { path } of this.#sql.folders.all(sourceKey) as { path: SourcePath }[]) {
      if (path === folder || !isInside(folder, path)) continue;
      const rest = pathBytes(path).subarray(folder === '' ? 0 : pathBytes(folder).length + 1);
      const end = rest.indexOf(0x2f);
      names.add(pathFromBytes(end < 0 ? rest : rest.subarray(0, end)));
    }
    return names;
  }

  /** Files whose time alone changed, as the scan saw them: a page, in the order of their keys. */
  retimed(after: number, limit: number): IdentityRow[] {
    return (this.#sql.retimed.all(after, limit) as IdentityColumns[]).map(toIdentity);
  }

  /** How many files this scan missed, and not retired since. */
  missed(): number {
    return this.#sql.missed.get() as number;
  }

  /** Files that are there, of these sizes, whose content is known. Looks at every one. */
  ofSizes(sourceKey: number, sizes: readonly number[]): IdentityRow[] {
    return (this.#sql.ofSizes.all(JSON.stringify(sizes), sourceKey) as IdentityColumns[]).map(toIdentity);
  }

  /** How many files of the source are known to be there. Looks at every one. */
  known(sourceKey: number): number {
    return this.#sql.known.get(sourceKey) as number;
  }

  /**
   * Counts as new what an earlier scan found and no pass came to keep: a crash must not cost a recognised
   * move.
   */
  addUnkept(sourceKey: number): void {
    this.#sql.unkept.run(sourceKey);
  }

  /** Gone and new files of equal size and time, in groups: what may have been moved. */
  *moveGroups(): Generator<{ gone: IdentityRow[]; added: IdentityRow[] }> {
    // A first backup has nothing gone: do not sort a library to find that out.
    if (this.#sql.sides.get() !== 2) return;
    const rows = this.#sql.identities.all() as (IdentityColumns & { why: number })[];
    let group: { gone: IdentityRow[]; added: IdentityRow[] } = { gone: [], added: [] };
    let last: IdentityColumns | undefined;
    for (const row of rows) {
      if (last && (last.bytes !== row.bytes || last.modified !== row.modified)) {
        yield group;
        group = { gone: [], added: [] };
      }
      (row.why === turned.missed ? group.gone : group.added).push(toIdentity(row));
      last = row;
    }
    if (last) yield group;
  }

  /** The content behind what was seen of a file is known: it was recognised, or read. */
  know(fileKey: number, b3: ContentHash): void {
    this.#sql.know.run(hashBlob(b3), fileKey);
  }

  /** What was read is another state than the scan saw: the read one counts. */
  sawContent(fileKey: number, seen: { bytes: number; modifiedUs: number; b3: ContentHash }): void {
    this.#sql.saw.run({ fileKey, bytes: seen.bytes, modified: seen.modifiedUs, b3: hashBlob(seen.b3) });
  }

  /** Gone from where it was, whatever becomes of the others: it is known to have moved. */
  retire(fileKey: number): void {
    this.#sql.retireOne.run(fileKey);
  }

  /** Everything this scan missed is gone from the source. */
  retireMissed(): void {
    this.#sql.retire.run();
  }
}

/** Where {@link ScanRows.missUnvisited} looks, and which folders it must not judge. */
export interface UnvisitedPart {
  readonly below: SourcePath;
  readonly unread: readonly SourcePath[];
}

/** Why a file is in the scan's own table. */
const turned = { added: 0, missed: 1, retimed: 2 } as const;

/** Key, name, presence, kind, bytes, time, target, and 1 with an inode: lists are had faster than records. */
type ComparedColumns = [
  ...[key: number, name: string, presence: number, kind: Kind | null, bytes: number | null],
  ...[modified: number | null, target: string | null, hasInode: number],
];

const comparedRows = `SELECT key, name, presence, seen_kind, seen_bytes, seen_modified, seen_target,
  seen_inode NOT NULL FROM files WHERE folder_key = ?`;

function toCompared(columns: ComparedColumns): ComparedRow {
  const [fileKey, name, presence, kind, bytes, modified, target, hasInode] = columns;
  return {
    fileKey,
    name,
    kind: kind ?? 'file',
    bytes: bytes ?? -1,
    modifiedUs: modified ?? -1,
    target: target ?? undefined,
    present: presence !== 2,
    hasInode: hasInode === 1,
  };
}

const identityColumns = `f.key, d.path AS folder, f.name, f.seen_bytes AS bytes, f.seen_modified AS modified,
  f.seen_inode AS inode, f.seen_device AS device, f.seen_b3 AS b3`;

interface IdentityColumns {
  key: number;
  folder: string;
  name: string;
  bytes: number;
  modified: number;
  inode: string | null;
  device: string | null;
  b3: Buffer | null;
}

function toIdentity(row: IdentityColumns): IdentityRow {
  return {
    fileKey: row.key,
    path: joinPath(row.folder, row.name),
    kind: 'file',
    bytes: row.bytes,
    modifiedUs: row.modified,
    inode: row.inode ?? undefined,
    device: row.device ?? undefined,
    b3: row.b3?.toString('hex'),
  };
}

function seenOf(entry: Entry) {
  const { name, kind, bytes, modifiedUs, inode, device, target } = entry;
  return { name, kind, bytes, modified: modifiedUs, inode, device, target: target ?? null };
}

function statements(database: Database.Database) {
  // Kept by SQLite and not in JavaScript: a library renamed at its top has as many of these as files.
  database.exec('CREATE TEMP TABLE IF NOT EXISTS turned (key INTEGER PRIMARY KEY, why INTEGER NOT NULL)');
  const seen = `seen_kind = @kind, seen_bytes = @bytes, seen_modified = @modified, seen_inode = @inode,
    seen_device = @device, seen_target = @target`;
  return {
    clear: database.prepare('DELETE FROM turned'),
    recall: database.prepare(`UPDATE files SET presence = 1, seen_kind = v.kind, seen_bytes = v.bytes,
        seen_modified = v.modified, seen_target = v.target, seen_b3 = v.b3
      FROM versions v WHERE v.key = files.version_key AND files.folder_key = ? AND files.presence = 0`),
    rows: database.prepare(comparedRows).raw(),
    add: database.prepare(`INSERT INTO files
        (folder_key, name, presence, seen_kind, seen_bytes, seen_modified, seen_inode, seen_device,
          seen_target)
      VALUES (@folderKey, @name, 1, @kind, @bytes, @modified, @inode, @device, @target)
      ON CONFLICT (folder_key, name) DO UPDATE SET presence = 1, ${seen}, seen_b3 = NULL
      RETURNING key AS fileKey`),
    change: database.prepare(`UPDATE files SET presence = 1, ${seen}, seen_b3 = NULL WHERE key = @fileKey`),
    identify: database.prepare(`UPDATE files SET presence = 1, seen_inode = @inode, seen_device = @device
      WHERE key = @fileKey`),
    turn: database.prepare('INSERT OR REPLACE INTO turned VALUES (?, ?)'),
    folders: database.prepare('SELECT key, path FROM folders WHERE source_key = ?'),
    missFolder: database.prepare(`INSERT OR REPLACE INTO turned
      SELECT key, 1 AS why FROM files WHERE folder_key = ?
        AND (presence = 1 OR presence = 0 AND version_key IS NOT NULL)`),
    missed: database
      .prepare(
        `SELECT count(*) FROM turned CROSS JOIN files ON files.key = turned.key
          WHERE why = 1 AND presence < 2`,
      )
      .pluck(),
    known: database
      .prepare(
        `SELECT count(*) FROM folders d CROSS JOIN files f ON f.folder_key = d.key
          WHERE d.source_key = ? AND f.presence = 1`,
      )
      .pluck(),
    sides: database.prepare('SELECT count(DISTINCT why) FROM turned WHERE why < 2').pluck(),
    identities: database.prepare(`
      WITH t AS MATERIALIZED (
        SELECT f.key, coalesce(f.seen_bytes, v.bytes) AS bytes,
          coalesce(f.seen_modified, v.modified) AS modified,
          f.seen_inode AS inode, f.seen_device AS device, coalesce(f.seen_b3, v.b3) AS b3, turned.why,
          d.path AS folder, f.name
        FROM turned JOIN files f ON f.key = turned.key JOIN folders d ON d.key = f.folder_key
          LEFT JOIN versions v ON v.key = f.version_key
        WHERE coalesce(f.seen_kind, v.kind) = 'file' AND turned.why < 2
      )
      SELECT t.* FROM t JOIN (
        SELECT bytes, modified FROM t GROUP BY bytes, modified HAVING min(why) <> max(why)
      ) USING (bytes, modified) ORDER BY bytes, modified`),
    unkept: database.prepare(`INSERT OR IGNORE INTO turned
      SELECT f.key, 0 AS why FROM files f JOIN folders d ON d.key = f.folder_key
      WHERE d.source_key = ? AND f.presence = 1 AND f.seen_b3 IS NULL AND f.version_key IS NULL`),
    retimed: database.prepare(`SELECT ${identityColumns} FROM turned
      CROSS JOIN files f ON f.key = turned.key CROSS JOIN folders d ON d.key = f.folder_key
      WHERE turned.why = 2 AND f.seen_kind = 'file' AND turned.key > ? ORDER BY turned.key LIMIT ?`),
    ofSizes: database.prepare(`SELECT ${identityColumns} FROM folders d
      CROSS JOIN files f ON f.folder_key = d.key
      WHERE f.seen_bytes IN (SELECT value FROM json_each(?)) AND d.source_key = ?
        AND f.presence = 1 AND f.seen_kind = 'file' AND f.seen_b3 IS NOT NULL`),
    know: database.prepare('UPDATE files SET seen_b3 = ? WHERE key = ?'),
    saw: database.prepare(`UPDATE files SET seen_bytes = @bytes, seen_modified = @modified, seen_b3 = @b3
      WHERE key = @fileKey`),
    retireOne: database.prepare('UPDATE files SET presence = 2 WHERE key = ?'),
    retire: database.prepare(
      'UPDATE files SET presence = 2 WHERE key IN (SELECT key FROM turned WHERE why = 1)',
    ),
  };
}
