/**
 * When the next pass is due and what it looks at. No timers: moments (ms) are passed in, and any clock may
 * jump.
 */
import type { DueFolder } from '../rules/settle.js';

/** Parts of sources, by source id; or everything. */
export type PassScope =
  | { readonly whole: true }
  | { readonly whole: false; readonly parts: ReadonlyMap<string, readonly DueFolder[]> };

const firstRetryMs = 15_000;

/** More folders than this, as gather while passes are paused, become a look at everything. */
const mostFolders = 5_000;

export class PassSchedule {
  #wholeWanted = false;
  readonly #parts = new Map<string, DueFolder[]>();
  #lastWholeAt: number | undefined;
  #retry: { readonly fromMs: number; readonly afterMs: number } | undefined;
  #failures = 0;

  /** Everything is to be looked at as soon as possible: something appeared, or events were lost. */
  wantWhole(): void {
    this.#wholeWanted = true;
  }

  wantParts(sourceId: string, folders: readonly DueFolder[]): void {
    if (folders.length === 0) return;
    const known = this.#parts.get(sourceId) ?? [];
    if (known.length + folders.length > mostFolders) return this.wantWhole();
    this.#parts.set(sourceId, [...known, ...folders]);
  }

  /** What is due now, which is then no longer wanted; `undefined`: nothing. */
  take(nowMs: number, reconcileMs: number): PassScope | undefined {
    if (this.#wholeWanted || this.#reconcileIsDue(nowMs, reconcileMs) || this.#retryIsDue(nowMs)) {
      this.#wholeWanted = false;
      this.#retry = undefined;
      this.#parts.clear();
      return { whole: true };
    }
    if (this.#parts.size === 0) return undefined;
    const parts = new Map(this.#parts);
    this.#parts.clear();
    return { whole: false, parts };
  }

  /** A pass that was stopped before its end: what it was for is wanted again. */
  putBack(scope: PassScope): void {
    if (scope.whole) this.#wholeWanted = true;
    else for (const [id, folders] of scope.parts) this.wantParts(id, folders);
  }

  /**
   * A pass ended. One that left something is tried again, later each time, at the latest with the next
   * reconcile.
   */
  done(scope: PassScope, nowMs: number, leftSomething: boolean): void {
    if (scope.whole) this.#lastWholeAt = nowMs;
    if (!leftSomething) {
      if (scope.whole) this.#failures = 0;
      return;
    }
    this.#retry = { fromMs: nowMs, afterMs: firstRetryMs * 2 ** Math.min(this.#failures, 20) };
    this.#failures += 1;
  }

  #reconcileIsDue(nowMs: number, reconcileMs: number): boolean {
    if (this.#lastWholeAt === undefined) return true;
    return nowMs - this.#lastWholeAt >= reconcileMs || nowMs < this.#lastWholeAt;
  }

  #retryIsDue(nowMs: number): boolean {
    if (!this.#retry) return false;
    return nowMs - this.#retry.fromMs >= this.#retry.afterMs || nowMs < this.#retry.fromMs;
  }
}
