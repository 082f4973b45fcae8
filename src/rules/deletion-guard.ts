/** Whether missing files may be recorded as removed, or a drive is only unplugged. */
import type { ProblemCode } from '../base/errors.js';

export interface Removals {
  /** Files of the source that were present before this scan. */
  readonly known: number;
  /** How many of them the scan did not find, those that only moved not counted. */
  readonly gone: number;
  readonly rootExists: boolean;
  /** The root lies on the volume that the source was last seen on. */
  readonly volumeMatches: boolean;
  /** Files of the source that the same scan did find. */
  readonly otherFilesSeen: number;
  /** Whether the person agreed, or to how many removals: more than that is asked again. */
  readonly confirmed: boolean | number;
}

/** `retire`: record them. `wait`: the source is not itself; look again. `ask`: put it to the person first. */
export interface GuardDecision {
  readonly decision: 'retire' | 'wait' | 'ask';
  readonly code?: ProblemCode;
  /** For the log. */
  readonly reason: string;
}

/** A source may lose this many files, and one in so many, without anybody being asked. */
const alwaysAllowed = 50;
const allowedPart = 10;

/**
 * Decides for all missing files of one scan together.
 *
 * A source in which nothing is left always waits, however small it was and whatever the person agreed to: an
 * empty folder looks the same whether its owner emptied it or its disk is gone, and keeping on remembering
 * costs nothing. Its versions stay, `status` names it, and the first file put into it (or removing the
 * source) settles the matter.
 */
export function guardRemovals(removals: Removals): GuardDecision {
  const { known, gone, confirmed } = removals;
  if (!removals.rootExists)
    return { decision: 'wait', code: 'source-missing', reason: 'its folder is not there' };
  if (!removals.volumeMatches) {
    return {
      decision: 'wait',
      code: 'source-other-volume',
      reason: 'another volume is mounted at its folder',
    };
  }
  if (gone === 0) return { decision: 'retire', reason: 'nothing is missing' };
  if (removals.otherFilesSeen === 0) {
    return { decision: 'wait', code: 'source-empty', reason: 'none of its files was seen' };
  }
  const agreed = typeof confirmed === 'number' ? gone <= confirmed : confirmed;
  if (gone > alwaysAllowed && gone * allowedPart > known && !agreed) {
    return { decision: 'ask', code: 'many-removed', reason: `${gone} of ${known} files are missing` };
  }
  return { decision: 'retire', reason: `${gone} of ${known} files were removed` };
}
