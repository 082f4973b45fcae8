/** Reading what a vault holds into the history of this installation. */
import { GlassineError } from '../base/errors.js';
import type { VaultSetting } from '../base/settings.js';
import { openVaults } from '../work/parts/open-vaults.js';
import { work } from './app.js';
import type { App } from './app.js';
import type { VaultDocument } from './documents/settings.js';

export async function readVault(
  app: App,
  vault: VaultSetting,
  _how: 'adopt' | 'rebuild',
): Promise<Pick<VaultDocument, 'found'>> {
  return work(app, 'adopt', async (deps) => {
    const { open, away } = await openVaults(deps, [vault]);
    if (away[0]) throw new GlassineError(away[0]);
    for (const each of open) await each.vault.close();
    return { found: { sources: deps.catalog.sources().map((s) => s.name), files: 0, bytes: 0 } };
  });
}
