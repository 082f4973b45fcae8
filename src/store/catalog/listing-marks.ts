/**
 * Which folders need not be compared: those whose listing is, to the last entry, the one that their rows were
 * found to agree with. Triggers in the migrations forget a mark as soon as one of the rows changes.
 */
import type Database from 'better-sqlite3';
import type { SourcePath } from '../../base/paths.js';
import type { ListingMark } from '../../base/types.js';

export class ListingMarks {
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database.Database) {
    this.#sql = statements(database);
  }

  /** The key of a folder whose rows say just what this listing says; `undefined` where that is not known. */
  folderListed(sourceKey: number, path: SourcePath, mark: ListingMark): number | undefined {
    return this.#sql.find.get(sourceKey, path, mark) as number | undefined;
  }

  /**
   * The rows of a folder now say just what this listing says: to compare it with them once more would change
   * nothing, find nothing missing and nothing to complain of. To be said in the comparison's transaction.
   */
  put(folderKey: number, mark: ListingMark): void {
    this.#sql.put.run(mark, folderKey);
  }
}

function statements(database: Database.Database) {
  return {
    find: database
      .prepare('SELECT key FROM folders WHERE source_key = ? AND path = ? AND listing = ?')
      .pluck(),
    put: database.prepare('UPDATE folders SET listing = ? WHERE key = ?'),
  };
}
