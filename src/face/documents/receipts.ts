/** The document of the verb that looks at receipts, of this program and others. */
import * as v from 'valibot';
import { common, countOf, evidence } from './outcome.js';

export const receiptDocument = v.object({
  ...common,
  did: v.picklist(['verify', 'export']),
  folder: v.string(),
  receipts: v.array(
    v.object({
      kind: v.picklist(['asc-mhl', 'classic-mhl', 'b3sum']),
      /** Relative to the folder, like every path here. */
      path: v.string(),
      /** That it speaks of. */
      files: countOf,
      /** Of a history: its latest generation. */
      generation: v.exactOptional(countOf),
      createdAt: v.exactOptional(v.string()),
      tool: v.exactOptional(v.string()),
      /** Which order of bytes its XXH64 turned out to have: classic manifests are written in either. */
      order: v.exactOptional(v.picklist(['big-endian', 'little-endian', 'both'])),
    }),
  ),
  /** Files that were read and compared. */
  checked: countOf,
  bytes: countOf,
  evidence,
  bad: v.array(v.object({ path: v.string(), code: v.string(), message: v.string() })),
  /** Left out by the receipts on purpose: not checked. */
  ignored: v.array(v.string()),
  /** Manifests that no chain vouches for: not read. */
  unchained: v.array(v.string()),
  /** What was written, relative to the folder. */
  written: v.exactOptional(v.string()),
});
export type ReceiptDocument = v.InferOutput<typeof receiptDocument>;
