/** Making a folder a vault of this installation, or taking over the one that is there. */
import { basename, dirname } from 'node:path';
import { allowedName, isAllowedName } from '../agent/config.js';
import { onVolume } from '../agent/binding.js';
import { placesSeen } from '../agent/devices-seen.js';
import { checkPlaces } from '../agent/places.js';
import { GlassineError, problem } from '../base/errors.js';
import type { VaultSetting } from '../base/settings.js';
import { factsOf, realPath } from '../platform/files.js';
import { readMarker, requireOurs, vaultRootOf } from '../store/vault/marker.js';
import { createVault } from '../store/vault/open-vault.js';
import type { App } from './app.js';
import { printable } from './words.js';
import { freeName, requireName } from './verbs/source.js';

/** What a person says about a vault. */
export type VaultWish = Partial<
  Pick<VaultSetting, 'name' | 'medium' | 'place' | 'offSite' | 'dueDays' | 'group'>
>;

/** A vault that is there: its id and its own folder. */
export interface FoundVault {
  readonly id: string;
  readonly folder: string;
}

/**
 * The vault in a folder, or that is the folder; `undefined` where there is none. Throws as `readMarker` does.
 */
export async function vaultIn(folder: string): Promise<FoundVault | undefined> {
  const root = await vaultRootOf((await realPath(folder)) ?? folder);
  try {
    const marker = await readMarker(root);
    requireOurs(marker, { id: marker.id, subject: root, readOnly: true });
    return { id: marker.id, folder: root };
  } catch (error) {
    const isNone = error instanceof GlassineError && error.code === 'vault-away';
    const isEmpty =
      error instanceof GlassineError && error.code === 'vault-no-marker' && !(await hasMarker(root));
    if (isNone || isEmpty) return undefined;
    throw error;
  }
}

async function hasMarker(root: string): Promise<boolean> {
  return (await factsOf(`${root}/vault.json`)) !== undefined;
}

/** Makes a new vault in `folder` and keeps everything there from now on. Throws `usage`, `vault-*`. */
export async function addVault(app: App, folder: string, wish: VaultWish): Promise<VaultSetting> {
  const { config, native, clock } = app.installation;
  const real = await realPath(folder);
  const facts = real === undefined ? undefined : await factsOf(real);
  if (real === undefined || facts?.kind !== 'folder') {
    throw problem('usage', `There is no folder ${folder}; plug in its drive, or make the folder first.`);
  }
  const root = await vaultRootOf(real);
  const name = nameFor(app, wish, real);
  // Before anything is made: a vault in the wrong place is worse than none.
  checkPlaces({ ...config.current, vaults: [{ id: '', name, folder: root }] });
  const { marker } = await createVault(real, { native, clock });
  return setVault(app, { id: marker.id, folder: root }, { ...wish, name });
}

/** Sets a vault that is there, or what is new about one that is set already. */
export async function setVault(app: App, found: FoundVault, wish: VaultWish): Promise<VaultSetting> {
  const { config } = app.installation;
  const before = config.current.vaults.find((vault) => vault.id === found.id);
  const name = wish.name ?? before?.name ?? nameFor(app, wish, dirname(found.folder));
  if (!isAllowedName(name)) throw problem('usage', `"${name}" cannot be a name; it must be ${allowedName}.`);
  const vault: VaultSetting = { ...before, ...wish, ...found, ...(await onVolume(found.folder)), name };
  await config.update((current) => {
    const others = current.vaults.filter((other) => other.id !== found.id);
    requireName(name, others);
    const next = { ...current, vaults: [...others, vault] };
    checkPlaces(next);
    return next;
  });
  // Whoever names the folder has said which of two it is.
  app.installation.refused = new Map([...app.installation.refused].filter(([id]) => id !== found.id));
  app.agent?.settingsChanged();
  return vault;
}

/** The name a person gives, else that of the drive. */
function nameFor(app: App, wish: VaultWish, folder: string): string {
  const { vaults } = app.installation.config.current;
  if (wish.name === undefined) return freeName(vaults, basename(folder) || 'Drive');
  requireName(wish.name, vaults);
  return wish.name;
}

/** A sentence for every source and vault that shares its device with the vault: one loss would take both. */
export async function sameDeviceNotes(app: App, vault: VaultSetting): Promise<string[]> {
  const { sources } = app.installation.config.current;
  const places = [
    ...sources.map(({ id, root }) => ({ id, path: root })),
    { id: vault.id, path: vault.folder },
  ];
  const seen = await placesSeen(app.installation, places);
  const device = seen.get(vault.id)?.device;
  const twins = app.installation.config.current.vaults
    .filter(({ id }) => id !== vault.id && device !== undefined && seen.get(id)?.device === device)
    .map(
      ({ name }) =>
        `It is on the same device as ${printable(name)}, so the two count as one copy: one broken disk takes ` +
        `both.`,
    );
  const notes = sources
    .filter((source) => device !== undefined && seen.get(source.id)?.device === device)
    .map(
      (source) =>
        `It is on the same device as ${printable(source.name)}, so it is not yet a backup of it: one ` +
        `broken disk ` +
        `takes both.`,
    );
  return [...notes, ...twins];
}
