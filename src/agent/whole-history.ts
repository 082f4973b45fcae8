/**
 * Making the history fit to be asked: it is only an index, and the ledgers in the vaults can make it anew.
 */
import { GlassineError } from '../base/errors.js';
import type { Listener } from '../base/events.js';
import { openVaults } from '../work/parts/open-vaults.js';
import { takeHomeLock } from './home-lock.js';
import type { Installation } from './installation.js';

export interface HistoryOptions {
  /** Whoever asks holds the home's lock. */
  readonly alone: boolean;
  readonly listener: Listener;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sets a damaged history aside, and reads from the connected vaults what it does not know of them: after it
 * was lost, and for a vault that was only named. Throws what `Catalog.open` throws where that does not help.
 */
export async function prepareHistory(installation: Installation, options: HistoryOptions): Promise<void> {
  await mend(installation, options.alone);
  const { catalog, config } = installation;
  const unknown = config.current.vaults.filter((vault) => catalog.vault(vault.id) === undefined);
  if (unknown.length === 0) return;
  // What is away or refuses is told by the verb that needs it.
  const { open } = await openVaults(installation.deps(options.listener, options.signal), unknown, {
    readOnly: true,
  });
  for (const { vault } of open) await vault.close();
}

async function mend(installation: Installation, alone: boolean): Promise<void> {
  if (alone) {
    await installation.mendCatalog();
    return;
  }
  try {
    installation.openCatalog();
  } catch (error) {
    if (!(error instanceof GlassineError) || error.code !== 'catalog-damaged') throw error;
    const lock = await takeHomeLock(installation.native, installation.home, 'mending the history');
    if (!lock) throw error;
    try {
      await installation.mendCatalog();
    } finally {
      await lock.release();
    }
  }
}
