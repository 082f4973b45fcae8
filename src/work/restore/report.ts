/** What a restore did and could not do: counted as it happens, told once at the end. */
import type { GlassineError, Problem } from '../../base/errors.js';
import type { Outcome } from '../../base/types.js';
import type { BadCopy } from '../parts/copies.js';
import type { PlannedItem } from './plan-restore.js';

export interface RestoreReport {
  readonly outcome: Outcome;
  /** Files and links. */
  readonly restored: number;
  readonly bytes: number;
  /** The target folder, absolute. */
  readonly to: string;
  /** Every file that was not restored, and why. */
  readonly incomplete: readonly Problem[];
  /**
   * Copies that turned out to be bad on the way; where there was another one, the file was restored from
   * that.
   */
  readonly damaged: readonly BadCopy[];
  /** What could not have its own name in the target folder, and what it is called there. */
  readonly renamed: readonly RenamedItem[];
  /** Vaults that could not be asked. */
  readonly away: readonly Problem[];
}

export interface RenamedItem {
  /** `source/path`. */
  readonly path: string;
  /** Relative to the target folder. */
  readonly name: string;
}

export class RestoreTally {
  restored = 0;
  bytes = 0;
  readonly incomplete: Problem[] = [];
  readonly damaged: BadCopy[] = [];
  readonly #renamed: RenamedItem[] = [];
  readonly #away: Problem[] = [];

  left({ problem }: GlassineError): void {
    this.incomplete.push(problem);
  }

  away(problem: Problem): void {
    this.#away.push(problem);
  }

  restoredOne({ subject, target, renamed }: PlannedItem, bytes: number): void {
    this.restored += 1;
    this.bytes += bytes;
    if (renamed) this.#renamed.push({ path: subject, name: target });
  }

  report(to: string): RestoreReport {
    const { restored, bytes, incomplete, damaged } = this;
    const outcome = incomplete.length === 0 ? 'good' : restored > 0 ? 'incomplete' : 'failed';
    return { outcome, restored, bytes, to, incomplete, damaged, renamed: this.#renamed, away: this.#away };
  }
}
