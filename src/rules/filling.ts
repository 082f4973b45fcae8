/**
 * When a vault will be full at the present rate.
 *
 * The rule: what came into the vault during the last 90 days and is still there, divided by those days, is
 * the rate; the room that is left, less what the vault still lacks, divided by the rate, is the time. The
 * vault's first week does not count, for then a library moves in; and the days end when it was last seen: a
 * drive in a safe does not fill.
 *
 * Its limits: nothing is said with less than two weeks to go by, with fewer than three days on which anything
 * came, without a rate, and of what lies more than ten years ahead. A library that was added lately makes the
 * rate too high for up to 90 days. What other programs write on the same drive is in the room that is left,
 * not in the rate. Versions that retention will remove make room that nobody counts on.
 */

const dayMs = 86_400_000;

/** So long ago the rate begins, at most. */
export const rateDays = 90;
/** While a library moves in there is no rate. */
export const movingInDays = 7;
const leastDays = 14;
const leastBusyDays = 3;
const mostYears = 10;

export interface Filling {
  /** When the first of what it holds came, ms. */
  readonly firstKeptAt: number;
  /** When it was last seen, ms: nothing came after that. */
  readonly seenAt: number;
  /** Bytes that came on each day since {@link rateSince} on which any did. */
  readonly keptBytes: readonly number[];
  readonly freeBytes: number;
  /** What it lacks now, and will get when it can. */
  readonly behindBytes: number;
}

/** From when on what came into a vault says how fast it fills, ms. */
export function rateSince({ firstKeptAt, seenAt }: Pick<Filling, 'firstKeptAt' | 'seenAt'>): number {
  return Math.max(firstKeptAt + movingInDays * dayMs, seenAt - rateDays * dayMs);
}

/** When it will be full, ms, not before `nowMs`; `undefined` where that cannot be known. */
export function fullAtOf(filling: Filling, nowMs: number): number | undefined {
  const { seenAt, keptBytes, freeBytes, behindBytes } = filling;
  const spanMs = seenAt - rateSince(filling);
  const busyDays = keptBytes.filter((bytes) => bytes > 0).length;
  if (spanMs < leastDays * dayMs || busyDays < leastBusyDays) return undefined;
  const bytesPerMs = keptBytes.reduce((sum, bytes) => sum + bytes, 0) / spanMs;
  const leftMs = Math.max(0, freeBytes - behindBytes) / bytesPerMs;
  return leftMs > mostYears * 365 * dayMs ? undefined : Math.round(nowMs + leftMs);
}
