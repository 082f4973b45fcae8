/** The documents of the verbs that tell how things are: status, doctor, and the lines of run. */
import * as v from 'valibot';
import { media, vaultStates } from '../../base/settings.js';
import { common, countOf, moment } from './outcome.js';

export const statusDocument = v.object({
  ...common,
  state: v.picklist(['protected', 'working', 'attention', 'at risk', 'paused']),
  sentence: v.string(),
  sources: v.array(
    v.object({
      name: v.string(),
      root: v.string(),
      connected: v.boolean(),
      files: countOf,
      bytes: countOf,
      unprotectedFiles: countOf,
      oldestUnprotectedAt: v.exactOptional(moment),
    }),
  ),
  vaults: v.array(
    v.object({
      name: v.string(),
      id: v.string(),
      kind: v.literal('open'),
      place: v.exactOptional(v.string()),
      medium: v.exactOptional(v.picklist(media)),
      offSite: v.boolean(),
      /** The rotation it belongs to. */
      group: v.exactOptional(v.string()),
      /** A retired vault gets nothing new: what it lacks is told, and is nothing to do. */
      state: v.picklist(vaultStates),
      connected: v.boolean(),
      lastSeenAt: v.exactOptional(moment),
      behindFiles: countOf,
      behindBytes: countOf,
      /** When the oldest version that it lacks was first seen. */
      oldestBehindAt: v.exactOptional(moment),
      provenFiles: countOf,
      writtenFiles: countOf,
      damagedFiles: countOf,
      dueAt: v.exactOptional(moment),
      /** Of a vault that is away: when it was last looked at. */
      freeBytes: v.exactOptional(countOf),
      totalBytes: v.exactOptional(countOf),
      /** When it will be full at the present rate; absent where that cannot be known. */
      fullAt: v.exactOptional(moment),
    }),
  ),
  /** The 3-2-1-1-0 rule, counted for what is kept least. The working original is one of the copies. */
  coverage: v.object({
    copies: countOf,
    partialCopies: countOf,
    disconnectedCopies: countOf,
    offSiteCopies: countOf,
    media: v.array(v.string()),
    places: v.array(v.string()),
    /** What lies on one device and so counts once; of sources on it the vaults there are no copy. */
    sharedDevices: v.array(
      v.object({ vaults: v.array(v.string()), sources: v.array(v.string()), sentence: v.string() }),
    ),
    provenFiles: countOf,
    writtenFiles: countOf,
    damagedFiles: countOf,
  }),
  /** What somebody should do, most important first. */
  needs: v.array(v.object({ code: v.string(), sentence: v.string() })),
  /** Cards in their readers, as the running agent knows them. */
  cards: v.array(
    v.object({
      ...{ name: v.string(), mountPoint: v.string(), maker: v.exactOptional(v.string()) },
      /** It is copied by itself: now, or as soon as a pause ends. */
      doing: v.exactOptional(v.picklist(['ingest', 'wait'])),
      /** Since it was copied by itself: as things were at that moment. */
      verdict: v.exactOptional(v.object({ safe: v.boolean(), sentence: v.string(), at: moment })),
    }),
  ),
  agent: v.object({
    running: v.boolean(),
    doing: v.exactOptional(v.string()),
    lastPassAt: v.exactOptional(moment),
  }),
});
export type StatusDocument = v.InferOutput<typeof statusDocument>;

export const doctorDocument = v.object({
  ...common,
  checks: v.array(
    v.object({
      name: v.string(),
      result: v.picklist(['good', 'attention', 'bad', 'not-available', 'not-checked']),
      sentence: v.string(),
    }),
  ),
});
export type DoctorDocument = v.InferOutput<typeof doctorDocument>;

/** `run --json` prints one of these a line, and at the end one of the last kind. */
export const runLine = v.variant('kind', [
  v.object({ kind: v.literal('ready'), at: moment, sentence: v.string() }),
  v.object({ kind: v.literal('pass'), at: moment, kept: countOf, moved: countOf, retired: countOf }),
  v.object({ kind: v.literal('vault'), at: moment, name: v.string(), connected: v.boolean() }),
  /** A vault has everything now; what came into it since it was plugged in. */
  v.object({
    ...{ kind: v.literal('up-to-date'), at: moment, name: v.string() },
    ...{ files: countOf, bytes: countOf },
  }),
  /** A camera's card is in its reader. */
  v.object({
    ...{ kind: v.literal('card'), at: moment, name: v.string(), mountPoint: v.string() },
    maker: v.exactOptional(v.string()),
    /** `ask`: it waits for a person; `wait`: for the end of a pause. */
    doing: v.picklist(['ingest', 'ask', 'wait']),
  }),
  /** A card was copied by itself. */
  v.object({
    ...{ kind: v.literal('ingested'), at: moment, card: v.string(), mountPoint: v.string() },
    ...{ job: v.string(), ...common, copied: countOf, bytes: countOf, skipped: countOf },
    verdict: v.object({ safe: v.boolean(), sentence: v.string(), reasons: v.array(v.string()) }),
  }),
  v.object({
    kind: v.literal('problem'),
    at: moment,
    code: v.string(),
    subject: v.string(),
    message: v.string(),
  }),
  v.object({ kind: v.literal('end'), at: moment, ...common }),
]);
export type RunLine = v.InferOutput<typeof runLine>;
