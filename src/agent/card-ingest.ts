/** What an ingest is handed: what a person asked for, and what is set for all cards where they said nothing. */
import { problem } from '../base/errors.js';
import type { CardSettings } from '../rules/cards/card-rule.js';
import { noCardSettings } from '../rules/cards/card-rule.js';
import { type NameTemplate, parseTemplate } from '../rules/cards/naming.js';
import type { SafetyPolicy } from '../rules/cards/verdict.js';
import type { VaultPlace } from '../work/ingest/evidence.js';
import type { IngestOptions } from '../work/ingest/ingest.js';
import type { ReceiptWords } from '../work/ingest/leave-receipts.js';
import { destinationsNow } from './card-destinations.js';
import type { Config } from './config.js';
import { devicesSeen } from './devices-seen.js';
import { feedOf } from './feeding.js';
import type { Installation } from './installation.js';
import { lookAtVault } from './presence.js';

export interface IngestWish {
  /** The card's root. */
  readonly card: string;
  /** Absent: the destinations that are set. */
  readonly to?: readonly string[] | undefined;
  readonly job?: string | undefined;
  readonly template?: NameTemplate | undefined;
  readonly policy?: SafetyPolicy | undefined;
  readonly paranoid?: boolean;
  readonly anyFolder?: boolean;
  readonly releaseEarly?: boolean;
  readonly dryRun?: boolean;
}

type Own = Pick<Installation, 'config' | 'native' | 'home'>;

/** What is set for cards. */
export function cardSettings({ cards = noCardSettings }: Pick<Config, 'cards'>): CardSettings {
  return cards;
}

/**
 * The options of an ingest. Throws `no-destination` where none is named or set, and `template-unreadable`.
 */
export async function ingestOptions(
  installation: Own,
  words: ReceiptWords,
  { to, template, policy, ...wish }: IngestWish,
): Promise<IngestOptions> {
  const set = cardSettings(installation.config.current);
  const places = to ? { here: to, away: [] } : await destinationsNow(set.destinations);
  if (places.here.length + places.away.length === 0) throw problem('no-destination', wish.card);
  return {
    ...wish,
    ...{ destinations: places.here, away: places.away, words },
    template: template ?? (set.template === undefined ? undefined : templateOf(set.template)),
    policy: policy ?? set.safeWhen ?? 'two-copies',
    vaultFolders: installation.config.current.vaults.map(({ folder }) => folder),
    feed: feedOf(installation.config.current),
    vaults: await vaultPlaces(installation),
  };
}

/** A template that a person wrote. Throws `template-unreadable`. */
export function templateOf(text: string): NameTemplate {
  const template = parseTemplate(text);
  if ('fault' in template) throw problem('template-unreadable', text, { facts: { fault: template.fault } });
  return template;
}

/** On which device each vault was last seen, and whether it is away from here. */
export async function vaultPlaces(installation: Own): Promise<VaultPlace[]> {
  const { vaults } = installation.config.current;
  const connected: { id: string; path: string }[] = [];
  for (const vault of vaults) {
    // A bare mount point lies on another device than the drive that belongs there.
    const { present } = await lookAtVault(vault, undefined).catch(() => ({ present: false }));
    if (present) connected.push({ id: vault.id, path: vault.folder });
  }
  const devices = await devicesSeen(installation, connected);
  return vaults.map(({ id, offSite = false }) => ({ id, offSite, device: devices.get(id) }));
}
