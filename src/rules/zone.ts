/** Local time as a value: what the clocks on the wall showed at a moment, and back; the zone is passed in. */

/** A time zone: how far its clocks are ahead of UTC at a moment, in milliseconds. */
export interface Zone {
  offsetMs(ms: number): number;
}

export const utcZone: Zone = { offsetMs: () => 0 };

/** The zone this computer is set to (`TZ`, or the system's). */
export const localZone: Zone = { offsetMs: (ms) => Math.round(-new Date(ms).getTimezoneOffset() * 60_000) };

/** What local clocks show at `ms`, as if it were UTC: read it with the `getUTC…` methods of `Date`. */
export function toWall(ms: number, zone: Zone): number {
  return ms + zone.offsetMs(ms);
}

/**
 * The moment at which local clocks show `wallMs`. A time that an autumn shows twice is the first or the last
 * of the two, as asked; one that a spring skips is read with the clock of before, so 02:30 becomes 03:30.
 */
export function fromWall(wallMs: number, zone: Zone, pick: 'first' | 'last'): number {
  const dayMs = 86_400_000;
  const before = wallMs - zone.offsetMs(wallMs - dayMs);
  const after = wallMs - zone.offsetMs(wallMs + dayMs);
  const shown = [before, after].filter((ms) => toWall(ms, zone) === wallMs);
  if (shown.length === 0) return before;
  return pick === 'first' ? Math.min(...shown) : Math.max(...shown);
}
