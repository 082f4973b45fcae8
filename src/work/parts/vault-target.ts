/** One vault while one source is kept: where things go, what was done, and how a batch is committed. */
import type { SourceRow } from '../../store/catalog/types.js';
import type { NewLine } from '../../store/ledger/lines.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';
import { Placing } from './placing.js';
import { sourceFolderIn } from './source-line.js';
import type { VaultTally } from './vault-tally.js';

export interface OpenTarget {
  readonly vault: Vault;
  readonly vaultKey: number;
  /** The source's folder in the vault. */
  readonly folder: string;
  readonly placing: Placing;
  readonly tally: VaultTally;
  /** The largest file that the volume can hold. */
  readonly largestBytes: number;
  /**
   * Ledger first; then the folders, and meanwhile the catalog. `onDurable` is called when from here on the
   * lines are kept, whatever becomes of the folders in this pass.
   */
  commit(lines: readonly NewLine[], onDurable?: () => void): Promise<void>;
}

/**
 * Makes ready to keep a source in an open vault. Throws what {@link sourceFolderIn} and the vault's commit
 * do.
 */
export async function openTarget(
  deps: WorkDeps,
  source: SourceRow,
  open: { vault: Vault; tally: VaultTally },
): Promise<OpenTarget> {
  const { vault, tally } = open;
  const vaultKey = deps.catalog.vaultKey(vault.id);
  const folder = await sourceFolderIn(deps, vault, source);
  const facts = await deps.native.volumeOf(vault.root).catch(() => undefined);
  const largestBytes = isFat(facts?.fileSystem ?? '') ? 2 ** 32 - 1 : Number.MAX_SAFE_INTEGER;
  const placing = new Placing({ catalog: deps.catalog, vault, vaultKey, folder });
  return {
    ...{ vault, vaultKey, folder, placing, tally, largestBytes },
    async commit(lines, onDurable) {
      await vault.commit(lines, (appended) => {
        onDurable?.();
        deps.catalog.apply(vault.id, deps.writer, appended);
        placing.forgetGiven();
      });
    },
  };
}

/** Every FAT but exFAT, by whichever driver. */
function isFat(fileSystem: string): boolean {
  return /(?<!ex)fat|msdos/i.test(fileSystem);
}
