/**
 * A second opinion on a vault: what its ledgers say against what its folders hold, by `b3sum` and a reading
 * of
 * docs/FORMAT.md of its own. Of the program only the hash is used, for the chain of the lines.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { native } from '../../src/platform/native.js';
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

/**
 * The lines of one writer, and one sentence for each whose number or link does not follow from the one
 * before.
 */
async function linesOf(folder: string): Promise<{ lines: Line[]; faults: string[] }> {
  const lines: Line[] = [];
  const faults: string[] = [];
  let before = Buffer.alloc(0);
  for (const segment of (await readdir(folder)).sort()) {
    const texts = (await readFile(path.join(folder, segment), 'utf8')).split('\n');
    if (texts.pop() !== '') faults.push(`${segment} does not end with a whole line`);
    for (const text of texts) {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      if (line.n !== lines.length) faults.push(`line ${lines.length} has the number ${line.n}`);
      const hashed = Buffer.concat([before, Buffer.from(text.slice(0, text.lastIndexOf(',"link"')))]);
      if (native.hash(hashed).slice(0, 32) !== line.link)
        faults.push(`line ${line.n} does not follow the one before`);
      before = Buffer.from(line.link, 'hex');
    }
  }
  return { lines, faults };
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
 * Compares a vault that nobody writes to at the moment with its ledgers. Returns one sentence for each thing
 * that is
 * wrong: a broken chain, files that no ledger knows, that are missing or hold something else, and anything
 * left
 * in `Incoming/`. Needs `b3sum`.
 */
export async function vaultFaults(root: string): Promise<string[]> {
  const faults: string[] = [];
  const expected: Expected = new Map();
  const writers = await readdir(path.join(root, 'Ledger'));
  if (writers.length === 0) faults.push('there is no ledger');
  for (const writer of writers) {
    const ledger = await linesOf(path.join(root, 'Ledger', writer));
    faults.push(...ledger.faults.map((fault) => `ledger of ${writer}: ${fault}`));
    for (const line of ledger.lines) apply(expected, line);
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
