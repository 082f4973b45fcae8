/** What names a volume can hold, found out by trying, in our own `Incoming/` folder. Nothing is assumed. */
import { lstat, readdir, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../base/errors.js';
import { isAbsent } from '../../platform/files.js';
import type { NameRules } from './types.js';

/** Every file a probe makes begins so: what a crash left behind is told by it. */
const probePrefix = 'probe-';

const printable = '"*:<>?\\|';
const control = Array.from({ length: 31 }, (_, index) => String.fromCharCode(index + 1)).join('') + '\x7f';
const mostLetters = 255;
const lastCharacter = 0x10ffff;

/** What every volume can hold: where nothing could be tried. */
export const cautiousRules: NameRules = {
  caseSensitive: false,
  normalizing: true,
  refusedCharacters: printable + control,
  trailingDots: false,
  reservedNames: false,
  longestName: { length: 255, unit: 'bytes' },
  links: false,
};

/** A folder in which names can be tried. */
class Trial {
  readonly #folder: string;
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether a file of exactly this name can be made. */
  async holds(name: string): Promise<boolean> {
    if (!(await this.make(name, (file) => writeFile(file, '', { flag: 'wx' })))) return false;
    // Some systems take a name and store another: without its trailing dots, say.
    return (await readdir(this.#folder)).includes(name);
  }

  async make(name: string, create: (file: string) => Promise<void>): Promise<boolean> {
    const file = path.join(this.#folder, name);
    try {
      await create(file);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return false;
    }
    this.#made.add(file);
    return true;
  }

  async finds(name: string): Promise<boolean> {
    try {
      await lstat(path.join(this.#folder, name));
      return true;
    } catch (error) {
      if (isAbsent(error) || isRefusal(error)) return false;
      throw error;
    }
  }

  async clear(): Promise<void> {
    for (const file of this.#made) await unlink(file);
    this.#made.clear();
  }
}

/** Whether an error says that the name cannot be, and not that the drive has a problem. */
function isRefusal(error: unknown): boolean {
  const refusals = [
    'EINVAL',
    'ENAMETOOLONG',
    'EILSEQ',
    'ENOENT',
    'EEXIST',
    'ENOTSUP',
    'EOPNOTSUPP',
    'ENOSYS',
    'EPERM',
  ];
  return refusals.includes(errnoOf(error) ?? '');
}

/**
 * Tries names in `folder`, which must exist and be ours. Throws errors of the machine; leaves nothing behind.
 */
export async function probeNames(folder: string): Promise<NameRules> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(probePrefix)) await unlink(path.join(folder, name));
  }
  const trial = new Trial(folder);
  try {
    await trial.holds(`${probePrefix}aA`);
    const caseSensitive = !(await trial.finds(`${probePrefix}Aa`));
    await trial.holds(`${probePrefix}\u00e9`);
    const normalizing = await trial.finds(`${probePrefix}e\u0301`);
    await trial.clear();
    const trailingDots =
      (await trial.holds(`${probePrefix}dot.`)) && (await trial.holds(`${probePrefix}space `));
    await trial.clear();
    const refusedCharacters = await refusedOf(trial);
    const highestCharacter = await highestOf(trial);
    const longestName = await longestOf(trial);
    const links = await trial.make(`${probePrefix}link`, (file) => symlink('nowhere', file));
    const reservedNames = process.platform !== 'win32';
    return {
      ...{ caseSensitive, normalizing, refusedCharacters, trailingDots, reservedNames, longestName, links },
      ...(highestCharacter < lastCharacter && { highestCharacter }),
    };
  } finally {
    await trial.clear();
  }
}

async function refusedOf(trial: Trial): Promise<string> {
  let refused = '';
  for (const characters of [printable, control]) {
    if (await trial.holds(`${probePrefix}${characters}x`)) continue;
    for (const character of characters) {
      if (!(await trial.holds(`${probePrefix}${character}x`))) refused += character;
    }
  }
  await trial.clear();
  return refused;
}

/** Letters that no normal form takes apart: the last of each range, so to speak. */
async function highestOf(trial: Trial): Promise<number> {
  let highest = 0x7f;
  for (const [letter, last] of [
    ['\u00df', 0xff],
    ['\u3042', 0xffff],
    ['\u{1f600}', lastCharacter],
  ] as const) {
    if (!(await trial.holds(`${probePrefix}${letter}`))) break;
    highest = last;
  }
  await trial.clear();
  return highest;
}

async function longestOf(trial: Trial): Promise<NameRules['longestName']> {
  const letters = (letter: string, length: number): string =>
    probePrefix + letter.repeat(length - probePrefix.length);
  // Three bytes each in UTF-8, one unit in UTF-16.
  if (await trial.holds(letters('\u3042', mostLetters))) return { length: mostLetters, unit: 'utf16' };
  let shortest = 2 * probePrefix.length;
  let tooLong = mostLetters + 1;
  while (tooLong - shortest > 1) {
    const length = shortest === 2 * probePrefix.length ? tooLong - 1 : Math.floor((shortest + tooLong) / 2);
    if (await trial.holds(letters('a', length))) shortest = length;
    else tooLong = length;
    await trial.clear();
  }
  return { length: shortest, unit: 'bytes' };
}
