/** The versions of one file: intervals of time, merged so that the order in which vaults are read does not matter. */
import type Database from 'better-sqlite3';
import { type Content, sameContent } from '../../base/types.js';
import { hashBlob } from './rows.js';

interface Span {
  key: number;
  kind: Content['kind'];
  bytes: number;
  modified: number;
  b3: Buffer | null;
  target: string | null;
  mode: number | null;
  xattrs: string | null;
  since: number;
  until: number | null;
}

export class VersionHistory {
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
  }

  /**
   * Some vault kept `content` at `at`. The version that begins next, when it is the same, begins earlier than was
   * known; else the version alive at that moment, when it is another, ends there.
   */
  keep(fileKey: number, content: Content, at: number): void {
    const alive = this.#sql.aliveAt.get({ fileKey, at }) as Span | undefined;
    if (alive && isSame(alive, content)) {
      // The same bytes, perhaps with another time, mode or tags: who told last is right.
      this.#sql.touch.run({ key: alive.key, at, ...attributes(content) });
      return;
    }
    const next = this.#sql.nextAfter.get({ fileKey, at }) as Span | undefined;
    if (next && isSame(next, content) && (alive === undefined || alive.until === next.since)) {
      if (alive) this.#sql.setUntil.run(at, alive.key);
      this.#sql.setSince.run(at, next.key);
      return;
    }
    if (alive) this.#sql.setUntil.run(at, alive.key);
    const until = alive ? alive.until : (next?.since ?? null);
    const { lastInsertRowid } = this.#sql.add.run({
      ...{ fileKey, kind: content.kind, bytes: content.bytes, b3: hashBlob(content.b3) },
      ...{ target: content.target ?? null, since: at, until },
      ...attributes(content),
    });
    if (until === null) this.#sql.setCurrent.run(lastInsertRowid, fileKey);
  }

  /** The file was gone from its source at `at`. */
  end(fileKey: number, at: number): void {
    const alive = this.#sql.aliveAt.get({ fileKey, at }) as Span | undefined;
    if (!alive) return;
    this.#sql.setUntil.run(at, alive.key);
    if (alive.until === null) this.#sql.setCurrent.run(null, fileKey);
  }

  /** Mode and tags of the file's newest version with this content, to go with it when it moves. */
  current(fileKey: number, b3: string): Pick<Content, 'mode' | 'xattrs'> {
    const row = this.#sql.newestOf.get(fileKey, hashBlob(b3)) as Pick<Span, 'mode' | 'xattrs'> | undefined;
    return {
      ...(row && row.mode !== null && { mode: row.mode }),
      ...(row && row.xattrs !== null && { xattrs: JSON.parse(row.xattrs) as Record<string, string> }),
    };
  }
}

function isSame(span: Span, content: Content): boolean {
  return sameContent(
    {
      kind: span.kind,
      bytes: span.bytes,
      modifiedUs: span.modified,
      ...(span.b3 && { b3: span.b3.toString('hex') }),
      ...(span.target !== null && { target: span.target }),
    },
    content,
  );
}

function attributes(content: Content) {
  return {
    modified: content.modifiedUs,
    mode: content.mode ?? null,
    xattrs: content.xattrs ? JSON.stringify(content.xattrs) : null,
  };
}

function statements(database: Database.Database) {
  const span = 'key, kind, bytes, modified, b3, target, mode, xattrs, since, until';
  return {
    aliveAt: database.prepare(`SELECT ${span} FROM versions
      WHERE file_key = @fileKey AND since <= @at AND (until IS NULL OR until > @at) ORDER BY since DESC LIMIT 1`),
    nextAfter: database.prepare(`SELECT ${span} FROM versions
      WHERE file_key = @fileKey AND since > @at ORDER BY since LIMIT 1`),
    newestOf: database.prepare(
      'SELECT mode, xattrs FROM versions WHERE file_key = ? AND b3 = ? ORDER BY since DESC LIMIT 1',
    ),
    touch: database.prepare(`UPDATE versions SET modified = @modified, told_at = @at,
        mode = coalesce(@mode, mode), xattrs = coalesce(@xattrs, xattrs)
      WHERE key = @key AND told_at <= @at`),
    setUntil: database.prepare('UPDATE versions SET until = ? WHERE key = ?'),
    setSince: database.prepare('UPDATE versions SET since = ? WHERE key = ?'),
    setCurrent: database.prepare('UPDATE files SET version_key = ? WHERE key = ?'),
    add: database.prepare(`INSERT INTO versions
      (file_key, kind, bytes, modified, b3, target, mode, xattrs, since, until, told_at)
      VALUES (@fileKey, @kind, @bytes, @modified, @b3, @target, @mode, @xattrs, @since, @until, @since)`),
  };
}
