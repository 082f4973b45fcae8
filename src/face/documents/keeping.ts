/** The documents of the verbs that keep, look after and thin: backup, verify, retain. */
import * as v from 'valibot';
import { common, countOf, outcome, trouble } from './common.js';

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
      /** Copies that there was no time for, or that were proven lately enough. */
      left: countOf,
      problems: v.array(trouble),
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
  versions: v.array(
    v.object({ vault: v.string(), stored: v.string(), bytes: countOf, reasons: v.array(v.string()) }),
  ),
});
export type RetainDocument = v.InferOutput<typeof retainDocument>;
