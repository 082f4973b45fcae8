/** `vault`: the places that keep. */
import { resolve } from 'node:path';
import { sameName } from '../../agent/config.js';
import { lookAtVault } from '../../agent/presence.js';
import { problem } from '../../base/errors.js';
import { media } from '../../base/settings.js';
import type { VaultSetting } from '../../base/settings.js';
import type { App } from '../app.js';
import { choiceOf, flagOf, optionalTextOf, spanOf, textOf } from '../args.js';
import type { Args } from '../args.js';
import type { VaultDocument } from '../documents/settings.js';
import { addVault, sameDeviceNotes, setVault, vaultIn } from '../new-vault.js';
import type { VaultWish } from '../new-vault.js';
import { readAdopted, readRebuilt } from '../vault-contents.js';

type Done = Omit<Partial<VaultDocument>, 'vaults'> & Pick<VaultDocument, 'did'>;

export async function run(app: App, args: Args): Promise<VaultDocument> {
  const what = choiceOf(args, 'action', ['add', 'adopt', 'list', 'rebuild', 'remove']) ?? 'list';
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
  const vault = await setVault(app, known, wish);
  const read = await readAdopted(app, vault);
  return { did: 'adopt', name: vault.name, ...read, notes: await sameDeviceNotes(app, vault) };
}

const dayMs = 86_400_000;

function wishOf(args: Args): VaultWish {
  const name = optionalTextOf(args, 'name');
  const medium = choiceOf(args, 'medium', media);
  const place = optionalTextOf(args, 'place');
  const dueMs = spanOf(args, 'due');
  return {
    ...(name !== undefined && { name }),
    ...(medium !== undefined && { medium }),
    ...(place !== undefined && { place }),
    ...(flagOf(args, 'offSite') && { offSite: true }),
    ...(dueMs !== undefined && { dueDays: Math.max(1, Math.round(dueMs / dayMs)) }),
  };
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
      return { ...vault, connected: present };
    }),
  );
  return { outcome: 'good', notes: [], ...done, vaults };
}
