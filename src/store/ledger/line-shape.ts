/**
 * What a line must look like to be understood. Fields we do not know are let pass: a later Glassine may add
 * some.
 */
import * as v from 'valibot';
import { fromRfc3339 } from '../../base/time.js';
import type { LedgerLine } from './lines.js';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();
const hash = v.pipe(text, v.regex(/^[0-9a-f]{64}$/));
const moment = v.pipe(
  text,
  v.check((value) => isMoment(value)),
);
const yes = v.optional(v.literal(true));

/** A ledger may come from anywhere: no path in it leads out of the vault. */
const place = v.pipe(
  text,
  v.check((value) => isPlace(value)),
);
const folderName = v.pipe(
  text,
  v.check((value) => isPlace(`Pictures/${value}`) && !value.includes('/')),
);

const inVault = /^(?:Pictures|Versions|Incoming)(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/;

/** Whether a text is a path relative to a vault's root, below one of its folders, without detours. */
export function isPlace(value: string): boolean {
  if (process.platform === 'win32' && value.includes('\\')) return false;
  return inVault.test(value) && !value.includes('\0');
}

/** Lines of one batch have one moment. */
let lastMoment = '';

function isMoment(value: string): boolean {
  if (value === lastMoment) return true;
  if (fromRfc3339(value) === undefined) return false;
  lastMoment = value;
  return true;
}

const common = { n: v.pipe(count, v.minValue(1)), at: moment, do: text };
const ofPath = { ...common, source: text, path: text, raw: yes };
const time = v.pipe(v.number(), v.safeInteger());
const evidence = v.picklist(['written', 'proven']);

const anyLine = v.looseObject(common);

const shapes: Record<LedgerLine['do'], v.GenericSchema> = {
  source: v.looseObject({
    ...{ ...common, source: text, name: text, computer: text, root: text, volume: v.optional(text) },
    folder: folderName,
    after: v.optional(v.looseObject({ writer: text, n: count })),
  }),
  keep: v.looseObject({
    ...{ ...ofPath, kind: v.optional(v.picklist(['link', 'folder'])), target: v.optional(text) },
    ...{ bytes: count, modified: time, mode: v.optional(count), xattrs: v.optional(v.record(text, text)) },
    ...{ b3: v.optional(hash), stored: v.optional(place), from: v.optional(place), aside: v.optional(place) },
    evidence: v.optional(evidence),
  }),
  retire: v.looseObject({
    ...{
      ...ofPath,
      kind: v.optional(v.literal('folder')),
      stored: v.optional(place),
      aside: v.optional(place),
    },
  }),
  move: v.looseObject({
    ...{
      ...ofPath,
      was: text,
      wasRaw: yes,
      modified: time,
      stored: place,
      from: place,
      aside: v.optional(place),
    },
  }),
  scrub: v.looseObject({
    ...{ ...common, first: text, last: text, files: count, bytes: count, evidence, bad: v.array(text) },
  }),
  damaged: v.looseObject({
    ...{ ...common, stored: place, b3: hash, found: v.union([hash, v.picklist(['missing', 'unreadable'])]) },
  }),
  healed: v.looseObject({ ...common, stored: place, b3: hash, with: text }),
  prune: v.looseObject({ ...common, stored: place, b3: v.optional(hash), reasons: v.array(text) }),
  // Nothing is computed from it: in whatever form it is, what comes after it is understood.
  ingest: anyLine,
  settled: v.looseObject({ ...common, upTo: count }),
};

/**
 * What keeps a line from being understood, in words for a log; `undefined`: nothing. Unknown kinds are
 * understood.
 */
export function lineFault(value: Record<string, unknown>): string | undefined {
  const kind = value['do'];
  const known = typeof kind === 'string' && Object.hasOwn(shapes, kind);
  const result = v.safeParse(known ? shapes[kind as LedgerLine['do']] : anyLine, value, { abortEarly: true });
  if (result.success) return undefined;
  const issue = result.issues[0];
  return `${v.getDotPath(issue) ?? 'the line'}: ${issue.message}`;
}
