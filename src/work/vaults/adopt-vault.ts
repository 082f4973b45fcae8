/** Taking over a vault that this computer has not seen: its ledgers fill the catalog. */
import { GlassineError, type Problem } from '../../base/errors.js';
import type { VaultSetting } from '../../base/settings.js';
import type { WorkDeps } from '../deps.js';
import { openVaults } from '../parts/open-vaults.js';
import { contentsOf, type VaultContents } from './contents.js';

/**
 * Reads every ledger of a vault into the catalog, as far as each is sound. A vault that cannot be written now
 * can be taken over all the same: its history is there, and can be restored. Sources are gone on with by
 * whoever adds their folders again. Throws the vault's problem when it cannot be read, and `catalog-*`.
 */
export async function adoptVault(deps: WorkDeps, setting: VaultSetting): Promise<VaultContents> {
  const writable = await openVaults(deps, [setting]);
  const { open, away } =
    writable.open.length > 0 ? writable : await openVaults(deps, [setting], { readOnly: true });
  const [opened] = open;
  const [refused] = away;
  if (!opened) throw refused ? new GlassineError(refused) : new Error('a vault is open or refused');
  try {
    const problems: Problem[] = [...writable.away];
    for (const { problem } of opened.vault.ledgers) {
      if (problem && !problems.some(({ code }) => code === problem.code)) {
        problems.push({
          ...problem,
          subject: setting.name,
          detail: `${problem.subject}: ${problem.detail ?? ''}`,
        });
      }
    }
    return contentsOf(deps.catalog, opened.key, problems);
  } finally {
    await opened.vault.close();
  }
}
