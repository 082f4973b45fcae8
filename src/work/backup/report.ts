/** What a backup did and could not do: counted as it happens, told once at the end. */
import type { Problem } from '../../base/errors.js';
import type { Outcome } from '../../base/types.js';
import { type VaultReport, VaultTally } from '../parts/vault-tally.js';

/** Files are counted once, however many vaults they went to; bytes copied once for each vault. */
export interface BackupReport {
  readonly outcome: Outcome;
  readonly kept: number;
  readonly moved: number;
  readonly retired: number;
  readonly bytesRead: number;
  readonly bytesCopied: number;
  readonly vaults: readonly VaultReport[];
  /** Files, named, that could not be handled. */
  readonly incomplete: readonly Problem[];
  /** What stands in the way of a whole source or vault. */
  readonly problems: readonly Problem[];
}

export class Tally {
  kept = 0;
  moved = 0;
  retired = 0;
  bytesRead = 0;
  readonly incomplete: Problem[] = [];
  readonly problems: Problem[] = [];
  readonly vaults: VaultTally[] = [];
  /** Sources that could be looked at. */
  sourcesSeen = 0;

  /** A vault that takes part in this pass. */
  vault(name: string): VaultTally {
    const tally = new VaultTally(name);
    this.vaults.push(tally);
    return tally;
  }

  report(): BackupReport {
    const vaults = this.vaults.map((vault) => vault.report());
    const reached = vaults.some((vault) => vault.problem === undefined || vault.outcome === 'incomplete');
    const whole =
      this.incomplete.length === 0 && this.problems.length === 0 && vaults.every((v) => isFine(v.problem));
    return {
      outcome: !reached || this.sourcesSeen === 0 ? 'failed' : whole ? 'good' : 'incomplete',
      kept: this.kept,
      moved: this.moved,
      retired: this.retired,
      bytesRead: this.bytesRead,
      bytesCopied: vaults.reduce((sum, vault) => sum + vault.bytesCopied, 0),
      vaults,
      incomplete: this.incomplete,
      problems: this.problems,
    };
  }
}

/** A vault that is away is normal: it gets the same work when it comes back. */
function isFine(problem: Problem | undefined): boolean {
  return problem === undefined || problem.code === 'vault-away';
}
