/** How often to look whether volumes came or went: now and then, and often after a hint. */

/** A volume that comes or goes is noticed within this. */
export const usualLookMs = 500;

/** After a hint: soon enough that nobody waits for us. */
export const hurriedLookMs = 100;

/** The disk of a new reader comes up to four seconds after its plug; spinning ones take longer to mount. */
export const hurryLastsMs = 10_000;

/** How long until the next look. A hint that lies in the future, as after a clock was set, is none. */
export function nextLookInMs(nowMs: number, hintedAtMs: number | undefined): number {
  if (hintedAtMs === undefined) return usualLookMs;
  const agoMs = nowMs - hintedAtMs;
  return agoMs >= 0 && agoMs < hurryLastsMs ? hurriedLookMs : usualLookMs;
}
