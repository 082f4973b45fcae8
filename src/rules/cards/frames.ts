/** Frame numbers: what two cards of one camera share, and where numbers are missing. */
import type { ContentHash } from '../../base/types.js';
import { kindOfCardFile, stemOf } from './card-files.js';

/** A file of a card, and its content where that is known. */
export interface CardFrame {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash | undefined;
}

/** What two cards hold, by the names of pictures and clips without their endings, in capitals and sorted. */
export interface CardComparison {
  /** On both, and the same as far as is known. */
  readonly same: readonly string[];
  /** How many of these are known by their content; the others by name, size and time. */
  readonly sameByContent: number;
  /** On both in other forms: RAW on one card and JPEG of that name on the other. */
  readonly inOtherForms: readonly string[];
  /** The same name and ending on both, and not the same picture. */
  readonly different: readonly string[];
  readonly onlyOnFirst: readonly string[];
  readonly onlyOnSecond: readonly string[];
}

/**
 * Compares what two slots of a camera wrote. Folders do not count, as each card numbers its own; neither do
 * other things than pictures and clips.
 */
export function compareCards(first: readonly CardFrame[], second: readonly CardFrame[]): CardComparison {
  const a = shotsOf(first);
  const b = shotsOf(second);
  const names: Record<Relation['relation'], string[]> = {
    ...{ same: [], inOtherForms: [], different: [], onlyOnFirst: [], onlyOnSecond: [] },
  };
  let sameByContent = 0;
  for (const name of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const { relation, byContent } = compareShot(a.get(name), b.get(name));
    names[relation].push(name);
    if (relation === 'same' && byContent) sameByContent += 1;
  }
  return { ...names, sameByContent };
}

/** The files of one name on one card, by their endings: more than one of an ending after a new count. */
type Shot = ReadonlyMap<string, readonly CardFrame[]>;

interface Relation {
  readonly relation: Exclude<keyof CardComparison, 'sameByContent'>;
  readonly byContent: boolean;
}

function compareShot(a: Shot | undefined, b: Shot | undefined): Relation {
  const of = (relation: Relation['relation'], byContent = false): Relation => ({ relation, byContent });
  if (!a) return of('onlyOnSecond');
  if (!b) return of('onlyOnFirst');
  const endings = [...a.keys()].filter((ending) => b.has(ending));
  if (endings.length === 0) return of('inOtherForms');
  const pairs = endings.map((ending) => pair(a.get(ending) ?? [], b.get(ending) ?? []));
  const isLeft = (which: 'first' | 'second'): boolean => pairs.some((each) => each[which] > 0);
  if (isLeft('first')) return of(isLeft('second') ? 'different' : 'onlyOnFirst');
  if (isLeft('second')) return of('onlyOnSecond');
  return of(
    'same',
    pairs.every(({ byContent }) => byContent),
  );
}

/** Finds for each file of the first its like among the second; what is left over of either. */
function pair(
  first: readonly CardFrame[],
  second: readonly CardFrame[],
): { readonly first: number; readonly second: number; readonly byContent: boolean } {
  const open = [...second];
  let left = 0;
  let byContent = true;
  for (const frame of first) {
    const at = open.findIndex((other) => isLike(frame, other));
    if (at < 0) left += 1;
    else byContent = open.splice(at, 1)[0]?.b3 !== undefined && frame.b3 !== undefined && byContent;
  }
  return { first: left, second: open.length, byContent };
}

/** The camera writes one after the other, and FAT counts in steps of two seconds. */
const nearUs = 10 * 1_000_000;
const quarterHourUs = 15 * 60 * 1_000_000;

function isLike(a: CardFrame, b: CardFrame): boolean {
  if (a.bytes !== b.bytes) return false;
  if (a.b3 !== undefined && b.b3 !== undefined) return a.b3 === b.b3;
  // The card that was seen before may have been read in another zone.
  const apartUs = Math.abs(a.modifiedUs - b.modifiedUs) % quarterHourUs;
  return Math.min(apartUs, quarterHourUs - apartUs) <= nearUs;
}

function shotsOf(frames: readonly CardFrame[]): Map<string, Map<string, CardFrame[]>> {
  const shots = new Map<string, Map<string, CardFrame[]>>();
  for (const frame of frames) {
    const kind = kindOfCardFile(frame.path);
    if (kind !== 'picture' && kind !== 'video') continue;
    const name = frame.path.slice(frame.path.lastIndexOf('/') + 1);
    const stem = stemOf(name);
    const ending = name.slice(stem.length).toUpperCase();
    const shot = shots.get(stem.toUpperCase()) ?? new Map<string, CardFrame[]>();
    shots.set(stem.toUpperCase(), shot);
    const sames = shot.get(ending);
    if (sames) sames.push(frame);
    else shot.set(ending, [frame]);
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
    const counted = countedAs(path);
    if (!counted) continue;
    const folders = byPrefix.get(counted.count) ?? new Map<string, number[]>();
    byPrefix.set(counted.count, folders);
    const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    const numbers = folders.get(folder);
    if (numbers) numbers.push(counted.number);
    else folders.set(folder, [counted.number]);
  }
  return [...byPrefix].flatMap(([prefix, folders]) => gapsOf(prefix, folders));
}

/**
 * The gaps over two cards together: numbers that are on neither. Each may have folders of its own, so what
 * is missing beside its neighbours and lies elsewhere is not missing.
 */
export function gapsOverBoth(first: readonly string[], second: readonly string[]): NumberGap[] {
  const paths = [...first, ...second];
  const there = new Set<string>();
  for (const path of paths) {
    const counted = countedAs(path);
    if (counted) there.add(frame(counted.count, counted.number));
  }
  const gaps = new Map<string, NumberGap>();
  for (const { from, missing } of numberGaps(paths)) {
    const count = from.slice(0, -digits);
    const begin = Number(from.slice(-digits));
    let gap: NumberGap | undefined;
    for (let at = begin; at < begin + missing; at++) {
      const name = frame(count, at);
      gap = there.has(name)
        ? undefined
        : { from: gap?.from ?? name, to: name, missing: (gap?.missing ?? 0) + 1 };
      if (gap) gaps.set(gap.from, gap);
    }
  }
  return [...gaps.values()];
}

const digits = 4;

interface Counted {
  readonly count: string;
  readonly number: number;
}

/** A voice memo without its picture has a number, too. */
function countedAs(path: string): Counted | undefined {
  if (!['picture', 'video', 'part'].includes(kindOfCardFile(path))) return undefined;
  const name = stemOf(path.slice(path.lastIndexOf('/') + 1)).toUpperCase();
  const found = /^(.*?)(\d{4})$/.exec(name);
  if (!found) return undefined;
  const [, prefix = '', number = ''] = found;
  return { count: counts[prefix] ?? prefix, number: Number(number) };
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
  return `${prefix}${String(inCount).padStart(digits, '0')}`;
}
