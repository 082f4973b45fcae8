/**
 * The one timer of a running agent: it looks at the clock, so sleep and changed clocks are nothing special.
 */

/** The agent wakes no more often than this, and never sleeps longer. */
export const shortestBeatMs = 1000;
export const longestBeatMs = 2000;

/** Calls `beat` again and again; each begins after the one before has ended. */
export class Heartbeat {
  readonly #beat: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #hurried = false;
  #stopped = false;

  /** `beat` must not throw. It is expected to schedule the next. */
  constructor(beat: () => Promise<void>) {
    this.#beat = beat;
  }

  /**
   * `untilMs` is how long until something is known to be due; sooner and later than the bounds is cut to
   * them.
   */
  schedule(untilMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const delayMs = Math.min(Math.max(this.#hurried ? 0 : untilMs, shortestBeatMs), longestBeatMs);
    this.#timer = setTimeout(() => this.#begin(), delayMs);
  }

  /** The next beat comes as soon as may be, also when one is under way that looked already. */
  hurry(): void {
    this.#hurried = true;
    if (!this.#beating) this.schedule(0);
  }

  /** Resolves when the beat under way, if any, has ended; there is no other after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
  }

  #begin(): void {
    this.#hurried = false;
    this.#beating = this.#beat().finally(() => {
      this.#beating = undefined;
      if (this.#hurried) this.schedule(0);
    });
  }
}
