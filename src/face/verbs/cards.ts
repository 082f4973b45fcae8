/** `cards`: each card ever seen, and whether it may be formatted now; `cards deliver`: a job is done. */
import { toRfc3339 } from '../../base/time.js';
import { safetyPolicies } from '../../rules/cards/verdict.js';
import { type CardNow, cardsNow, deliverJob } from '../../work/ingest/cards-now.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { choiceOf, optionalTextOf, textOf } from '../args.js';
import type { Args } from '../args.js';
import type { CardsDocument } from '../documents/cards.js';
import { verdictPart } from '../verdicts.js';
import { vaultPlaces } from './ingest.js';

export async function run(app: App, args: Args): Promise<CardsDocument> {
  const job = optionalTextOf(args, 'action') === 'deliver' ? textOf(args, 'job') : undefined;
  const policy = choiceOf(args, 'safeWhen', safetyPolicies) ?? 'two-copies';
  const vaults = await vaultPlaces(app);
  return await work(app, 'cards', async (deps) => {
    const at = job === undefined ? undefined : deliverJob(deps, job);
    const cards = await cardsNow(deps, { policy, vaults });
    return {
      outcome: 'good',
      cards: cards.map(cardPart),
      ...(job !== undefined && at !== undefined && { delivered: { job, at: toRfc3339(at) } }),
    };
  });
}

function cardPart({ card, files, bytes, jobs, verdict }: CardNow): CardsDocument['cards'][number] {
  const { name, maker, volume, firstSeenAt, lastSeenAt } = card;
  return {
    name,
    ...(maker !== undefined && { maker }),
    ...(volume !== undefined && { volume }),
    ...{ firstSeenAt: toRfc3339(firstSeenAt), lastSeenAt: toRfc3339(lastSeenAt) },
    ...{ files, bytes, jobs: [...jobs], verdict: verdictPart(verdict) },
  };
}
