/** Copies of a content in the vaults that are open, and in which order to trust them. */
import type { ProblemCode } from '../../base/errors.js';
import type { Medium, VaultSetting } from '../../base/settings.js';
import type { ContentHash } from '../../base/types.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import type { StoredRow } from '../../store/catalog/types.js';
import type { OpenedVault } from './open-vaults.js';

/** A stored file in a vault that is open. */
export interface Copy {
  readonly opened: OpenedVault;
  readonly row: StoredRow;
  /** Relative to the vault's root. */
  readonly stored: string;
}

export type CopyTrouble = Extract<ProblemCode, `copy-${string}`>;

/** A copy that is not what was kept. */
export interface BadCopy {
  /** The vault's name. */
  readonly vault: string;
  readonly vaultId: string;
  readonly stored: string;
  readonly code: CopyTrouble;
}

/** How far away the bytes are. A vault of which nobody said what it lies on is taken for a drive. */
const distances: Readonly<Record<Medium, number>> = { ssd: 0, hdd: 1, nas: 2, cloud: 3 };

/** Every copy of a content in these vaults, the one to read first first. */
export function copiesIn(catalog: Catalog, open: readonly OpenedVault[], b3: ContentHash): Copy[] {
  const copies: Copy[] = [];
  for (const row of catalog.copiesOf({ b3 })) {
    const opened = open.find((vault) => vault.key === row.vaultKey);
    if (opened && row.stored !== undefined && row.kind === 'file')
      copies.push({ opened, row, stored: row.stored });
  }
  return copies.sort(byTrust);
}

/**
 * Proven before written, then the nearest, then the one proven last. What was found damaged comes last, and
 * not never: whoever reads compares, and a drive may only have been tired.
 */
export function byTrust(a: Copy, b: Copy): number {
  return (
    Number(a.row.damagedAt !== undefined) - Number(b.row.damagedAt !== undefined) ||
    Number(b.row.evidence === 'proven') - Number(a.row.evidence === 'proven') ||
    distanceOf(a) - distanceOf(b) ||
    (b.row.provenAt ?? 0) - (a.row.provenAt ?? 0) ||
    a.opened.key - b.opened.key ||
    a.row.key - b.row.key
  );
}

function distanceOf({ opened }: Copy): number {
  return distances[opened.setting.medium ?? 'hdd'];
}

/**
 * The vaults that have a content and are not open, as people look for them: `Blue (safe)` where it is set
 * that Blue is in the safe.
 */
export function vaultsAwayWith(
  catalog: Catalog,
  b3: ContentHash,
  vaults: { readonly open: readonly OpenedVault[]; readonly settings: readonly VaultSetting[] },
): string[] {
  const keys = new Set(catalog.copiesOf({ b3 }).map((row) => row.vaultKey));
  for (const { key } of vaults.open) keys.delete(key);
  return catalog
    .vaults()
    .filter((vault) => keys.has(vault.key))
    .map(({ id, name: known }) => {
      const { name = known, place } = vaults.settings.find((setting) => setting.id === id) ?? {};
      return place === undefined ? name : `${name} (${place})`;
    });
}

/** What an errno met while reading a copy means for it. */
export function troubleOf(errno: string): CopyTrouble {
  return errno === 'ENOENT' || errno === 'ENOTDIR' ? 'copy-missing' : 'copy-unreadable';
}
