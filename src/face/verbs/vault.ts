/** `vault`: the places that keep. */
import { resolve } from 'node:path';
import { sameName } from '../../agent/config.js';
import { lookAtVault, markerAt } from '../../agent/presence.js';
import { problem } from '../../base/errors.js';
import { isActive } from '../../base/settings.js';
import type { VaultSetting } from '../../base/settings.js';
import type { App } from '../app.js';
import { choiceOf, textOf } from '../args.js';
import type { Args } from '../args.js';
import type { VaultDocument } from '../documents/settings.js';
import { addVault, sameDeviceNotes, setVault, vaultIn } from '../new-vault.js';
import type { FoundVault } from '../new-vault.js';
import { readAdopted, readRebuilt } from '../vault-contents.js';
import { changesOf, wishOf } from '../vault-wishes.js';

const actions = ['add', 'adopt', 'list', 'rebuild', 'remove', 'set', 'retire', 'activate'] as const;

type Done = Omit<Partial<VaultDocument>, 'vaults'> & Pick<VaultDocument, 'did'>;

export async function run(app: App, args: Args): Promise<VaultDocument> {
  const what = choiceOf(args, 'action', actions) ?? 'list';
  switch (what) {
    case 'list':
      return document(app, { did: 'list' });
    case 'add':
    case 'adopt':
      return document(app, await addOrAdopt(app, what, args));
    case 'rebuild': {
      const vault = vaultNamed(app, textOf(args, 'name'));
      return document(app, { did: 'rebuild', name: vault.name, ...(await readRebuilt(app, vault)) });
    }
    case 'remove':
      return document(app, { did: 'remove', name: await removeVault(app, textOf(args, 'name')) });
    case 'set':
      return document(app, await changeVault(app, vaultNamed(app, textOf(args, 'name')), args));
    case 'retire':
    case 'activate':
      return document(app, await useVault(app, vaultNamed(app, textOf(args, 'name')), what));
    default:
      return what satisfies never;
  }
}

/** Who adds a folder that holds a vault already wants that vault: it is taken over, and that is said. */
async function addOrAdopt(app: App, what: 'add' | 'adopt', args: Args): Promise<Done> {
  const folder = resolve(app.folder, textOf(args, 'folder'));
  const wish = wishOf(args);
  const known = await vaultIn(folder);
  if (!known && what === 'adopt') throw problem('vault-no-marker', folder);
  if (!known) {
    const vault = await addVault(app, folder, wish);
    return { did: 'add', name: vault.name, notes: await sameDeviceNotes(app, vault) };
  }
  await refuseTwin(app, known);
  const vault = await setVault(app, known, wish);
  const read = await readAdopted(app, vault);
  return { did: 'adopt', name: vault.name, ...read, notes: await sameDeviceNotes(app, vault) };
}

/** The vault of a folder is not taken over while it is used at another: one of them is a copy. */
async function refuseTwin(app: App, { id, folder }: FoundVault): Promise<void> {
  const set = app.installation.config.current.vaults.find((vault) => vault.id === id);
  if (!set || set.folder === folder) return;
  const [there, here] = await Promise.all([markerAt(set.folder).catch(() => undefined), markerAt(folder)]);
  if (there?.id !== id || there.identity === here?.identity) return;
  throw problem('vault-cloned', set.name, { facts: { folder: set.folder, other: folder } });
}

async function changeVault(app: App, vault: VaultSetting, args: Args): Promise<Done> {
  const { set, without } = changesOf(args);
  await updateVault(app, vault.id, (before) => ({ ...withoutFields(before, without), ...set }));
  return { did: 'set', name: vault.name };
}

/** Puts a vault away, or takes it up again; doing so twice is no mistake. */
async function useVault(app: App, vault: VaultSetting, did: 'retire' | 'activate'): Promise<Done> {
  await updateVault(app, vault.id, (before) => ({
    ...withoutFields(before, ['state']),
    ...(did === 'retire' && { state: 'retired' }),
  }));
  return { did, name: vault.name };
}

function withoutFields(vault: VaultSetting, fields: readonly string[]): VaultSetting {
  const left = Object.entries(vault).filter(([field]) => !fields.includes(field));
  // Only fields that may be absent are named.
  return Object.fromEntries(left) as unknown as VaultSetting;
}

async function updateVault(
  app: App,
  id: string,
  change: (vault: VaultSetting) => VaultSetting,
): Promise<void> {
  await app.installation.config.update((current) => ({
    ...current,
    vaults: current.vaults.map((vault) => (vault.id === id ? change(vault) : vault)),
  }));
  app.agent?.settingsChanged();
}

/** The vault that a person named, else every one that is not retired. Throws `vault-unknown`. */
export function activeOrNamed(app: App, name: string | undefined): readonly VaultSetting[] {
  return name === undefined
    ? app.installation.config.current.vaults.filter(isActive)
    : [vaultNamed(app, name)];
}

/** The vault that a person calls so. Throws `vault-unknown`. */
export function vaultNamed(app: App, name: string): VaultSetting {
  const { vaults } = app.installation.config.current;
  const found = vaults.find(
    (vault) => sameName(vault.name, name) || vault.folder === name || vault.id === name,
  );
  if (!found) throw problem('vault-unknown', name);
  return found;
}

async function removeVault(app: App, name: string): Promise<string> {
  const found = vaultNamed(app, name);
  await app.installation.config.update((current) => ({
    ...current,
    vaults: current.vaults.filter((vault) => vault.id !== found.id),
  }));
  app.agent?.settingsChanged();
  return found.name;
}

async function document(app: App, done: Done): Promise<VaultDocument> {
  const vaults = await Promise.all(
    app.installation.config.current.vaults.map(async (vault) => {
      const { present } = await lookAtVault(vault, undefined).catch(() => ({ present: false }));
      const { name, id, folder, medium, place, offSite, dueDays, group, state = 'active' } = vault;
      return {
        ...{ name, id, folder, state, connected: present },
        ...(medium !== undefined && { medium }),
        ...(place !== undefined && { place }),
        ...(offSite !== undefined && { offSite }),
        ...(dueDays !== undefined && { dueDays }),
        ...(group !== undefined && { group }),
      };
    }),
  );
  return { outcome: 'good', notes: [], ...done, vaults };
}
