/** The catalog: this installation's index over every ledger it has read. Delete it and it is made again. */
import type Database from 'better-sqlite3';
import { CardRows } from './card-rows.js';
import { catalogProblem, openDatabase } from './database.js';
import { LineApplier } from './line-applier.js';
import { Questions } from './questions.js';
import { ScanRows } from './scan-rows.js';
import type { EventRow, SourceFolderRow, SourceRow, VaultRow } from './types.js';
import { WorkList } from './work-list.js';
import type { LedgerLine, LedgerPosition } from '../ledger/lines.js';

export class Catalog extends Questions {
  readonly file: string;
  readonly scan: ScanRows;
  readonly work: WorkList;
  readonly cards: CardRows;
  readonly #database: Database.Database;
  readonly #applier: LineApplier;
  readonly #sql: ReturnType<typeof statements>;

  private constructor(file: string, database: Database.Database) {
    super(database);
    this.file = file;
    this.#database = database;
    this.#applier = new LineApplier(database);
    this.scan = new ScanRows(database, this.#applier);
    this.work = new WorkList(database);
    this.cards = new CardRows(database);
    this.#sql = statements(database);
  }

  /**
   * Opens or makes the catalog in `file` (`:memory:` for a passing one). Throws `catalog-newer`,
   * `catalog-damaged`
   * (set the file aside and open again: ledgers fill the new one), `catalog-busy` or `home-unwritable`.
   */
  static open(file: string): Catalog {
    const database = openDatabase(file);
    try {
      return new Catalog(file, database);
    } catch (error) {
      database.close();
      throw catalogProblem(error, file) ?? error;
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Every change of `action` or none. May be nested. */
  transaction<T>(action: () => T): T {
    try {
      return this.#database.transaction(action).immediate();
    } catch (error) {
      // What was rolled back may be remembered by the applier.
      this.#applier.reset();
      throw catalogProblem(error, this.file) ?? error;
    }
  }

  /** Everything that `action` reads is of one moment, and read at once. Never waits for who writes. */
  reading<T>(action: () => T): T {
    try {
      return this.#database.transaction(action).deferred();
    } catch (error) {
      throw catalogProblem(error, this.file) ?? error;
    }
  }

  /** Throws `catalog-damaged` when SQLite finds anything wrong: a full check, seconds for a million files. */
  check(): readonly string[] {
    const rows = this.#database.pragma('integrity_check') as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  }

  /**
   * Brings rows up to lines of one writer's ledger, in order, as one transaction; lines known already are
   * skipped.
   */
  apply(vaultId: string, writer: string, lines: Iterable<LedgerLine>): void {
    this.transaction(() => {
      const vaultKey = this.vaultKey(vaultId);
      let { n, link } = this.position(vaultKey, writer) ?? { n: 0, link: '' };
      for (const line of lines) {
        if (line.n <= n) continue;
        this.#applier.apply(vaultKey, writer, line);
        n = line.n;
        if (line.link === undefined) throw new Error('a line to apply has its chain value');
        link = line.link;
      }
      this.#sql.putPosition.run(vaultKey, writer, n, link);
    });
  }

  /** How far a writer's ledger in a vault has been applied; `undefined`: not at all. */
  position(vaultKey: number, writer: string): LedgerPosition | undefined {
    return this.#sql.position.get(vaultKey, writer) as LedgerPosition | undefined;
  }

  /** Every writer whose ledger in this vault has been applied. */
  positions(vaultKey: number): (LedgerPosition & { readonly writer: string })[] {
    return this.#sql.positions.all(vaultKey) as (LedgerPosition & { writer: string })[];
  }

  /**
   * Forgets what is stored in a vault and how far its ledgers were read, so that they can be applied from the
   * first line.
   */
  forgetStored(vaultKey: number): void {
    this.transaction(() => {
      for (const statement of this.#sql.forgetStored) statement.run(vaultKey);
    });
  }

  sources(): SourceRow[] {
    return (this.#sql.sources.all() as (Omit<SourceRow, 'volume'> & { volume: string | null })[]).map(
      (row) => ({
        ...row,
        volume: row.volume ?? undefined,
      }),
    );
  }

  source(id: string): SourceRow | undefined {
    return this.sources().find((source) => source.id === id);
  }

  /** Remembers a source, or what is new about it. */
  putSource(source: Omit<SourceRow, 'key'>): SourceRow {
    this.#sql.putSource.run({ ...source, volume: source.volume ?? null });
    const row = this.source(source.id);
    if (!row) throw new Error('a source just written is there');
    return row;
  }

  /** Every folder of a vault that belongs to a source, with each writer that ever kept it there. */
  sourceFolders(vaultKey: number): SourceFolderRow[] {
    const rows = this.#sql.sourceFolders.all(vaultKey) as (Omit<SourceFolderRow, 'afterWriter'> & {
      afterWriter: string | null;
    })[];
    return rows.map((row) => ({ ...row, afterWriter: row.afterWriter ?? undefined }));
  }

  vaults(): VaultRow[] {
    return (this.#sql.vaults.all() as (Omit<VaultRow, 'lastSeenAt'> & { last_seen_at: number | null })[]).map(
      ({ key, id, name, last_seen_at: at }) => ({ key, id, name, lastSeenAt: at ?? undefined }),
    );
  }

  vault(id: string): VaultRow | undefined {
    return this.vaults().find((vault) => vault.id === id);
  }

  /** Remembers a vault by the name people gave it. `seenAt` is when it was last connected, ms. */
  putVault(vault: { id: string; name: string; seenAt?: number }): VaultRow {
    this.#sql.putVault.run({ id: vault.id, name: vault.name, seenAt: vault.seenAt ?? null });
    const row = this.vault(vault.id);
    if (!row) throw new Error('a vault just written is there');
    return row;
  }

  vaultKey(id: string): number {
    const key = this.#sql.vaultKey.get(id) as number | undefined;
    if (key === undefined) throw new Error(`vault ${id} was not put into the catalog first`);
    return key;
  }

  /**
   * Remembers something that happened. An open event of the same code and subject is renewed, not repeated.
   */
  addEvent(event: {
    at: number;
    code: string;
    subject: string;
    facts?: Record<string, string | number>;
  }): void {
    const { at, code, subject, facts = {} } = event;
    this.transaction(() => {
      const changed = this.#sql.renewEvent.run({ at, code, subject, facts: JSON.stringify(facts) }).changes;
      if (changed === 0) this.#sql.addEvent.run({ at, code, subject, facts: JSON.stringify(facts) });
    });
  }

  /** Closes open events: what they tell is no longer so. */
  resolveEvents(code: string, subject: string, atMs: number): void {
    this.#sql.resolveEvents.run(atMs, code, subject);
  }

  /** Events not yet resolved, newest first. */
  openEvents(code?: string): EventRow[] {
    const rows = this.#sql.openEvents.all({ code: code ?? null }) as (Omit<
      EventRow,
      'facts' | 'resolvedAt'
    > & {
      facts: string;
    })[];
    return rows.map(({ facts, ...row }) => ({
      ...row,
      facts: JSON.parse(facts) as Record<string, string | number>,
      resolvedAt: undefined,
    }));
  }
}

function statements(database: Database.Database) {
  return {
    position: database.prepare('SELECT n, link FROM ledgers WHERE vault_key = ? AND writer = ?'),
    positions: database.prepare('SELECT writer, n, link FROM ledgers WHERE vault_key = ?'),
    putPosition: database.prepare(`INSERT INTO ledgers VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET n = excluded.n, link = excluded.link`),
    forgetStored: ['complete', 'stored', 'ledgers', 'source_folders'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE vault_key = ?`),
    ),
    sources: database.prepare(
      'SELECT key, id, name, computer, root, volume, writer FROM sources ORDER BY key',
    ),
    putSource: database.prepare(`INSERT INTO sources (id, name, computer, root, volume, writer)
      VALUES (@id, @name, @computer, @root, @volume, @writer)
      ON CONFLICT (id) DO UPDATE SET name = @name, computer = @computer, root = @root, volume = @volume,
        writer = @writer`),
    sourceFolders:
      database.prepare(`SELECT source_key AS sourceKey, writer, folder, after_writer AS afterWriter
      FROM source_folders WHERE vault_key = ?`),
    vaults: database.prepare('SELECT key, id, name, last_seen_at FROM vaults ORDER BY key'),
    vaultKey: database.prepare('SELECT key FROM vaults WHERE id = ?').pluck(),
    putVault: database.prepare(`INSERT INTO vaults (id, name, last_seen_at) VALUES (@id, @name, @seenAt)
      ON CONFLICT (id) DO UPDATE SET name = @name, last_seen_at = coalesce(@seenAt, last_seen_at)`),
    renewEvent: database.prepare(`UPDATE events SET facts = @facts
      WHERE code = @code AND subject = @subject AND resolved_at IS NULL`),
    addEvent: database.prepare(
      'INSERT INTO events (at, code, subject, facts) VALUES (@at, @code, @subject, @facts)',
    ),
    resolveEvents: database.prepare(
      'UPDATE events SET resolved_at = ? WHERE code = ? AND subject = ? AND resolved_at IS NULL',
    ),
    openEvents: database.prepare(`SELECT key, at, code, subject, facts FROM events
      WHERE resolved_at IS NULL AND (@code IS NULL OR code = @code) ORDER BY at DESC, key DESC`),
  };
}
