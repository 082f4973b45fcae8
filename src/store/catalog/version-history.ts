/**
 * The versions of one file. Each ledger line that tells of it is a sighting: at that moment the source had
 * this content,
 * or had the file no longer. A sighting holds until the next one; versions are runs of sightings that agree.
 * So the
 * history is the same in whatever order the vaults that saw it are read.
 */
import type Database from 'better-sqlite3';
import { type Content, sameContent } from '../../base/types.js';
import { contentOf, type ContentColumns, hashBlob } from './rows.js';

interface Sighting extends ContentColumns {
  key: number;
  since: number;
  gone: number;
}

export class VersionHistory {
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
  }

  /**
   * The source had `content` at `at`. Returns the sighting's key where none is later: to whoever writes the
   * file's row, for it is now its version; `undefined` where the file's version stays what it was.
   */
  keep(fileKey: number, content: Content, at: number): number | undefined {
    const { key, isLatest } = this.#see(fileKey, content, at);
    return isLatest ? key : undefined;
  }

  /** The source had the file no longer at `at`. */
  end(fileKey: number, at: number): void {
    if (this.#see(fileKey, undefined, at).isLatest) this.#sql.setNoVersion.run(fileKey);
  }

  /** Mode and tags of the file's newest version with this content, to go with it when it moves. */
  current(fileKey: number, b3: string): Pick<Content, 'mode' | 'xattrs'> {
    const row = this.#sql.newestOf.get(fileKey, hashBlob(b3)) as Sighting | undefined;
    const { mode, xattrs }: Partial<Content> = row ? contentOf(row) : {};
    return { ...(mode !== undefined && { mode }), ...(xattrs && { xattrs }) };
  }

  #see(fileKey: number, content: Content | undefined, at: number): { key: number; isLatest: boolean } {
    const { before, after } = this.#around(fileKey, at);
    if (before) this.#sql.setUntil.run(at, before.key);
    // A touch tells of the time alone: mode and tags are as they were.
    const same = agrees(before, content) ? before : undefined;
    const { lastInsertRowid } = this.#sql.add.run(
      ...[fileKey, content?.kind ?? 'file', content?.bytes ?? 0, content?.modifiedUs ?? 0],
      ...[hashBlob(content?.b3), content?.target ?? null, content?.mode ?? same?.mode ?? null],
      content?.xattrs ? JSON.stringify(content.xattrs) : (same?.xattrs ?? null),
      ...[at, after?.since ?? null, content ? 0 : 1, same ? 1 : 0],
    );
    if (after) this.#sql.setAgain.run(agrees(after, content) ? 1 : 0, after.key);
    return { key: Number(lastInsertRowid), isLatest: after === undefined };
  }

  /** The sightings next to a moment. Ledgers are mostly told in order: then the latest is the one before. */
  #around(fileKey: number, at: number): { before: Sighting | undefined; after: Sighting | undefined } {
    const latest = this.#sql.latest.get(fileKey) as Sighting | undefined;
    if (!latest || latest.since < at) return { before: latest, after: undefined };
    return {
      before: this.#sql.before.get(fileKey, at) as Sighting | undefined,
      after: this.#sql.after.get(fileKey, at) as Sighting | undefined,
    };
  }
}

function agrees(sighting: Sighting | undefined, content: Content | undefined): boolean {
  if (!sighting) return false;
  if (!content || sighting.gone) return !content && sighting.gone === 1;
  return sameContent(contentOf(sighting), content);
}

function statements(database: Database.Database) {
  const columns = 'key, kind, bytes, modified, b3, target, mode, xattrs, since, gone';
  return {
    latest: database.prepare(
      `SELECT ${columns} FROM versions WHERE file_key = ? ORDER BY since DESC LIMIT 1`,
    ),
    before: database.prepare(
      `SELECT ${columns} FROM versions WHERE file_key = ? AND since < ? ORDER BY since DESC LIMIT 1`,
    ),
    after: database.prepare(
      `SELECT ${columns} FROM versions WHERE file_key = ? AND since > ? ORDER BY since LIMIT 1`,
    ),
    newestOf: database.prepare(
      `SELECT ${columns} FROM versions WHERE file_key = ? AND b3 = ? ORDER BY since DESC LIMIT 1`,
    ),
    setUntil: database.prepare('UPDATE versions SET until = ? WHERE key = ?'),
    setAgain: database.prepare('UPDATE versions SET again = ? WHERE key = ?'),
    setNoVersion: database.prepare('UPDATE files SET version_key = NULL WHERE key = ?'),
    // Two vaults may tell of one moment; they tell the same.
    add: database.prepare(`INSERT OR REPLACE INTO versions
      (file_key, kind, bytes, modified, b3, target, mode, xattrs, since, until, gone, again)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  };
}
