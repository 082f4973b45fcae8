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
  #stopped = false;

  /** `beat` must not throw. */
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
    const delayMs = Math.min(Math.max(untilMs, shortestBeatMs), longestBeatMs);
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat();
    }, delayMs);
  }

  /** Resolves when the beat under way, if any, has ended; there is no other after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
  }
}
