/** The documents of the verbs that look things up and give them back: history, ls, find, restore. */
import * as v from 'valibot';
import { vaultStates } from '../../base/settings.js';
import { b3, common, countOf, evidence, moment } from './outcome.js';

const kind = v.picklist(['file', 'link', 'folder']);

/** A vault that holds something, and where it is; without a state it is known from the history alone. */
const holder = {
  name: v.string(),
  place: v.exactOptional(v.string()),
  state: v.exactOptional(v.picklist(vaultStates)),
};

export const historyDocument = v.object({
  ...common,
  /** `source/path/inside`. */
  path: v.string(),
  versions: v.array(
    v.object({
      kind,
      keptAt: moment,
      /** When it was replaced or removed; absent while it is current. */
      untilAt: v.exactOptional(moment),
      modifiedAt: moment,
      bytes: countOf,
      b3: v.exactOptional(b3),
      target: v.exactOptional(v.string()),
      current: v.boolean(),
      vaults: v.array(
        v.object({
          ...holder,
          evidence,
          provenAt: v.exactOptional(moment),
          damagedAt: v.exactOptional(moment),
          /** Relative to the folder of the vault. */
          stored: v.exactOptional(v.string()),
        }),
      ),
    }),
  ),
});
export type HistoryDocument = v.InferOutput<typeof historyDocument>;

export const lsDocument = v.object({
  ...common,
  /** `source/path/inside`; empty for the list of sources. */
  path: v.string(),
  at: v.exactOptional(moment),
  entries: v.array(
    v.object({
      name: v.string(),
      kind: v.picklist(['file', 'link', 'folder', 'source']),
      /** Of everything below, for folders and sources. */
      files: countOf,
      bytes: countOf,
      modifiedAt: v.exactOptional(moment),
      keptAt: v.exactOptional(moment),
      target: v.exactOptional(v.string()),
      computer: v.exactOptional(v.string()),
      /** Of a file or link: the vaults that hold it. */
      holders: v.exactOptional(v.array(v.object(holder))),
    }),
  ),
});
export type LsDocument = v.InferOutput<typeof lsDocument>;

export const findDocument = v.object({
  ...common,
  words: v.array(v.string()),
  matches: v.array(
    v.object({
      path: v.string(),
      bytes: countOf,
      modifiedAt: moment,
      keptAt: moment,
      current: v.boolean(),
      vaults: v.array(v.string()),
      /** The same vaults, with where they are. */
      holders: v.array(v.object(holder)),
    }),
  ),
  /** More was found than is told. */
  more: v.boolean(),
});
export type FindDocument = v.InferOutput<typeof findDocument>;

export const restoreDocument = v.object({
  ...common,
  restored: countOf,
  bytes: countOf,
  to: v.string(),
  at: v.exactOptional(moment),
  /** What could not have its own name in the target folder, and what it is called there. */
  renamed: v.array(v.object({ path: v.string(), name: v.string() })),
});
export type RestoreDocument = v.InferOutput<typeof restoreDocument>;
