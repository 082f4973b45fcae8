/**
 * `cards`: each card ever seen, and whether it may be formatted now; `cards deliver`: a job is done; `cards
 * set`: what is done by itself with cards that come; `cards compare`: two of them side by side.
 */
import { cardSettings, vaultPlaces } from '../../agent/card-ingest.js';
import { destinationsNow } from '../../agent/card-destinations.js';
import { toRfc3339 } from '../../base/time.js';
import { safetyPolicies } from '../../rules/cards/verdict.js';
import { type CardNow, cardsNow, deliverJob } from '../../work/ingest/cards-now.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { choiceOf, textOf } from '../args.js';
import type { Args } from '../args.js';
import { setCards } from '../card-wishes.js';
import type { CardsDocument } from '../documents/cards.js';
import { verdictPart } from '../verdicts.js';
import { compare } from './cards-compare.js';

const actions = ['list', 'deliver', 'set', 'compare'] as const;

export async function run(app: App, args: Args): Promise<CardsDocument> {
  const did = choiceOf(args, 'action', actions) ?? 'list';
  if (did === 'compare') return { ...(await compare(app, args)), did, settings: await settingsPart(app) };
  if (did === 'set') await setCards(app, args);
  const job = did === 'deliver' ? textOf(args, 'job') : undefined;
  const { safeWhen = 'two-copies' } = cardSettings(app.installation.config.current);
  const policy = (did === 'list' ? choiceOf(args, 'safeWhen', safetyPolicies) : undefined) ?? safeWhen;
  const vaults = await vaultPlaces(app.installation);
  const settings = await settingsPart(app);
  return await work(app, 'cards', async (deps) => {
    const at = job === undefined ? undefined : deliverJob(deps, job);
    const cards = await cardsNow(deps, { policy, vaults });
    return {
      ...{ outcome: 'good', did, settings },
      cards: cards.map(cardPart),
      ...(job !== undefined && at !== undefined && { delivered: { job, at: toRfc3339(at) } }),
    };
  });
}

async function settingsPart({ installation }: App): Promise<CardsDocument['settings']> {
  const { destinations, exceptions, ...rest } = cardSettings(installation.config.current);
  const { away } = await destinationsNow(destinations);
  return {
    ...rest,
    destinations: destinations.map(({ folder }) => ({ folder, connected: !away.includes(folder) })),
    exceptions: [...exceptions],
  };
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
