/** What an ingest did, and what a card is worth now. */
import type { Problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import type { Outcome } from '../../base/types.js';
import type { NumberGap } from '../../rules/cards/frames.js';
import type { LeftBehind, PlannedFile } from '../../rules/cards/ingest-plan.js';
import type { CardReason } from '../../rules/cards/recognise.js';
import type { Verdict } from '../../rules/cards/verdict.js';
import type { ListedFile } from './card-listing.js';
import type { CopiedFile } from './copy-card.js';
import type { FedReport } from './feed.js';
import type { SalvagedFile } from './salvage.js';
import type { SkippedFile } from './wanted.js';

export interface DestinationReport {
  /** As the person named it, and the job's folder there. */
  readonly name: string;
  readonly folder: string | undefined;
  readonly outcome: Outcome;
  readonly copied: number;
  readonly bytes: number;
  readonly problem?: Problem;
  /** The readable page of the receipt that was left there. */
  readonly receipt?: string;
}

export interface IngestReport {
  readonly outcome: Outcome;
  readonly job: string;
  readonly card: {
    readonly root: string;
    readonly name: string;
    readonly maker: string | undefined;
    readonly volume: string | undefined;
    readonly isCard: boolean;
    readonly reasons: readonly CardReason[];
  };
  /** Everything on the card. */
  readonly listed: readonly ListedFile[];
  readonly files: number;
  readonly bytes: number;
  /** What had to be copied, and where to. */
  readonly planned: readonly PlannedFile[];
  readonly copied: readonly CopiedFile[];
  readonly skipped: readonly SkippedFile[];
  /** What was not copied on purpose. */
  readonly left: readonly LeftBehind[];
  readonly destinations: readonly DestinationReport[];
  /** Vaults that keep a source in which a destination lies. */
  readonly vaults: readonly FedReport[];
  readonly incomplete: readonly Problem[];
  /** Of the files that could not be read whole. */
  readonly salvaged: readonly SalvagedFile[];
  /** Absent for a plan. */
  readonly verdict?: Verdict;
  readonly gaps: readonly NumberGap[];
  /** Pictures and clips of no bytes. */
  readonly empty: readonly SourcePath[];
  /** Named after the time of their file, for want of their own. */
  readonly undated: readonly SourcePath[];
  /** When the card was let go of before all was done, ms. */
  readonly releasedAt?: number;
  readonly startedAt: number;
  readonly endedAt: number;
}
