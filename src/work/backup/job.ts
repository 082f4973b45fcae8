/** A copying run, and one file of it: where it is wanted, and how that went so far. */
import type { Problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import type { SourceSetting } from '../../base/settings.js';
import type { Moment } from '../../base/time.js';
import type { SeenRow, SourceRow, StoredRow } from '../../store/catalog/types.js';
import type { OpenTarget } from '../parts/vault-target.js';
import type { Tally } from './report.js';

/**
 * A file that changes under the reader, or a medium that answers wrongly, gets this many chances in one pass.
 */
export const mostAttempts = 3;

export interface CopyRun {
  readonly source: { readonly setting: SourceSetting; readonly row: SourceRow };
  readonly targets: readonly OpenTarget[];
  readonly tally: Tally;
  /** The clock of the vaults: taken once for each batch. */
  readonly moment: Moment;
  /** How long the source's clock stands still: two changes within it cannot be told apart. */
  readonly tickMs: number;
  /** How fast the source is read at most; 0: as fast as it goes. */
  readonly bytesPerSecond: number;
}

export interface Wanted {
  readonly target: OpenTarget;
  /** What the vault shows in its place now. */
  readonly slot: StoredRow | undefined;
  /** The medium gave back other bytes than it was given, once. */
  readonly lied: boolean;
}

export interface Job {
  readonly path: SourcePath;
  readonly seen: SeenRow;
  readonly wanted: Wanted[];
  readonly attempts: number;
  /** Why it was not kept at the last attempt. */
  readonly trouble: Problem | undefined;
}
