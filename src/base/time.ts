/** Time: the one place that reads the machine's clock, and the forms in which moments are written. */

/** Where the time comes from; tests pass their own. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/**
 * A clock that stands still until it is told to look: what several vaults record of one batch is one moment.
 */
export class Moment implements Clock {
  readonly #clock: Clock;
  #ms: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ms = clock.now();
  }

  now(): number {
    return this.#ms;
  }

  take(): void {
    this.#ms = this.#clock.now();
  }
}

/** `2026-11-21T18:26:03.120Z`: RFC 3339, UTC, milliseconds. */
export function toRfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** Milliseconds of an RFC 3339 moment; `undefined` when the text is not one. */
export function fromRfc3339(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  const ms = match ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  const day = match?.[1] ?? '';
  const isDay = !Number.isNaN(ms) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return isDay ? ms : undefined;
}

/** `2026-11-21 18.26.03Z`: a moment in a stored file's name; no character any file system refuses. */
export function toStamp(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19).replaceAll(':', '.')}Z`;
}

/** Milliseconds of a stamp; `undefined` when the text is not one. */
export function fromStamp(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2})\.(\d{2})\.(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  return fromRfc3339(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`);
}
