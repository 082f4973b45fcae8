/**
 * Turns ledger lines into rows: the one function behind live commits, catching up, adopting and rebuilding.
 *
 * Ledgers of several vaults tell the same history at different moments (a vault that was away learns of a
 * version
 * late), and may be applied in any order; a file's versions come out the same, each alive from the earliest
 * moment any
 * vault knew it.
 */
import type Database from 'better-sqlite3';
import { splitPath, type SourcePath } from '../../base/paths.js';
import { fromRfc3339 } from '../../base/time.js';
import type { Content } from '../../base/types.js';
import { problem } from '../../base/errors.js';
import { pathOfLine } from '../ledger/line-paths.js';
import type { KeepLine, LedgerLine, MoveLine, RetireLine, SourceLine } from '../ledger/lines.js';
import { hashBlob } from './rows.js';
import { VersionHistory } from './version-history.js';

interface Slot {
  key: number;
  kind: string;
}

export class LineApplier {
  readonly #sql: ReturnType<typeof statements>;
  readonly #histories: VersionHistory;
  /** What was used last: lines come folder by folder, and a batch tells one moment of one source. */
  #folder: { sourceKey: number; path: SourcePath; key: number } | undefined;
  #known: { id: string; key: number } | undefined;
  #moment: { text: string; at: number } | undefined;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
    this.#histories = new VersionHistory(database);
  }

  /** Applies one line of `writer`'s ledger in the vault. Lines of one ledger come in order. */
  apply(vaultKey: number, writer: string, line: LedgerLine): void {
    const at = this.#timeOf(line.at);
    if (at === undefined) throw problem('ledger-damaged', writer, { detail: `line ${line.n}: at` });
    switch (line.do) {
      case 'source':
        return this.#source(vaultKey, writer, line);
      case 'keep':
        return this.#keep(vaultKey, line, at);
      case 'retire':
        return this.#retire(vaultKey, line, at);
      case 'move':
        return this.#move(vaultKey, line, at);
      case 'scrub':
        return this.#scrub(vaultKey, line, at);
      case 'damaged':
        this.#sql.damaged.run({ at, vaultKey, stored: line.stored, b3: hashBlob(line.b3) });
        return;
      case 'healed':
        this.#sql.healed.run(vaultKey, line.stored);
        return;
      case 'prune':
        this.#sql.pruned.run(vaultKey, line.stored);
        return;
      case 'ingest':
      case 'settled':
        return;
      default:
        // A line of a later Glassine that this one can do without: the chain has been checked over it all the
        // same.
        line satisfies never;
    }
  }

  /** Forgets what is remembered between lines; after rows were deleted behind its back. */
  reset(): void {
    this.#folder = undefined;
    this.#known = undefined;
  }

  #timeOf(text: string): number | undefined {
    if (this.#moment?.text === text) return this.#moment.at;
    const at = fromRfc3339(text);
    this.#moment = at === undefined ? undefined : { text, at };
    return at;
  }

  #source(vaultKey: number, writer: string, line: SourceLine): void {
    const { id, name, computer, root, volume } = { ...line, id: line.source, volume: line.volume ?? null };
    this.#sql.putSource.run({ id, name, computer, root, volume, writer });
    const after = line.after?.writer ?? null;
    this.#sql.putSourceFolder.run(vaultKey, this.#sourceKey(line.source), writer, line.folder, after);
  }

  #sourceKey(id: string): number {
    if (this.#known?.id === id) return this.#known.key;
    const key = this.#sql.sourceKey.get(id);
    if (key === undefined) throw problem('ledger-damaged', id, { detail: 'a line names an unknown source' });
    this.#known = { id, key };
    return key;
  }

  /** An empty folder is filed as the nameless entry of itself, so it never stands in a file's way. */
  fileKey(sourceKey: number, path: SourcePath, isFolder: boolean): number {
    const { folder, name } = isFolder ? { folder: path, name: '' } : splitPath(path);
    const folderKey = this.folderKey(sourceKey, folder);
    return (
      this.#sql.fileKey.get(folderKey, name) ?? Number(this.#sql.addFile.run(folderKey, name).lastInsertRowid)
    );
  }

  folderKey(sourceKey: number, path: SourcePath): number {
    if (this.#folder?.sourceKey === sourceKey && this.#folder.path === path) return this.#folder.key;
    const key =
      this.#sql.folderKey.get(sourceKey, path) ??
      Number(this.#sql.addFolder.run(sourceKey, path).lastInsertRowid);
    this.#folder = { sourceKey, path, key };
    return key;
  }

  #keep(vaultKey: number, line: KeepLine, at: number): void {
    const path = pathOfLine(line.path, line.raw);
    const kind = line.kind ?? 'file';
    const fileKey = this.fileKey(this.#sourceKey(line.source), path, kind === 'folder');
    const content: Content = {
      kind,
      bytes: line.bytes,
      modifiedUs: line.modified,
      ...(line.b3 !== undefined && { b3: line.b3 }),
      ...(line.target !== undefined && { target: line.target }),
      ...(line.mode !== undefined && { mode: line.mode }),
      ...(line.xattrs !== undefined && { xattrs: line.xattrs }),
    };
    this.#tell(fileKey, content, at);
    const b3 = hashBlob(line.b3);
    const slot = this.#sql.slot.get(vaultKey, fileKey) as Slot | undefined;
    if (slot && kind === 'file' && line.from === undefined && line.stored !== undefined) {
      this.#sql.touch.run(line.modified, slot.key);
    } else {
      if (slot) this.#vacate(slot, line.aside);
      const proven = line.evidence === 'proven';
      this.#sql.addStored.run(
        ...[vaultKey, fileKey, line.stored ?? null, kind, b3, line.target ?? null, line.bytes],
        ...[line.modified, at, proven ? 1 : 0, proven ? at : null],
      );
    }
  }

  /** That a source had this content at a moment, in the file's history and in its row. */
  #tell(fileKey: number, content: Content, at: number): void {
    const version = this.#histories.keep(fileKey, content, at);
    const { bytes, modifiedUs: modified } = content;
    this.#sql.tell.run({ fileKey, version: version ?? null, b3: hashBlob(content.b3), bytes, modified });
  }

  /**
   * What lay in a slot goes aside; a folder, or a link the volume could not hold, has nothing to put there.
   */
  #vacate(slot: Slot, aside: string | undefined): void {
    if (aside === undefined) this.#sql.dropStored.run(slot.key);
    else this.#sql.setAside.run(aside, slot.key);
  }

  #retire(vaultKey: number, line: RetireLine, at: number): void {
    const isFolder = line.kind === 'folder';
    const path = pathOfLine(line.path, line.raw);
    const fileKey = this.fileKey(this.#sourceKey(line.source), path, isFolder);
    this.#histories.end(fileKey, at);
    const slot = this.#sql.slot.get(vaultKey, fileKey) as Slot | undefined;
    if (slot) this.#vacate(slot, line.aside);
  }

  #move(vaultKey: number, line: MoveLine, at: number): void {
    const sourceKey = this.#sourceKey(line.source);
    const before = this.fileKey(sourceKey, pathOfLine(line.was, line.wasRaw), false);
    const after = this.fileKey(sourceKey, pathOfLine(line.path, line.raw), false);
    const slot = this.#sql.slot.get(vaultKey, before) as Slot | undefined;
    const content = this.#sql.contentOfSlot.get(vaultKey, before) as
      { b3: Buffer; bytes: number } | undefined;
    if (!slot || !content)
      throw problem('ledger-damaged', line.from, { detail: `line ${line.n}: nothing to move` });
    const b3 = content.b3.toString('hex');
    const kept = this.#histories.current(before, b3);
    this.#histories.end(before, at);
    this.#tell(after, { ...kept, kind: 'file', bytes: content.bytes, modifiedUs: line.modified, b3 }, at);
    const replaced = this.#sql.slot.get(vaultKey, after) as Slot | undefined;
    if (replaced) this.#vacate(replaced, line.aside);
    this.#sql.moveStored.run({ key: slot.key, fileKey: after, path: line.stored, modified: line.modified });
  }

  #scrub(vaultKey: number, line: LedgerLine & { do: 'scrub' }, at: number): void {
    const { first, last } = line;
    const bad = JSON.stringify(line.bad);
    this.#sql.scrubbed.run({ vaultKey, first, last, bad, at, proven: line.evidence === 'proven' ? 1 : 0 });
  }
}

