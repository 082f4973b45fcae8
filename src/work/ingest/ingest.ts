/**
 * Ingest: verified copies off a card in every destination at once. The card is only ever opened for reading;
 * whatever is copied is computed from what the card holds and what is proven to lie in the destinations, so
 * that an ingest that was cut short goes on where it was.
 */
import path from 'node:path';
import { GlassineError, problem } from '../../base/errors.js';
import { realPath } from '../../platform/files.js';
import type { WorkDeps } from '../deps.js';
import { type Begun, type IngestOptions, type NamedOptions, plan, volumeAt } from './begin.js';
import { listCard } from './card-listing.js';
import { lookAtPlaces, openDestinations } from './destination.js';
import { jobFor } from './job-name.js';
import type { DestinationReport, IngestReport } from './report.js';
import { reportOf } from './report-of.js';
import { IngestRun } from './run.js';

export type { IngestOptions } from './begin.js';
export type { IngestReport } from './report.js';

/**
 * Copies a card. What cannot be done is in the report. Throws `card-gone` when there is no card (one that is
 * pulled on the way is in the report), `card-unlike` for what is none, `no-destination` when no destination
 * can be written to, and `stopped`.
 */
export async function ingest(deps: WorkDeps, asked: IngestOptions): Promise<IngestReport> {
  const root = (await realPath(asked.card).catch(() => undefined)) ?? asked.card;
  const volume = await volumeAt(deps, root);
  const listing = await listCard(deps, root, volume);
  if (!listing.recognition.isCard && !asked.anyFolder) throw problem('card-unlike', asked.card);
  const job = asked.job ?? jobFor(deps, { name: path.basename(root), volume });
  const options = { ...asked, job };
  const begun = { root, volume, listing, startedAt: deps.clock.now() };
  if (options.dryRun) return await foresee(deps, options, begun);
  const { vaultFolders, away = [] } = options;
  const opened = await openDestinations(deps, options.destinations, {
    ...{ job, cardRoot: root, vaultFolders, away },
  });
  const [failed] = opened.failed;
  if (opened.destinations.length === 0)
    throw failed ? new GlassineError(failed.problem) : problem('no-destination', root);
  return await new IngestRun(deps, options, { ...begun, opened }).run();
}

/** What an ingest would do. */
async function foresee(deps: WorkDeps, options: NamedOptions, begun: Begun): Promise<IngestReport> {
  const places = await lookAtPlaces(deps, options.destinations, options.job);
  const { known, wanted } = await plan(deps, options, { begun, places });
  const destinations = places.map(({ name, root }): DestinationReport => {
    const files = wanted.files.filter((file) => file.destinations.some((place) => place.name === name));
    const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
    return { name, folder: root, outcome: 'good', copied: files.length, bytes };
  });
  return reportOf(deps, options, {
    ...{ begun, known, wanted, destinations, copied: [], salvaged: [], verdict: undefined },
    incomplete: begun.listing.incomplete,
  });
}
