/** Files in a vault that no ledger knows: not ours, so left alone, but said. */
import { joinPath, type SourcePath } from '../../base/paths.js';
import type { WorkDeps } from '../deps.js';
import type { OpenedVault } from '../parts/open-vaults.js';

export interface Strangers {
  readonly files: number;
  /** The first of them, relative to the vault's root. */
  readonly names: readonly string[];
}

const mostNames = 50;

/** What file browsers and systems leave in every folder they open. */
const leavings = /^(?:\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.directory|\.hidden)$/i;

/**
 * Looks for strangers among the pictures. Folders that cannot be read are passed by: copies in them are
 * missed anyway.
 */
export async function findStrangers(deps: WorkDeps, { vault, key }: OpenedVault): Promise<Strangers> {
  const { native, catalog, signal } = deps;
  const names: string[] = [];
  let files = 0;
  const isKnown = (stored: SourcePath): boolean => {
    const forms = vault.rules.normalizing
      ? [stored, stored.normalize('NFC'), stored.normalize('NFD')]
      : [stored];
    return forms.some((form) => catalog.storedAt(key, form) !== undefined);
  };
  const options = { folder: 'Pictures', onError: () => undefined, ...(signal && { signal }) };
  for await (const { folder, entries } of native.walk(vault.root, options)) {
    for (const { name, kind } of entries) {
      if (kind === 'folder' || leavings.test(name)) continue;
      const stored = joinPath(folder, name);
      if (isKnown(stored)) continue;
      files += 1;
      if (names.length < mostNames) names.push(stored);
    }
  }
  return { files, names };
}
