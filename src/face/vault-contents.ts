/** Reading what a vault holds into the history of this installation, and telling it. */
import type { VaultSetting } from '../base/settings.js';
import { adoptVault } from '../work/vaults/adopt-vault.js';
import type { VaultContents } from '../work/vaults/contents.js';
import { rebuildVault } from '../work/vaults/rebuild-vault.js';
import { work } from './app.js';
import type { App } from './app.js';
import type { Trouble } from './documents/outcome.js';
import type { VaultDocument } from './documents/settings.js';
import { leftAndTroubles } from './troubles.js';

type Read = Pick<VaultDocument, 'outcome' | 'found'> & { problems?: Trouble[] };

/** Takes over a vault. Throws its problem when it cannot be read at all. */
export async function readAdopted(app: App, vault: VaultSetting): Promise<Read> {
  return told(await work(app, 'adopt', (deps) => adoptVault(deps, vault)));
}

/** Reads a vault anew, its files where its ledgers do not do. Throws its problem when that cannot be done. */
export async function readRebuilt(
  app: App,
  vault: VaultSetting,
): Promise<Read & Pick<VaultDocument, 'rebuilt'>> {
  const report = await work(app, 'rebuild', (deps) => rebuildVault(deps, vault));
  return { ...told(report), rebuilt: { from: report.from, setAside: [...report.setAside] } };
}

/** What could be read is good; what is wrong besides is named, and makes it incomplete. */
function told({ sources, files, bytes, problems }: VaultContents): Read {
  return {
    outcome: problems.length === 0 ? 'good' : 'incomplete',
    found: { sources: sources.map((source) => ({ ...source })), files, bytes },
    ...leftAndTroubles({ problems }),
  };
}
