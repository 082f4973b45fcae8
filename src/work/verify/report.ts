/** What a verification found: in all, and vault by vault. */
import type { Problem, ProblemCode } from '../../base/errors.js';
import type { Outcome } from '../../base/types.js';
import type { BadCopy } from '../parts/copies.js';
import type { Strangers } from './strangers.js';

export interface VaultVerification {
  readonly name: string;
  /** `failed`: something is bad, or it could not be looked at. `incomplete`: not all of it could be. */
  readonly outcome: Outcome;
  /** Copies that were read and compared. What could not be looked at is never among them. */
  readonly checked: number;
  readonly bytes: number;
  readonly bad: number;
  /** Copies there was no time for, or that were proven lately enough. */
  readonly left: number;
  /** Every line of every writer's ledger; `not-checked` when the vault could not be opened. */
  readonly ledger: 'sound' | 'not-checked' | ProblemCode;
  readonly problems: readonly Problem[];
  /** Present when everything was looked at. */
  readonly strangers?: Strangers;
}

export interface VerifyReport {
  readonly outcome: Outcome;
  readonly checked: number;
  readonly bytes: number;
  readonly bad: readonly BadCopy[];
  /** Vaults and files that could not be looked at. */
  readonly incomplete: readonly Problem[];
  readonly vaults: readonly VaultVerification[];
}

/** One vault's counts during a verification. */
export class VerifyTally {
  checked = 0;
  bytes = 0;
  left = 0;
  ledger: VaultVerification['ledger'] = 'not-checked';
  strangers: Strangers | undefined;
  readonly bad: BadCopy[] = [];
  readonly problems: Problem[] = [];
  /** Files and vaults that could not be looked at, to the end. */
  readonly unseen: Problem[] = [];

  constructor(readonly name: string) {}

  report(): VaultVerification {
    const { name, checked, bytes, left, ledger, problems, strangers } = this;
    const bad = this.bad.length;
    return {
      ...{ name, outcome: this.#outcome(), checked, bytes, bad, left, ledger, problems },
      ...(strangers && { strangers }),
    };
  }

  #outcome(): Outcome {
    if (this.bad.length > 0 || this.ledger !== 'sound') return 'failed';
    return this.unseen.length > 0 || this.problems.length > 0 ? 'incomplete' : 'good';
  }
}

export function reportOf(tallies: readonly VerifyTally[]): VerifyReport {
  const vaults = tallies.map((tally) => tally.report());
  const bad = tallies.flatMap((tally) => tally.bad);
  const found =
    bad.length > 0 || tallies.some(({ ledger }) => ledger !== 'sound' && ledger !== 'not-checked');
  const looked = tallies.some(({ ledger }) => ledger !== 'not-checked');
  const all = vaults.every(({ outcome }) => outcome === 'good');
  return {
    outcome: found || !looked ? 'failed' : all ? 'good' : 'incomplete',
    checked: vaults.reduce((sum, vault) => sum + vault.checked, 0),
    bytes: vaults.reduce((sum, vault) => sum + vault.bytes, 0),
    bad,
    incomplete: tallies.flatMap((tally) => tally.unseen),
    vaults,
  };
}
