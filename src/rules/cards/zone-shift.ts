/** FAT keeps the time of the wall: after a flight all files of a card seem to have moved by some hours. */

const quarterHourUs = 15 * 60 * 1_000_000;
const mostUs = 26 * 4 * quarterHourUs;

/**
 * By how much all times of a card moved, in microseconds: what most of the differences are, where that is
 * what zones can differ by; `undefined` when there is no such number, and the times say that files changed.
 */
export function zoneShiftUs(differences: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const difference of differences) counts.set(difference, (counts.get(difference) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (!most) return undefined;
  const [shift] = most;
  return shift % quarterHourUs === 0 && Math.abs(shift) <= mostUs ? shift : undefined;
}

/** FAT keeps even seconds. */
const toleranceUs = 2_000_000;

/** Whether two times may be of one file that was copied: the same, but for a zone and what FAT rounds off. */
export function couldBeSameTime(aUs: number, bUs: number): boolean {
  const difference = Math.abs(aUs - bUs);
  const beyond = difference % quarterHourUs;
  const isWhole = beyond <= toleranceUs || quarterHourUs - beyond <= toleranceUs;
  return isWhole && difference <= mostUs + toleranceUs;
}
