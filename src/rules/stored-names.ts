/** Names in a vault: what a file is called where its own name cannot be, and where old ones go. */
import { isEscaped, pathBytes, pathFromBytes, splitPath } from '../base/paths.js';
import type { SourcePath } from '../base/paths.js';
import { fromStamp, toStamp } from '../base/time.js';

/** What a volume's names can be; the part of a vault's `NameRules` that decides about names. */
export interface VolumeNames {
  readonly caseSensitive: boolean;
  /** True when names that differ only in Unicode normal form are one name. */
  readonly normalizing: boolean;
  /** Characters it refuses, beyond NUL and `/`. One that refuses `?` refuses control characters too. */
  readonly refusedCharacters: string;
  /** The highest code point it can hold, where not all: 0x7f on drivers that know only ASCII. */
  readonly highestCharacter?: number;
  /** Whether a trailing dot or space is kept. */
  readonly trailingDots: boolean;
  /** Whether reserved Windows names (CON, NUL, ...) can be used. */
  readonly reservedNames: boolean;
  readonly longestName: { readonly length: number; readonly unit: 'bytes' | 'utf16' };
}

/** What every volume can hold: for names that have to be the same in all vaults. */
export const portableNames: VolumeNames = {
  caseSensitive: false,
  normalizing: true,
  refusedCharacters: '"*/:<>?\\|',
  trailingDots: false,
  reservedNames: false,
  longestName: { length: 200, unit: 'bytes' },
};

const devices = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:[.:]|$)/iu;
/** " (2026-11-21 18.26.03Z) 999": what `asideName` may add to a shortened name. */
const roomForStamp = 27;
/** Longer stored paths leave no room for a vault's own root within the 4,096 bytes that systems allow. */
const longestPathBytes = 3500;
const longFolder = '~long';

/**
 * The name under which a volume holds `name` (one name, not a path). As it is wherever the volume can hold
 * it. Else readable and reversible ({@link trueName}): what it cannot hold is percent-escaped byte by byte,
 * and so is every `%` of such a name; bytes that are not UTF-8 always are, since ledgers and other systems
 * could not name them. A name that is too long is cut before its extension and carries a hash of its true
 * bytes: "A long na (~3f9a1c02).jpg". Two names may come out alike where one of them already looks escaped:
 * see {@link collisionName}.
 */
export function storedName(name: SourcePath, rules: VolumeNames): string {
  const raw = isEscaped(name);
  return fitted(escapeText(raw ? name.slice(1) : name, raw, rules), () => pathBytes(name), rules);
}

/**
 * The name that an escaped stored name stands for; right unless it was shortened, or truly contains percent
 * signs.
 */
export function trueName(stored: string): SourcePath {
  const bytes: Buffer[] = [];
  for (const part of stored.split(/(%[0-9A-F]{2})/)) {
    bytes.push(/^%[0-9A-F]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part));
  }
  return pathFromBytes(Buffer.concat(bytes));
}

/**
 * Where a source's files are in a vault: `sourceFolder` is its own folder there, from {@link sourceFolder}.
 */
export interface SourcePlace {
  readonly prefix: 'Pictures' | 'Versions';
  readonly sourceFolder: string;
}

/**
 * Where a file of a source lies in a vault, relative to its root: `prefix`, the source's own folder there,
 * and the path in stored names. A path that gets too long is flattened, see {@link flatPath}.
 */
export function storedPath(place: SourcePlace, path: SourcePath, rules: VolumeNames): string {
  const names = namesOf(path).map((name) => storedName(name, rules));
  // The folder for flattened paths is ours.
  if (names[0] !== undefined && foldKey(names[0]) === longFolder) names[0] = `%7E${names[0].slice(1)}`;
  const stored = [place.prefix, place.sourceFolder, ...names].join('/');
  return Buffer.byteLength(stored) <= longestPathBytes ? stored : flatPath(place, path, rules);
}

/**
 * `<prefix>/<source>/~long/<hash of the folder>/<name>`: for paths that are too long, and for those one of
 * whose folders cannot be made because a file has its name there.
 */
