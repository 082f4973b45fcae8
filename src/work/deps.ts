/** What every job is handed: the floors below, a clock, and somebody who listens. */
import type { Problem } from '../base/errors.js';
import type { Listener } from '../base/events.js';
import type { Clock } from '../base/time.js';
import type { Native } from '../platform/native.js';
import type { Catalog } from '../store/catalog/catalog.js';

export interface WorkDeps {
  readonly native: Native;
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** The id of this installation; it writes under this name in every vault. */
  readonly writer: string;
  /** What people call this computer. */
  readonly computer: string;
  readonly listener: Listener;
  /** A folder on a local disk for what is needed during one job; emptied by whoever opens it. */
  readonly scratchFolder: string;
  readonly signal?: AbortSignal;
  /** Vaults that may not be opened as things are, by their ids, and why. */
  readonly refused?: ReadonlyMap<string, Problem>;
}
