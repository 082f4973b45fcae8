/** The documents of the verbs that keep, look after and thin: backup, verify, retain. */
import * as v from 'valibot';
import { common, countOf, moment, outcome, trouble } from './outcome.js';

export const backupDocument = v.object({
  ...common,
  dryRun: v.boolean(),
  kept: countOf,
  moved: countOf,
  retired: countOf,
  bytesRead: countOf,
  bytesCopied: countOf,
  vaults: v.array(
    v.object({
      name: v.string(),
      outcome,
      kept: countOf,
      bytesCopied: countOf,
      problem: v.exactOptional(trouble),
    }),
  ),
});
export type BackupDocument = v.InferOutput<typeof backupDocument>;

export const verifyDocument = v.object({
  ...common,
  checked: countOf,
  bytes: countOf,
  bad: v.array(v.object({ vault: v.string(), stored: v.string(), code: v.string(), message: v.string() })),
  vaults: v.array(
    v.object({
      name: v.string(),
      outcome,
      checked: countOf,
      bytes: countOf,
      bad: countOf,
      /** Copies that there was no time for, or that were proven lately enough. */
      left: countOf,
      /** `sound`, `not-checked`, or the code of what is wrong. */
      ledger: v.string(),
      problems: v.array(trouble),
      /** Files among the pictures that no ledger knows: left alone. */
      strangers: v.exactOptional(v.object({ files: countOf, names: v.array(v.string()) })),
    }),
  ),
});
export type VerifyDocument = v.InferOutput<typeof verifyDocument>;

export const retainDocument = v.object({
  ...common,
  rule: v.string(),
  dryRun: v.boolean(),
  removed: countOf,
  bytes: countOf,
  /** Old versions in the connected vaults that stay. */
  kept: countOf,
  versions: v.array(
    v.object({
      path: v.string(),
      keptAt: moment,
      vault: v.string(),
      stored: v.string(),
      bytes: countOf,
      reasons: v.array(v.string()),
    }),
  ),
});
export type RetainDocument = v.InferOutput<typeof retainDocument>;
