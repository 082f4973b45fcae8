/** Which folders may not lie inside which: sources, vaults, and the home of this installation. */
import { sep } from 'node:path';
import { problem } from '../base/errors.js';
import type { SourceSetting, VaultSetting } from '../base/settings.js';

export interface Places {
  readonly sources: readonly SourceSetting[];
  readonly vaults: readonly VaultSetting[];
}

/** Whether an absolute path is `folder` or lies below it. */
export function liesIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Throws `source-nested` where a source lies in another, for its files would be kept twice;
 * `vault-inside-source` where a vault and a source share folders, for the vault would keep itself without
 * end.
 */
export function checkPlaces(places: Places): void {
  for (const [index, source] of places.sources.entries()) {
    for (const other of places.sources.slice(0, index)) checkSources(source, other);
    for (const vault of places.vaults) checkVault(vault, source);
  }
}

function checkSources(a: SourceSetting, b: SourceSetting): void {
  if (!liesIn(a.root, b.root) && !liesIn(b.root, a.root)) return;
  throw problem('source-nested', a.root, { facts: { other: b.name, otherRoot: b.root } });
}

function checkVault(vault: VaultSetting, source: SourceSetting): void {
  if (!liesIn(source.root, vault.folder) && !liesIn(vault.folder, source.root)) return;
  throw problem('vault-inside-source', vault.folder, { facts: { source: source.name, root: source.root } });
}

/**
 * Throws `source-holds-home` where a source would hold our own history, which changes with all that is kept.
 */
export function checkHome(root: string, homeFolders: readonly string[]): void {
  for (const folder of homeFolders) {
    if (liesIn(root, folder)) throw problem('source-holds-home', root, { facts: { folder } });
  }
}
