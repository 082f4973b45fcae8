/** One file to copy: where it is wanted, and how that went so far. */
import type { Problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import type { SeenRow, StoredRow } from '../../store/catalog/types.js';
import type { OpenTarget } from './target.js';

/** A file that changes under the reader, or a medium that answers wrongly, gets this many chances in one pass. */
export const mostAttempts = 3;

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