export function flatPath(place: SourcePlace, path: SourcePath, rules: VolumeNames): string {
  const { folder, name } = splitPath(path);
  const names = [longFolder, shortHash(pathBytes(folder)), storedName(name, rules)];
  return [place.prefix, place.sourceFolder, ...names].join('/');
}

/**
 * `path` (a stored path, or just a name) with a hash before its extension, "IMG_0001 (~3f9a1c).jpg": for a
 * file whose stored path is already another's, because the volume does not tell case or normal form apart or
 * one name looks like the other's escape. `hash` gives at least eight hexadecimal digits; one that mixes in a
 * number gives further names.
 */
export function collisionName(path: string, rules: VolumeNames, hash: (bytes: Uint8Array) => string): string {
  const { folder, name } = splitPath(path);
  const mark = ` (~${hash(Buffer.from(path)).slice(0, 6)})`;
  return joinStored(folder, insertMark(name, mark, rules));
}

export interface AsideOptions {
  /** 2, 3, ... when the name before exists: "IMG_0001 (2026-11-21 18.26.03Z) 2.xmp". Default 1. */
  readonly attempt?: number;
  /** Default: names of 255 bytes, which all volumes of today have. */
  readonly rules?: Lengths;
}

/**
 * Where the version that lay at `pathInPictures` goes when it is replaced: the same folder under `Versions/`,
 * with the moment it was kept in its name: "IMG_0001 (2026-11-21 18.26.03Z).xmp". A name that would get
 * longer than the volume's longest loses the end of its stem. Given a name alone it returns one.
 */
export function asideName(pathInPictures: string, keptAtMs: number, options: AsideOptions = {}): string {
  const { attempt = 1, rules = { longestName: { length: 255, unit: 'bytes' }, normalizing: false } } =
    options;
  const { folder, name } = splitPath(pathInPictures);
  const mark = ` (${toStamp(keptAtMs)})${attempt > 1 ? ` ${attempt}` : ''}`;
  return joinStored(folder.replace(/^Pictures(?=\/|$)/, 'Versions'), insertMark(name, mark, rules));
}

/** The name and the moment in a name that {@link asideName} made; `undefined` for any other name. */
export function parseAside(name: string): { name: string; keptAt: number } | undefined {
  const match = /^(?:(.+) )?\(([-0-9]{10} [.0-9]{8}Z)\)(?: [1-9][0-9]*)?(\.[^.\s()]{1,15})?$/su.exec(name);
  const keptAt = fromStamp(match?.[2] ?? '');
  return match && keptAt !== undefined ? { name: `${match[1] ?? ''}${match[3] ?? ''}`, keptAt } : undefined;
}

/**
 * What two names have in common when a volume takes them for one: compare keys to find collisions. Without
 * `rules` for any volume, folding normal form and case as generously as any does; a difference it misses
 * shows as `EEXIST`.
 */
export function foldKey(
  name: string,
  rules: Pick<VolumeNames, 'caseSensitive' | 'normalizing'> = { caseSensitive: false, normalizing: true },
): string {
  const normal = rules.normalizing ? name.normalize('NFC') : name;
  if (rules.caseSensitive) return normal;
  // Each case joins what the other keeps apart: ß and SS, the two sigmas, dotless i, the Kelvin sign.
  const folded = normal.toLowerCase().toUpperCase().toLowerCase();
  return rules.normalizing ? folded.normalize('NFC') : folded;
}

/**
 * The folder of a source in a vault: its name, "Name (computer)" when another source has that, then "Name
 * (computer) 2". `taken` holds the folders of the other sources; case and normal form do not tell folders
 * apart.
 */
export function sourceFolder(name: string, computer: string, taken: ReadonlySet<string>): string {
  const keys = new Set([...taken].map((folder) => foldKey(folder)));
  const own = name.trim() || 'Source';
  for (let attempt = 0; ; attempt++) {
    const suffix = attempt === 0 ? '' : ` (${computer})${attempt > 1 ? ` ${attempt}` : ''}`;
    const text = escapeText(`${own}${suffix}`, false, portableNames);
    const folder = fitted(text, () => Buffer.from(text), portableNames);
    if (!keys.has(foldKey(folder))) return folder;
  }
}

