/**
 * What all documents have in common, as scripts may rely on it. Schemas are for docs and tests; no verb loads
 * them.
 */
import * as v from 'valibot';

export const outcome = v.picklist(['good', 'incomplete', 'failed']);

/** A moment: RFC 3339, UTC. */
export const moment = v.pipe(v.string(), v.isoTimestamp());
export const countOf = v.pipe(v.number(), v.integer(), v.minValue(0));
export const b3 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const evidence = v.picklist(['written', 'proven']);

/** Something that was left, and why. */
export const left = v.object({ path: v.string(), code: v.string(), message: v.string() });

/** Something that is wrong with more than one file. `remedy` is what has to happen before it can work. */
export const trouble = v.object({
  code: v.string(),
  subject: v.string(),
  message: v.string(),
  remedy: v.picklist(['retry', 'wait-for-device', 'ask-user', 'stop']),
});

/** In every document. `problem` says why there is no answer. */
export const common = {
  outcome,
  incomplete: v.exactOptional(v.array(left)),
  problems: v.exactOptional(v.array(trouble)),
  problem: v.exactOptional(trouble),
};

/** What every verb may answer in place of its own document. */
export const failureDocument = v.object({ ...common, outcome: v.literal('failed'), problem: trouble });
export type FailureDocument = v.InferOutput<typeof failureDocument>;

export type Left = v.InferOutput<typeof left>;
export type Trouble = v.InferOutput<typeof trouble>;

/** What any document is to those who only pass it on. */
export type AnyDocument = v.InferOutput<typeof anyDocument>;
export const anyDocument = v.object(common);
