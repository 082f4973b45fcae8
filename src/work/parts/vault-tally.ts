/** What came into one vault during a job, and why not everything did. */
import { GlassineError, isOurs, type Problem } from '../../base/errors.js';
import type { Outcome } from '../../base/types.js';

export interface VaultReport {
  readonly name: string;
  readonly outcome: Outcome;
  /** Files whose content came into this vault. */
  readonly kept: number;
  readonly moved: number;
  readonly retired: number;
  readonly bytesCopied: number;
  /** Why this vault has not got everything. */
  readonly problem?: Problem;
}

/** One vault's counts during a job. */
export class VaultTally {
  kept = 0;
  moved = 0;
  retired = 0;
  bytesCopied = 0;
  problem: Problem | undefined;

  constructor(readonly name: string) {}

  /** The vault failed and is out for the rest of the job; what is not its fault is thrown on. */
  dropOut(error: unknown): void {
    if (!(error instanceof GlassineError) || isOurs(error)) throw error;
    this.problem ??= error.problem;
  }

  report(): VaultReport {
    const { name, kept, moved, retired, bytesCopied, problem } = this;
    const outcome = problem === undefined ? 'good' : kept + moved + retired > 0 ? 'incomplete' : 'failed';
    return { name, outcome, kept, moved, retired, bytesCopied, ...(problem && { problem }) };
  }
}
