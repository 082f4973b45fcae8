/** The part of a document that compares two cards. */
import * as v from 'valibot';
import { countOf, moment } from './outcome.js';

const comparedCard = v.object({
  name: v.string(),
  maker: v.exactOptional(v.string()),
  volume: v.exactOptional(v.string()),
  /** Absent for one that is not here, and known from before. */
  root: v.exactOptional(v.string()),
  /** When it held what is compared. */
  seenAt: moment,
  files: countOf,
});

/** Pictures and clips are named without their endings, in capitals. */
export const comparison = v.object({
  first: comparedCard,
  second: comparedCard,
  /** On both and the same: so many by their content, the others by name, size and time. */
  same: countOf,
  sameByContent: countOf,
  /** RAW on one and JPEG on the other, for instance. */
  inOtherForms: v.array(v.string()),
  /** Called alike, and not the same. */
  different: v.array(v.string()),
  onlyOnFirst: v.array(v.string()),
  onlyOnSecond: v.array(v.string()),
  /** Numbers that are on neither. */
  gaps: v.array(v.object({ from: v.string(), to: v.string(), missing: countOf })),
});
export type ComparisonPart = v.InferOutput<typeof comparison>;
