/** The documents of the verbs that set things: source, vault, pause, resume. */
import * as v from 'valibot';
import { media, vaultStates } from '../../base/settings.js';
import { common, countOf, moment } from './outcome.js';

const sourceEntry = v.object({ name: v.string(), id: v.string(), root: v.string(), connected: v.boolean() });

export const sourceDocument = v.object({
  ...common,
  did: v.picklist(['list', 'add', 'remove']),
  /** The name of the one that was added or removed. */
  name: v.exactOptional(v.string()),
  sources: v.array(sourceEntry),
});
export type SourceDocument = v.InferOutput<typeof sourceDocument>;

const vaultEntry = v.object({
  name: v.string(),
  id: v.string(),
  folder: v.string(),
  connected: v.boolean(),
  medium: v.exactOptional(v.picklist(media)),
  place: v.exactOptional(v.string()),
  offSite: v.exactOptional(v.boolean()),
  dueDays: v.exactOptional(countOf),
  /** The rotation it belongs to. */
  group: v.exactOptional(v.string()),
  state: v.picklist(vaultStates),
});

export const vaultDocument = v.object({
  ...common,
  did: v.picklist(['list', 'add', 'adopt', 'rebuild', 'remove', 'set', 'retire', 'activate']),
  name: v.exactOptional(v.string()),
  /** What an adopted or rebuilt vault holds, old versions among it. */
  found: v.exactOptional(
    v.object({
      sources: v.array(v.object({ name: v.string(), computer: v.string(), files: countOf, bytes: countOf })),
      files: countOf,
      bytes: countOf,
    }),
  ),
  /**
   * From what a rebuilt vault was read; ledgers that were replaced are kept under these names, in `Ledger/`.
   */
  rebuilt: v.exactOptional(
    v.object({ from: v.picklist(['ledgers', 'files']), setAside: v.array(v.string()) }),
  ),
  /** What a person should know about the new vault, as sentences. */
  notes: v.array(v.string()),
  vaults: v.array(vaultEntry),
});
export type VaultDocument = v.InferOutput<typeof vaultDocument>;

export const pauseDocument = v.object({
  ...common,
  paused: v.boolean(),
  /** Absent: until resumed. */
  until: v.exactOptional(moment),
});
export type PauseDocument = v.InferOutput<typeof pauseDocument>;