/**
 * 16 hexadecimal digits of FNV-1a with a final mix. It only has to keep shortened names apart, which every
 * vault checks all the same; content is never judged by it.
 */
export function shortHash(bytes: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  for (const factor of [0xff51afd7ed558ccdn, 0xc4ceb9fe1a85ec53n]) {
    hash = BigInt.asUintN(64, (hash ^ (hash >> 33n)) * factor);
  }
  return (hash ^ (hash >> 33n)).toString(16).padStart(16, '0');
}

/** `raw`: bytes that are not UTF-8, and `%`, are escaped already. */
/** What every volume takes as it is, but for the names of devices. */
const plainName = /^[A-Za-z0-9_](?:[A-Za-z0-9_ .-]*[A-Za-z0-9_-])?$/;

function escapeText(text: string, raw: boolean, rules: VolumeNames): string {
  const device = !rules.reservedNames && devices.test(text);
  if (!device && plainName.test(text) && !/[A-Za-z0-9_ .-]/.test(rules.refusedCharacters)) return text;
  const characters = Array.from(text);
  const last = characters.length - 1;
  // A name of dots alone would climb out of its folder.
  const dots = text === '.' || text === '..';
  const refused = characters.map(
    (character, at) =>
      isRefused(character, rules) ||
      (at === 0 && device) ||
      (at === last && (dots || (!rules.trailingDots && /[. ]/.test(character)))),
  );
  if (!refused.includes(true)) return text;
  return characters
    .map((character, at) => (refused[at] || (character === '%' && !raw) ? percent(character) : character))
    .join('');
}

function isRefused(character: string, rules: VolumeNames): boolean {
  if (character === '/' || character === '\0' || rules.refusedCharacters.includes(character)) return true;
  if ((character.codePointAt(0) ?? 0) > (rules.highestCharacter ?? 0x10ffff)) return true;
  return character < ' ' && rules.refusedCharacters.includes('?');
}

function percent(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&');
}

/** `text` where the volume's longest name allows, else cut, with a hash of what `bytes` gives. */
function fitted(text: string, bytes: () => Uint8Array, rules: VolumeNames): string {
  const { length } = rules.longestName;
  if (lengthOf(text, rules) <= length) return text;
  const mark = ` (~${shortHash(bytes()).slice(0, 8)})`;
  return insertMark(text, mark, {
    ...rules,
    longestName: { ...rules.longestName, length: length - roomForStamp },
  });
}

type Lengths = Pick<VolumeNames, 'longestName' | 'normalizing'>;

/** As the volume counts; a normalising one may store the longer form. */
function lengthOf(text: string, { longestName, normalizing }: Lengths): number {
  const count = (form: string): number =>
    longestName.unit === 'bytes' ? Buffer.byteLength(form) : form.length;
  return normalizing ? Math.max(count(text), count(text.normalize('NFD'))) : count(text);
}

/** `mark` between the stem of a name and its extension, the stem cut until all of it fits. */
function insertMark(name: string, mark: string, lengths: Lengths): string {
  const { stem, extension } = splitExtension(name);
  const characters = Array.from(stem);
  let marked = `${stem}${mark}${extension}`;
  while (characters.length > 0 && lengthOf(marked, lengths) > lengths.longestName.length) {
    characters.pop();
    // An escape is cut as a whole.
    const rest = characters.join('').replace(/%[0-9A-F]?$/, '');
    marked = `${rest}${rest === '' ? mark.trimStart() : mark}${extension}`;
  }
  return marked;
}

/** What tells programs what a file is, if anything does: ".jpg" of "IMG_0001.jpg", nothing of ".hidden". */
function splitExtension(name: string): { stem: string; extension: string } {
  const extension = /(?<=.)\.[^.\s()]{1,15}$/su.exec(name)?.[0] ?? '';
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** The names along a path, each canonical on its own. */
function namesOf(path: SourcePath): SourcePath[] {
  if (path === '') return [];
  if (!isEscaped(path)) return path.split('/');
  const names: SourcePath[] = [];
  for (let rest = path; rest !== '';) {
    const { folder, name } = splitPath(rest);
    names.unshift(name);
    rest = folder;
  }
  return names;
}

function joinStored(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
