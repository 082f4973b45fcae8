/** Frame numbers: what two cards of one camera share, and where numbers are missing. */
import type { ContentHash } from '../../base/types.js';
import { kindOfCardFile, stemOf } from './card-files.js';

/** A file of a card whose content is known. */
export interface CardFrame {
  readonly path: string;
  readonly b3: ContentHash;
}

export interface CardComparison {
  /** The same name with the same content on both. */
  readonly same: number;
  /** The same name on both, but not the same content: as with RAW on one card and JPEG of that name there. */
  readonly different: readonly string[];
  readonly onlyOnFirst: readonly string[];
  readonly onlyOnSecond: readonly string[];
}

/**
 * Compares what two slots of a camera wrote, by name without its ending: one slot often takes RAW and the
 * other JPEG. Other things than pictures and clips do not count.
 */
export function compareCards(first: readonly CardFrame[], second: readonly CardFrame[]): CardComparison {
  const a = shotsOf(first);
  const b = shotsOf(second);
  const different: string[] = [];
  let same = 0;
  for (const [stem, hashes] of a) {
    const others = b.get(stem);
    if (!others) continue;
    if ([...hashes].some((hash) => others.has(hash))) same += 1;
    else different.push(stem);
  }
  const without = (these: ReadonlyMap<string, unknown>, those: ReadonlyMap<string, unknown>): string[] =>
    [...these.keys()].filter((stem) => !those.has(stem)).sort();
  return { same, different: different.sort(), onlyOnFirst: without(a, b), onlyOnSecond: without(b, a) };
}

function shotsOf(frames: readonly CardFrame[]): Map<string, Set<ContentHash>> {
  const shots = new Map<string, Set<ContentHash>>();
  for (const { path, b3 } of frames) {
    const kind = kindOfCardFile(path);
    if (kind !== 'picture' && kind !== 'video') continue;
    // Folders are numbered on each card by itself.
    const name = stemOf(path.slice(path.lastIndexOf('/') + 1)).toUpperCase();
    const hashes = shots.get(name);
    if (hashes) hashes.add(b3);
    else shots.set(name, new Set([b3]));
  }
  return shots;
}

/** Numbers that follow each other in a camera's count and are not there. */
export interface NumberGap {
  /** The first and the last that is missing: IMG_0005, IMG_0007. */
  readonly from: string;
  readonly to: string;
  readonly missing: number;
}

/** Names of one count: an underscore says in which colours, another letter that it is a clip. */
const counts: Readonly<Record<string, string>> = { _MG_: 'IMG_', MVI_: 'IMG_', _DSC: 'DSC_', _DSF: 'DSCF' };

/** Longer stretches are a camera's count that was set to another place, and no gap. */
const longestGap = 500;
const highest = 9999;

/** The gaps in DCF's numbering, across folders and over the step from 9999 to 0001. */
export function numberGaps(paths: readonly string[]): NumberGap[] {
  const byPrefix = new Map<string, Map<string, number[]>>();
  for (const path of paths) {
    // A voice memo without its picture has a number, too.
    if (!['picture', 'video', 'part'].includes(kindOfCardFile(path))) continue;
    const cut = path.lastIndexOf('/');
    const found = /^(.*?)(\d{4})$/.exec(stemOf(path.slice(cut + 1)).toUpperCase());
    if (!found) continue;
    const [, prefix = '', number = ''] = found;
    const count = counts[prefix] ?? prefix;
    const folders = byPrefix.get(count) ?? new Map<string, number[]>();
    byPrefix.set(count, folders);
    const folder = path.slice(0, Math.max(cut, 0));
    const numbers = folders.get(folder);
    if (numbers) numbers.push(Number(number));
    else folders.set(folder, [Number(number)]);
  }
  return [...byPrefix].flatMap(([prefix, folders]) => gapsOf(prefix, folders));
}

/** In the order in which a camera took them: folder by folder. */
function gapsOf(prefix: string, folders: ReadonlyMap<string, readonly number[]>): NumberGap[] {
  const gaps: NumberGap[] = [];
  const inOrder = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  let last: number | undefined;
  for (const [, numbers] of inOrder) {
    for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
      if (last !== undefined) {
        const missing = ((number - last + highest) % highest) - 1;
        if (missing > 0 && missing <= longestGap)
          gaps.push({ from: frame(prefix, last + 1), to: frame(prefix, number - 1), missing });
      }
      last = number;
    }
  }
  return gaps;
}

function frame(prefix: string, number: number): string {
  const inCount = ((number - 1 + highest) % highest) + 1;
  return `${prefix}${String(inCount).padStart(4, '0')}`;
}
