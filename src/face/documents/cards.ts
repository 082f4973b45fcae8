/** The documents about cards: ingest and cards. */
import * as v from 'valibot';
import { cardRules } from '../../rules/cards/card-rule.js';
import { safetyPolicies } from '../../rules/cards/verdict.js';
import { comparison } from './comparison.js';
import { common, countOf, moment, outcome, trouble } from './outcome.js';

const verdict = v.object({
  /** Whether the card may be formatted. */
  safe: v.boolean(),
  reasons: v.array(
    v.object({
      code: v.string(),
      /** How many files it is about; 0: the card as a whole. */
      files: countOf,
      example: v.exactOptional(v.string()),
      message: v.string(),
    }),
  ),
});
export type VerdictPart = v.InferOutput<typeof verdict>;

export const ingestDocument = v.object({
  ...common,
  dryRun: v.boolean(),
  job: v.string(),
  card: v.object({
    root: v.string(),
    name: v.string(),
    maker: v.exactOptional(v.string()),
    volume: v.exactOptional(v.string()),
    /** Why it is taken for a card: what was found, and how much it weighs. */
    signs: v.array(v.object({ sign: v.string(), weight: v.number() })),
  }),
  /** On the card. */
  files: countOf,
  bytes: countOf,
  copied: countOf,
  bytesCopied: countOf,
  /** Not copied, because every destination has the same content from an ingest before. */
  skipped: v.array(v.object({ path: v.string(), at: v.string() })),
  /** Not copied, because a computer left it. */
  left: v.array(v.object({ path: v.string(), why: v.picklist(['of-a-computer', 'thrown-away']) })),
  /** Of files that could not be read whole: what could be, saved apart. No copies, and in no receipt as such. */
  salvaged: v.array(
    v.object({
      /** On the card. */
      path: v.string(),
      /** In each destination that has it. */
      at: v.array(v.string()),
      bytes: countOf,
      missingBytes: countOf,
      /** Zeros stand there; `to` is the first byte after it. */
      missing: v.array(v.object({ from: countOf, to: countOf })),
    }),
  ),
  destinations: v.array(
    v.object({
      path: v.string(),
      outcome,
      copied: countOf,
      bytesCopied: countOf,
      /** The page of the receipt that was left there, where anything came. */
      receipt: v.exactOptional(v.string()),
      problem: v.exactOptional(trouble),
    }),
  ),
  /** Vaults that keep the source in which a destination lies, and got what came from the same reading. */
  vaults: v.array(
    v.object({ name: v.string(), kept: countOf, bytesCopied: countOf, problem: v.exactOptional(trouble) }),
  ),
  /** Only of a plan: where everything would go, below each destination. */
  planned: v.exactOptional(v.array(v.object({ path: v.string(), to: v.string(), bytes: countOf }))),
  /** When the card could be taken out, where that was before the others were fed. */
  cardReleasedAt: v.exactOptional(moment),
  verdict: v.exactOptional(verdict),
  /** Numbers that are missing between pictures of the card. */
  gaps: v.array(v.object({ from: v.string(), to: v.string(), missing: countOf })),
  /** Pictures and clips of no bytes. */
  empty: v.array(v.string()),
  /** Pictures that a template named after the time of their file. */
  undated: v.array(v.string()),
});
export type IngestDocument = v.InferOutput<typeof ingestDocument>;

const rule = v.picklist(cardRules);

export const cardsDocument = v.object({
  ...common,
  did: v.picklist(['list', 'deliver', 'set', 'compare']),
  /** None of them in a comparison. */
  cards: v.array(
    v.object({
      name: v.string(),
      maker: v.exactOptional(v.string()),
      volume: v.exactOptional(v.string()),
      firstSeenAt: moment,
      lastSeenAt: moment,
      files: countOf,
      bytes: countOf,
      jobs: v.array(v.string()),
      verdict,
    }),
  ),
  delivered: v.exactOptional(v.object({ job: v.string(), at: moment })),
  /** What is done by itself with cards that come. */
  settings: v.object({
    rule,
    destinations: v.array(v.object({ folder: v.string(), connected: v.boolean() })),
    template: v.exactOptional(v.string()),
    safeWhen: v.exactOptional(v.picklist(safetyPolicies)),
    exceptions: v.array(v.object({ name: v.string(), volume: v.exactOptional(v.string()), rule })),
  }),
  comparison: v.exactOptional(comparison),
});
export type CardsDocument = v.InferOutput<typeof cardsDocument>;
