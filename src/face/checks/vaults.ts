/** Checks of each vault: whether its ledgers are sound, and what its drive can do, found out by trying. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isActive } from '../../base/settings.js';
import type { VaultSetting } from '../../base/settings.js';
import { removeFile, writeTextAtomically } from '../../platform/files.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../../work/deps.js';
import { openVaults } from '../../work/parts/open-vaults.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { sentenceFor } from '../sentences.js';
import { listed, printable } from '../words.js';
import { tryCheck } from './check.js';
import type { Check } from './check.js';

export async function vaultChecks(app: App): Promise<Check[]> {
  const { vaults } = app.installation.config.current;
  if (vaults.length === 0) {
    return [
      {
        name: 'Vaults',
        result: 'attention',
        sentence: 'none yet; name one with: glassine vault add <folder>',
      },
    ];
  }
  return work(app, 'doctor', async (deps) => {
    const checks: Check[] = [];
    for (const setting of vaults) {
      const name = `Vault ${printable(setting.name)}`;
      checks.push(await tryCheck(name, () => vaultCheck(deps, setting, name)));
    }
    return checks;
  });
}

async function vaultCheck(deps: WorkDeps, setting: VaultSetting, name: string): Promise<Check> {
  if (!isActive(setting))
    return { name, result: 'not-checked', sentence: 'retired; nothing new is kept there' };
  const { open, away } = await openVaults(deps, [setting]);
  const [problem] = away;
  if (problem) {
    // A drive that is away can be well or not: that is not a pass, and nothing to worry about.
    const result = problem.code === 'vault-away' ? 'not-checked' : 'bad';
    return { name, result, sentence: sentenceFor(problem) };
  }
  const [opened] = open;
  if (!opened) throw new Error('a vault is open or away');
  try {
    return await openCheck(deps, opened.vault, name);
  } finally {
    await opened.vault.close();
  }
}

async function openCheck(deps: WorkDeps, vault: Vault, name: string): Promise<Check> {
  const unsound = vault.ledgers.flatMap((ledger) => ledger.problem ?? []);
  if (unsound[0]) return { name, result: 'bad', sentence: sentenceFor(unsound[0]) };
  const isProof = await canProve(deps, vault);
  const can = [
    'ledgers sound',
    isProof
      ? 'copies are proven from the drive itself'
      : 'copies cannot be read past the cache, so none is proven',
    vault.rules.caseSensitive ? 'capitals count in names' : 'capitals do not count in names',
    vault.rules.links ? 'links are kept as links' : 'links are kept in the ledger',
  ];
  return { name, result: isProof ? 'good' : 'attention', sentence: listed(can) };
}

/** Writes a small file into our own `Incoming/` and looks whether it came back past the cache. */
async function canProve(deps: WorkDeps, vault: Vault): Promise<boolean> {
  const source = join(deps.scratchFolder, `probe-${randomUUID()}`);
  const target = vault.absolute(vault.incomingName());
  await writeTextAtomically(source, 'probe');
  try {
    const [result] = await deps.native.transfer([{ source, targets: [target] }]);
    const error = result?.error ?? result?.targets[0]?.error;
    if (error) throw new Error(`${error.syscall}: ${error.code}`);
    return result?.targets[0]?.cacheBypassed ?? false;
  } finally {
    await removeFile(source);
    await removeFile(target);
  }
}