function statements(database: Database.Database) {
  const number = (sql: string) => database.prepare<(number | string)[], number>(sql).pluck();
  return {
    putSource: database.prepare(`INSERT INTO sources (id, name, computer, root, volume, writer)
      VALUES (@id, @name, @computer, @root, @volume, @writer)
      ON CONFLICT (id) DO UPDATE SET name = @name, computer = @computer, root = @root, volume = @volume,
        writer = @writer`),
    putSourceFolder: database.prepare(`INSERT INTO source_folders VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
      SET folder = excluded.folder, after_writer = coalesce(excluded.after_writer, after_writer)`),
    sourceKey: number('SELECT key FROM sources WHERE id = ?'),
    folderKey: number('SELECT key FROM folders WHERE source_key = ? AND path = ?'),
    addFolder: database.prepare('INSERT INTO folders (source_key, path) VALUES (?, ?)'),
    fileKey: number('SELECT key FROM files WHERE folder_key = ? AND name = ?'),
    addFile: database.prepare('INSERT INTO files (folder_key, name) VALUES (?, ?)'),
    slot: database.prepare(
      'SELECT key, kind FROM stored WHERE vault_key = ? AND file_key = ? AND newest = 1',
    ),
    contentOfSlot: database.prepare(
      `SELECT b3, bytes FROM stored WHERE vault_key = ? AND file_key = ? AND newest = 1 AND b3 IS NOT NULL`,
    ),
    touch: database.prepare('UPDATE stored SET modified = ? WHERE key = ?'),
    setAside: database.prepare('UPDATE stored SET path = ?, newest = 0 WHERE key = ?'),
    dropStored: database.prepare('DELETE FROM stored WHERE key = ?'),
    addStored: database.prepare(`INSERT INTO stored
      (vault_key, file_key, path, kind, b3, target, bytes, modified, newest, kept_at, proven, proven_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`),
    moveStored: database.prepare(
      'UPDATE stored SET file_key = @fileKey, path = @path, modified = @modified WHERE key = @key',
    ),
    // The content is that of what was seen only where the scan saw just this size and time: otherwise the
    // file has changed again since.
    tell: database.prepare(`UPDATE files SET version_key = coalesce(@version, version_key),
        seen_b3 = CASE WHEN @b3 IS NOT NULL AND seen_bytes = @bytes AND seen_modified = @modified
          THEN @b3 ELSE seen_b3 END
      WHERE key = @fileKey`),
    // Ledgers are applied one after the other: what one tells may be older than what another has told
    // already.
    damaged: database.prepare(`UPDATE stored SET damaged_at = @at
      WHERE vault_key = @vaultKey AND path = @stored AND b3 = @b3 AND coalesce(proven_at, 0) <= @at`),
    healed: database.prepare('UPDATE stored SET damaged_at = NULL WHERE vault_key = ? AND path = ?'),
    pruned: database.prepare('DELETE FROM stored WHERE vault_key = ? AND path = ?'),
    scrubbed: database.prepare(`UPDATE stored SET proven = max(proven, @proven),
        damaged_at = CASE WHEN damaged_at > @at THEN damaged_at END,
        proven_at = CASE WHEN @proven THEN max(coalesce(proven_at, 0), @at) ELSE proven_at END
      WHERE vault_key = @vaultKey AND path BETWEEN @first AND @last AND kept_at <= @at
        AND path NOT IN (SELECT value FROM json_each(@bad))`),
  };
}
