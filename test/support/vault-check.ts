/** A second opinion on a vault: what its ledgers say against what its folders hold, with `b3sum` and no code of ours. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { mustRun } from './commands.js';
import { listTree } from './trees.js';
import type { TreeEntry } from './trees.js';

interface Line {
  readonly n: number;
  readonly do: string;
  readonly kind?: string;
  readonly stored?: string;
  readonly from?: string;
  readonly aside?: string;
  readonly b3?: string;
  readonly target?: string;
  readonly link: string;
}

/** What a place under `Pictures/` or `Versions/` should hold: a hash, or `link` and where it points. */
type Expected = Map<string, string>;

async function linesOf(folder: string): Promise<Line[]> {
  const lines: Line[] = [];
  for (const segment of (await readdir(folder)).sort()) {
    const text = await readFile(path.join(folder, segment), 'utf8');
    lines.push(...text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line])));
  }
  return lines;
}

function apply(expected: Expected, line: Line): void {
  const { stored, from, aside } = line;
  const shift = (place: string | undefined, to: string | undefined): void => {
    const held = place === undefined ? undefined : expected.get(place);
    if (place === undefined || held === undefined) return;
    expected.delete(place);
    if (to !== undefined) expected.set(to, held);
  };
  if (line.do === 'prune') shift(stored, undefined);
  if (line.kind === 'folder') return;
  if (line.do === 'retire') shift(stored, aside);
  if (line.do === 'move') {
    shift(stored, aside);
    shift(from, stored);
  }
  if (line.do === 'keep' && from !== undefined && stored !== undefined) {
    shift(stored, aside);
    expected.set(stored, line.kind === 'link' ? `link ${targetText(line.target ?? '')}` : (line.b3 ?? ''));
  }
}

/** The bytes of a target as latin1 text; one that is not UTF-8 is percent-escaped behind `//`. */
function targetText(target: string): string {
  if (!target.startsWith('//')) return Buffer.from(target).toString('latin1');
  return target
    .slice(2)
    .replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

async function hashesOf(root: string, places: readonly string[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const atOnce = 500;
  for (let at = 0; at < places.length; at += atOnce) {
    const some = places.slice(at, at + atOnce);
    const said = await mustRun('b3sum', ['--no-names', '--', ...some.map((place) => path.join(root, place))]);
    const lines = said.trim().split('\n');
    some.forEach((place, index) => hashes.set(place, lines[index] ?? ''));
  }
  return hashes;
}

async function placesBelow(root: string, top: string): Promise<Map<string, TreeEntry>> {
  const tree = await listTree(path.join(root, top));
  const files = [...tree.values()].filter((entry) => entry.kind !== 'folder');
  return new Map(files.map((entry) => [`${top}/${entry.name.toString('utf8')}`, entry]));
}

/**
 * Compares a vault that nobody writes to at the moment with its ledgers. Returns one sentence for each thing that is
 * wrong: numbers with gaps, files that no ledger knows, that are missing or hold something else, and anything left
 * in `Incoming/`. Needs `b3sum`.
 */
export async function vaultFaults(root: string): Promise<string[]> {
  const faults: string[] = [];
  const expected: Expected = new Map();
  const writers = await readdir(path.join(root, 'Ledger'));
  if (writers.length === 0) faults.push('there is no ledger');
  for (const writer of writers) {
    const lines = await linesOf(path.join(root, 'Ledger', writer));
    lines.forEach((line, index) => {
      if (line.n !== index + 1) faults.push(`line ${index + 1} of ${writer} has the number ${line.n}`);
      apply(expected, line);
    });
  }
  const found = new Map([...(await placesBelow(root, 'Pictures')), ...(await placesBelow(root, 'Versions'))]);
  const files = [...found].filter(([, entry]) => entry.kind === 'file').map(([place]) => place);
  const hashes = await hashesOf(root, files);
  for (const [place, entry] of found) {
    const holds =
      entry.kind === 'link' ? `link ${entry.target?.toString('latin1') ?? ''}` : hashes.get(place);
    const should = expected.get(place);
    if (should === undefined) faults.push(`no ledger knows ${place}`);
    else if (should !== holds) faults.push(`${place} holds ${String(holds)}, not ${should}`);
  }
  for (const place of expected.keys()) if (!found.has(place)) faults.push(`${place} is missing`);
  for (const place of (await listTree(path.join(root, 'Incoming'))).values()) {
    if (place.kind !== 'folder') faults.push(`left in Incoming: ${place.name.toString()}`);
  }
  return faults;
}

/** The hash of every file under `Versions/`, by its place there. */
export async function asideHashes(root: string): Promise<Map<string, string>> {
  const places = [...(await placesBelow(root, 'Versions'))].filter(([, entry]) => entry.kind === 'file');
  return await hashesOf(
    root,
    places.map(([place]) => place),
  );
}
