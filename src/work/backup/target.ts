/** One vault during a backup of one source: where things go, what was done, and how a batch is committed. */
import type { SourceRow } from '../../store/catalog/types.js';
import type { NewLine } from '../../store/ledger/lines.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';
import { sourceFolderIn } from '../parts/source-line.js';
import { Placing } from './placing.js';
import type { VaultTally } from './report.js';

export interface OpenTarget {
  readonly vault: Vault;
  readonly vaultKey: number;
  /** The source's folder in the vault. */
  readonly folder: string;
  readonly placing: Placing;
  readonly tally: VaultTally;
  /** Ledger first, then the folders, then the catalog. */
  commit(lines: readonly NewLine[]): Promise<void>;
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
  const placing = new Placing({ catalog: deps.catalog, vault, vaultKey, folder });
  return {
    ...{ vault, vaultKey, folder, placing, tally },
    async commit(lines) {
      deps.catalog.apply(vault.id, deps.writer, await vault.commit(lines));
      placing.forgetGiven();
    },
  };
}
