/**
 * A ledger's lines as bytes: one exact encoding, and the chain that ties each line to all lines before it.
 */
import assert from 'node:assert';
import { toRfc3339 } from '../../base/time.js';
import type { Native } from '../../platform/native.js';
import { lineFault } from './line-shape.js';
import type { LedgerLine, LedgerPosition, NewLine } from './lines.js';

/** BLAKE3 of bytes: 64 hex digits. */
export type HashBytes = Native['hash'];

/** Before the first line of a ledger. */
export const startOfLedger: LedgerPosition = { n: 0, link: '' };

type LineOf<D extends LedgerLine['do']> = Extract<LedgerLine, { do: D }>;
type KeysOf<D extends LedgerLine['do']> = Readonly<Record<Exclude<keyof LineOf<D>, 'link'>, true>>;

const ofPath = { n: true, at: true, do: true, source: true, path: true, raw: true } as const;
const ofLine = { n: true, at: true, do: true } as const;

/** The order of keys on disk; the compiler sees to it that none is missing. */
const keysOf: { readonly [D in LedgerLine['do']]: KeysOf<D> } = {
  source: {
    ...{ ...ofLine, source: true, name: true, computer: true },
    ...{ root: true, volume: true, folder: true, after: true },
  },
  keep: {
    ...{ ...ofPath, kind: true, target: true, bytes: true, modified: true, mode: true, xattrs: true },
    ...{ b3: true, stored: true, from: true, aside: true, evidence: true },
  },
  retire: { ...ofPath, kind: true, stored: true, aside: true },
  move: { ...ofPath, was: true, wasRaw: true, modified: true, stored: true, from: true, aside: true },
  scrub: { ...ofLine, first: true, last: true, files: true, bytes: true, evidence: true, bad: true },
  damaged: { ...ofLine, stored: true, b3: true, found: true },
  healed: { ...ofLine, stored: true, b3: true, with: true },
  prune: { ...ofLine, stored: true, b3: true, reasons: true },
  ingest: { ...ofLine, job: true, card: true, files: true, bytes: true, destinations: true },
  settled: { ...ofLine, upTo: true },
};

/** The same as lists, without the two that no caller gives. */
const orderOf = Object.fromEntries(
  Object.entries(keysOf).map(([kind, keys]) => [kind, Object.keys(keys).slice(2)]),
) as unknown as Readonly<Record<LedgerLine['do'], readonly string[]>>;

const ending = /^,"link":"([0-9a-f]{32})"\}$/;
const linkDigits = 32;
/** Bytes from the comma before `"link"` to the closing brace. */
const endingBytes = 43;

/**
 * The chain value of a line: 32 hex digits. `body`: its bytes up to, not including, the comma before
 * `"link"`.
 */
export function linkOf(previous: string, body: Uint8Array, hash: HashBytes): string {
  const bytes = Buffer.allocUnsafe(previous.length / 2 + body.length);
  bytes.set(body, bytes.write(previous, 'hex'));
  return hash(bytes).slice(0, linkDigits);
}

/** A line's exact bytes, newline included, and the line as a reader will find it. */
export interface EncodedLine {
  readonly bytes: Buffer;
  readonly line: LedgerLine & { readonly link: string };
}

/**
 * Encodes `line` as the one after `previous`, at `atMs`. The same line at the same place gives the same
 * bytes.
 */
export function encodeLine(
  line: NewLine,
  place: { readonly previous: LedgerPosition; readonly atMs: number },
  hash: HashBytes,
): EncodedLine {
  const values = line as unknown as Readonly<Record<string, unknown>>;
  const ordered: Record<string, unknown> = { n: place.previous.n + 1, at: toRfc3339(place.atMs) };
  for (const key of orderOf[line.do]) {
    const value = values[key];
    if (value !== undefined) ordered[key] = key === 'xattrs' ? sorted(value) : value;
  }
  const unknown = Object.keys(values).find((key) => !(key in keysOf[line.do]));
  assert(unknown === undefined, `a ${line.do} line has no ${unknown}`);
  const fault = lineFault(ordered);
  assert(fault === undefined, `a ${line.do} line that no reader would take: ${fault}`);
  const body = JSON.stringify(ordered).slice(0, -1);
  const before = place.previous.link.length / 2;
  // In one piece: what the chain value is made of, and what follows from it.
  const bytes = Buffer.allocUnsafe(before + Buffer.byteLength(body) + endingBytes + 1);
  const end = bytes.write(body, bytes.write(place.previous.link, 'hex')) + before;
  const link = hash(bytes.subarray(0, end)).slice(0, linkDigits);
  bytes.write(`,"link":"${link}"}\n`, end);
  ordered['link'] = link;
  return { bytes: bytes.subarray(before), line: ordered as unknown as LedgerLine & { link: string } };
}

function sorted(record: unknown): unknown {
  return Object.fromEntries(
    Object.entries(record as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/**
 * What one line of a ledger turned out to be. `later`: sound, of a kind that this version does not know and
 * can do
 * without. `newer`: sound, of a kind we know in a form we do not. `damaged`: not what was written.
 */
export type ReadLine =
  | { readonly is: 'line'; readonly line: LedgerLine; readonly position: LedgerPosition }
  | { readonly is: 'later'; readonly at: string; readonly position: LedgerPosition }
  | { readonly is: 'newer' | 'damaged'; readonly why: string };

/** Reads the line after `previous`. `bytes`: without its newline. */
export function readLine(bytes: Buffer, previous: LedgerPosition, hash: HashBytes): ReadLine {
  const cut = bytes.length - endingBytes;
  const link = cut > 0 ? ending.exec(bytes.toString('latin1', cut))?.[1] : undefined;
  if (link === undefined) return { is: 'damaged', why: 'it does not end in a link' };
  if (linkOf(previous.link, bytes.subarray(0, cut), hash) !== link) {
    return { is: 'damaged', why: 'its link does not follow from the lines before it' };
  }
  const value = parseObject(bytes);
  if (value === undefined) return { is: 'newer', why: 'it is not a JSON object' };
  const position = { n: previous.n + 1, link };
  if (value['n'] !== position.n) return { is: 'damaged', why: `it is not number ${position.n}` };
  const fault = lineFault(value);
  if (fault !== undefined) return { is: 'newer', why: fault };
  if (!isKnown(value)) return { is: 'later', at: String(value['at']), position };
  return { is: 'line', line: value as unknown as LedgerLine, position };
}

/** A line that was verified before; `undefined` when it is of a kind we do not know. */
export function trustLine(bytes: Buffer): LedgerLine | undefined {
  const value = parseObject(bytes);
  return value && isKnown(value) ? (value as unknown as LedgerLine) : undefined;
}

function isKnown(value: Record<string, unknown>): boolean {
  return typeof value['do'] === 'string' && Object.hasOwn(keysOf, value['do']);
}

function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The number that the line at the beginning of `bytes` claims; `undefined` when none begins there. */
export function numberOf(bytes: Buffer): number | undefined {
  const n = /^\{"n":(\d{1,15}),/.exec(bytes.toString('latin1', 0, 24))?.[1];
  return n === undefined ? undefined : Number(n);
}

/** The number and the chain value a line claims; `undefined` when it is not formed like a line. */
export function claimOf(bytes: Buffer): LedgerPosition | undefined {
  const n = numberOf(bytes);
  const link = ending.exec(bytes.toString('latin1', Math.max(0, bytes.length - endingBytes)))?.[1];
  return n === undefined || link === undefined ? undefined : { n, link };
}
