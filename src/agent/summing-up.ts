/** What people ask is summed before they ask: after a first pass over a million files it takes seconds. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Installation } from './installation.js';

/**
 * Sums what changed in the sources and in the vaults, as long as `goesOn`; whoever else has something to do
 * gets their turn in between.
 */
export async function sumUp(installation: Installation, goesOn: () => boolean): Promise<void> {
  const { catalog, config } = installation;
  const { sources, vaults } = config.current;
  const vaultKeys = vaults.flatMap(({ id }) => catalog.vault(id)?.key ?? []);
  const sourceKeys = sources.flatMap(({ id }) => catalog.source(id)?.key ?? []);
  for (const sourceKey of sourceKeys) {
    const steps = catalog.work.sumUp(sourceKey, vaultKeys);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) {
      await nextTurn();
      if (!goesOn() || !installation.hasOpen(catalog)) return;
    }
    if (!step.value) return;
  }
}
