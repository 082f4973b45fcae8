/** What every card ever seen is worth now: its verdict from what is known of its copies at this moment. */
import { problem } from '../../base/errors.js';
import { safeToFormat, type SafetyPolicy, type Verdict } from '../../rules/cards/verdict.js';
import type { CardRow } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { evidenceFor, type VaultPlace } from './evidence.js';

export interface CardNow {
  readonly card: CardRow;
  /** What it held when it was listed last. */
  readonly files: number;
  readonly bytes: number;
  /** The jobs it was copied in, the latest first. */
  readonly jobs: readonly string[];
  readonly verdict: Verdict;
}

export interface CardsOptions {
  readonly policy: SafetyPolicy;
  readonly vaults: readonly VaultPlace[];
}

/** All cards, the one seen last first. Looks at every copy whose drive is here. */
export async function cardsNow(deps: WorkDeps, options: CardsOptions): Promise<CardNow[]> {
  const { cards } = deps.catalog;
  const found: CardNow[] = [];
  for (const card of cards.all()) {
    const rows = cards.files(card.key);
    const ingests = cards.ingests(card.key);
    const [latest] = ingests;
    const jobs = [...new Set(ingests.map(({ job }) => job))];
    const verdict = safeToFormat({
      policy: options.policy,
      files: await evidenceFor(deps, rows, options.vaults),
      listedAgain: latest?.endedAt !== undefined && latest.listedAgain,
      // Destinations on the card itself are refused, so none of the copies can lie there.
      cardDevice: undefined,
      delivered: jobs.length > 0 && jobs.every((job) => cards.deliveredAt(job) !== undefined),
    });
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    found.push({ card, files: rows.length, bytes, jobs, verdict });
  }
  return found;
}

/** Says that the pictures of a job were delivered. Throws `job-unknown`. */
export function deliverJob({ catalog, clock }: WorkDeps, job: string): number {
  const at = clock.now();
  if (!catalog.cards.deliver(job, at)) throw problem('job-unknown', job);
  return at;
}
