/** Which vaults hold something, as people know them: by name, place, and whether they are put away. */
import type { VaultState } from '../base/settings.js';
import type { App } from './app.js';
import { printable } from './words.js';

export interface Holder {
  readonly name: string;
  readonly place?: string;
  /** Absent for a vault that is known from the history alone, and set no more. */
  readonly state?: VaultState;
}

/** Every vault of the history by its key there: as set here, else as it was found. */
export function holdersByKey(app: App): ReadonlyMap<number, Holder> {
  const { catalog, config } = app.installation;
  const set = new Map(config.current.vaults.map((vault) => [vault.id, vault]));
  return new Map(
    catalog.vaults().map(({ key, id, name }): [number, Holder] => {
      const setting = set.get(id);
      if (!setting) return [key, { name }];
      const { place, state = 'active' } = setting;
      return [key, { name: setting.name, ...(place !== undefined && { place }), state }];
    }),
  );
}

/** The vaults among these keys, each once. */
export function holdersOf(
  keys: readonly { readonly vaultKey: number }[],
  holders: ReadonlyMap<number, Holder>,
): Holder[] {
  return [...new Set(keys.map(({ vaultKey }) => vaultKey))].flatMap((key) => holders.get(key) ?? []);
}

/** `Blue`, `Blue (safe)`, `Blue (safe, retired)`: where a retired one is must be said, for it is asked for. */
export function holderText({ name, place, state }: Holder): string {
  const words = [place, state === 'retired' ? state : undefined].filter((word) => word !== undefined);
  return printable(words.length === 0 ? name : `${name} (${words.join(', ')})`);
}

/** Whether nothing but retired vaults, and at least one, holds it. */
export function isOnlyRetired(holders: readonly Holder[]): boolean {
  return holders.length > 0 && holders.every(({ state }) => state === 'retired');
}
