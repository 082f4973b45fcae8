/** What is told of an ingest, or of the plan of one. */
import type { Problem } from '../../base/errors.js';
import { numberGaps } from '../../rules/cards/frames.js';
import type { Verdict } from '../../rules/cards/verdict.js';
import type { WorkDeps } from '../deps.js';
import type { Begun, NamedOptions } from './begin.js';
import type { CopiedFile } from './copy-card.js';
import type { Place } from './destination.js';
import type { Feed } from './feed.js';
import type { KnownCard } from './known-card.js';
import type { DestinationReport, IngestReport } from './report.js';
import type { SalvagedFile } from './salvage.js';
import type { Wanted } from './wanted.js';

/** All that an ingest came to. */
export interface Done {
  readonly begun: Begun;
  readonly known: KnownCard;
  readonly wanted: Wanted<Place>;
  /** Absent for a plan. */
  readonly feed?: Feed;
  readonly copied: readonly CopiedFile[];
  readonly salvaged: readonly SalvagedFile[];
  readonly incomplete: readonly Problem[];
  readonly destinations: readonly DestinationReport[];
  readonly verdict: Verdict | undefined;
  readonly releasedAt?: number | undefined;
}

/** The report; its outcome is good when nothing is left over. */
export function reportOf(deps: WorkDeps, { job }: NamedOptions, done: Done): IngestReport {
  const { known, wanted, copied, salvaged, incomplete, destinations, verdict, releasedAt } = done;
  const { root, volume, listing, startedAt } = done.begun;
  const { isCard, reasons, maker } = listing.recognition;
  const isGood = incomplete.length === 0 && destinations.every(({ outcome }) => outcome === 'good');
  const isNothing = verdict !== undefined && copied.length + wanted.skipped.length === 0;
  return {
    outcome: isGood ? 'good' : isNothing && listing.files.length > 0 ? 'failed' : 'incomplete',
    job,
    card: { root, name: known.row.name, maker, volume: volume?.uuid, isCard, reasons },
    listed: listing.files,
    files: listing.files.length,
    bytes: listing.files.reduce((sum, { bytes }) => sum + bytes, 0),
    planned: wanted.plan.files,
    copied,
    skipped: wanted.skipped,
    left: wanted.plan.left,
    destinations,
    vaults: done.feed?.report() ?? [],
    incomplete,
    salvaged,
    ...(releasedAt !== undefined && { releasedAt }),
    ...(verdict && { verdict }),
    gaps: numberGaps(listing.files.map((file) => file.path)),
    empty: wanted.plan.empty,
    undated: wanted.plan.undated,
    startedAt,
    endedAt: deps.clock.now(),
  };
}
