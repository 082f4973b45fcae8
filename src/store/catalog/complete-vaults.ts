/**
 * Which vaults were found to lack nothing of a source, and which files were touched since: so that what is
 * missing is computed from those files alone. Triggers in the migrations note a file as soon as anything is
 * changed that its being missing is computed from.
 */
import type Database from 'better-sqlite3';

export class CompleteVaults {
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
  }

  /** Whether none of these vaults can lack a file of the source that was not touched. */
  covers(sourceKey: number, vaultKeys: readonly number[]): boolean {
    return vaultKeys.every((vaultKey) => this.#sql.has.get(sourceKey, vaultKey) !== undefined);
  }

  /** These vaults lack nothing of the source now. Every vault of which that was ever said. */
  add(sourceKey: number, vaultKeys: readonly number[]): number[] {
    if (!this.covers(sourceKey, vaultKeys))
      for (const vaultKey of vaultKeys) this.#sql.add.run(sourceKey, vaultKey);
    return this.#sql.vaults.all(sourceKey) as number[];
  }

  isAnyTouched(sourceKey: number): boolean {
    return this.#sql.anyTouched.get(sourceKey) !== undefined;
  }

  /** None of the vaults that were ever complete lacks anything of the source now. */
  forgetTouched(sourceKey: number): void {
    this.#sql.forgetTouched.run(sourceKey);
  }
}

function statements(database: Database.Database) {
  const touchedOf = `FROM touched CROSS JOIN files f ON f.key = touched.key
    CROSS JOIN folders d ON d.key = f.folder_key WHERE d.source_key = ?`;
  return {
    has: database.prepare('SELECT 1 FROM complete WHERE source_key = ? AND vault_key = ?').pluck(),
    add: database.prepare('INSERT OR IGNORE INTO complete VALUES (?, ?)'),
    vaults: database.prepare('SELECT vault_key FROM complete WHERE source_key = ?').pluck(),
    anyTouched: database.prepare(`SELECT 1 ${touchedOf} LIMIT 1`).pluck(),
    forgetTouched: database.prepare(`DELETE FROM touched WHERE key IN (SELECT touched.key ${touchedOf})`),
  };
}
