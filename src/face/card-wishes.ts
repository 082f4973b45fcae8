/** What a person says about cards that come, from the words they typed. */
import { basename, resolve } from 'node:path';
import { onVolume } from '../agent/binding.js';
import { cardSettings, templateOf } from '../agent/card-ingest.js';
import { liesIn } from '../agent/places.js';
import { problem } from '../base/errors.js';
import { factsOf, realPath } from '../platform/files.js';
import { listVolumes } from '../platform/volume-list.js';
import { cardRules, withException } from '../rules/cards/card-rule.js';
import type { CardDestination, CardIdentity, CardSettings } from '../rules/cards/card-rule.js';
import { safetyPolicies } from '../rules/cards/verdict.js';
import { volumesNamed } from '../rules/named-volume.js';
import type { App } from './app.js';
import { choiceOf, optionalTextOf, textsOf } from './args.js';
import type { Args } from './args.js';
import { listed } from './words.js';

/** The word with which a person takes back what they set. */
const none = 'none';
const asOthers = 'default';

/**
 * Sets what is done by itself with all cards, or with one. Throws `usage`, `card-unknown`, `card-ambiguous`,
 * `no-destination`, `folder-unreadable`, `target-unwritable` and `template-unreadable`.
 */
export async function setCards(app: App, args: Args): Promise<void> {
  const named = optionalTextOf(args, 'card');
  const change = named === undefined ? await changeForAll(app, args) : await changeForOne(app, named, args);
  await app.installation.config.update((config) => ({
    ...config,
    cards: change(cardSettings(config)),
  }));
  app.agent?.settingsChanged();
}

type Change = (settings: CardSettings) => CardSettings;

async function changeForOne(app: App, named: string, args: Args): Promise<Change> {
  const rule = choiceOf(args, 'rule', [...cardRules, asOthers]);
  const isMore = ['to', 'name', 'safeWhen'].some((what) => args[what] !== undefined);
  if (rule === undefined || isMore) throw problem('usage', whatForOne);
  const card = await cardNamed(app, named);
  if (rule === 'always' && cardSettings(app.installation.config.current).destinations.length === 0)
    throw problem('no-destination', named);
  return (settings) => withException(settings, card, rule === asOthers ? undefined : rule);
}

const whatForOne =
  'For one card, say its rule alone: --rule always, ask or never, or default for that of all others.';

async function changeForAll(app: App, args: Args): Promise<Change> {
  const rule = choiceOf(args, 'rule', cardRules);
  const safeWhen = choiceOf(args, 'safeWhen', safetyPolicies);
  const template = optionalTextOf(args, 'name');
  if (template !== undefined && template !== none) templateOf(template);
  const destinations = args['to'] === undefined ? undefined : await destinationsOf(app, textsOf(args, 'to'));
  if ([rule, safeWhen, template, destinations].every((each) => each === undefined))
    throw problem('usage', 'Please say what is new: --rule, --to, --name or --safe-when.');
  const after = (settings: CardSettings): CardSettings => {
    const { template: before, ...rest } = settings;
    const kept = template === undefined ? before : template === none ? undefined : template;
    return {
      ...rest,
      ...(rule && { rule }),
      ...(destinations && { destinations }),
      ...(safeWhen && { safeWhen }),
      ...(kept !== undefined && { template: kept }),
    };
  };
  const next = after(cardSettings(app.installation.config.current));
  const isAlways = [next, ...next.exceptions].some((each) => each.rule === 'always');
  if (isAlways && next.destinations.length === 0) throw problem('no-destination', 'a card');
  return after;
}

async function destinationsOf(app: App, folders: readonly string[]): Promise<CardDestination[]> {
  if (folders.length === 1 && folders[0] === none) return [];
  const found: CardDestination[] = [];
  for (const named of folders) {
    const absolute = resolve(app.folder, named);
    const folder = (await realPath(absolute).catch(() => undefined)) ?? absolute;
    if ((await factsOf(folder).catch(() => undefined))?.kind !== 'folder')
      throw problem('folder-unreadable', absolute);
    if (app.installation.config.current.vaults.some((vault) => liesIn(vault.folder, folder)))
      throw problem('target-unwritable', folder, { detail: 'it lies inside a vault' });
    if (found.some((each) => each.folder === folder)) throw problem('destination-twice', absolute);
    found.push({ folder, ...(await onVolume(folder)) });
  }
  return found;
}

/** A card that is in its reader, or one that was seen before. */
async function cardNamed(app: App, text: string): Promise<CardIdentity> {
  const path = resolve(app.folder, text);
  const here = volumesNamed(await listVolumes(), { text, path });
  const found: CardIdentity[] =
    here.length > 0
      ? here.map(({ mountPoint, uuid }) => ({ name: basename(mountPoint), volume: uuid }))
      : app.installation.catalog.cards.all().filter(({ name, volume }) => name === text || volume === text);
  const [first] = found;
  if (!first) throw problem('card-unknown', text);
  const volumes = [...new Set(found.map(({ volume }) => volume))];
  if (volumes.length > 1) {
    const told = volumes.map((volume) => volume ?? 'one without a number');
    throw problem('card-ambiguous', text, { facts: { volumes: listed(told) } });
  }
  return { name: first.name, volume: first.volume };
}
