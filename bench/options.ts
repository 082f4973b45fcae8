/** What can be asked on the command line, and the sizes that follow from it. */
import os from 'node:os';
import { parseArgs } from 'node:util';

/** How much is measured on. */
export interface Sizes {
  /** Bytes of the one file that is hashed. */
  readonly fileBytes: number;
  /** A shoot is this many RAW files, as many JPEGs, and twice as many sidecars. */
  readonly pictures: number;
  readonly libraryFiles: number;
  readonly libraryFolders: number;
  /** Files of the check that memory does not grow with a library. */
  readonly entries: number;
  /** Passes behind the history that is asked for. */
  readonly versions: number;
  /** Bytes of another program's file that has to stay in the page cache. */
  readonly residentBytes: number;
}

const fullSizes: Sizes = {
  fileBytes: 2 * 2 ** 30,
  pictures: 200,
  libraryFiles: 200_000,
  libraryFolders: 4000,
  entries: 1_000_000,
  versions: 50,
  residentBytes: 2 ** 30,
};

const quickSizes: Sizes = {
  fileBytes: 2 ** 28,
  pictures: 8,
  libraryFiles: 2000,
  libraryFolders: 40,
  entries: 3000,
  versions: 4,
  residentBytes: 2 ** 27,
};

export interface Options {
  readonly quick: boolean;
  readonly rounds: number;
  readonly sizes: Sizes;
  /** Ids of rows, or beginnings of them; none: all. */
  readonly only: readonly string[];
  /** Everything that is made lies in a new folder in here. */
  readonly folder: string;
  readonly keep: boolean;
  readonly json: string | undefined;
  /** What `--json` wrote of an earlier run: rows in it are not measured again. */
  readonly continue: string | undefined;
  /** A page between whose marks the tables are put. */
  readonly write: string | undefined;
  readonly list: boolean;
}

/** What was typed cannot be understood; the message says why. */
export class UsageError extends Error {}

export const usage = `npm run bench -- [options]

  --quick          about two minutes: small corpora, two rounds; every row, none of it to be published
  --only ROWS      these rows only, by id or the beginning of one, commas between them; --list names them
  --rounds N       rounds of each row (5; quick: 2)
  --folder FOLDER  measure on the disk of this folder (the system's temporary folder)
  --keep           leave everything that was made
  --json FILE      every single measurement, as JSON; also of a run that was stopped, as far as it came
  --continue FILE  take the rows that an earlier run's --json has from there, and measure the others
  --write PAGE     put the tables into a page, between its marks, as into docs/BENCHMARKS.md
  --list           name the rows`;

function wholeNumber(text: string, name: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(`--${name} wants a whole number above 0, not ${text}`);
  }
  return number;
}

/** Throws `UsageError`. */
export function readOptions(args: readonly string[]): Options {
  const values = parsed(args);
  return {
    quick: values.quick,
    rounds: values.rounds === undefined ? (values.quick ? 2 : 5) : wholeNumber(values.rounds, 'rounds'),
    sizes: values.quick ? quickSizes : fullSizes,
    only: values.only?.split(',').filter((id) => id !== '') ?? [],
    folder: values.folder,
    keep: values.keep,
    json: values.json,
    continue: values.continue,
    write: values.write,
    list: values.list,
  };
}

function parsed(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      folder: { type: 'string', default: os.tmpdir() },
      json: { type: 'string' },
      continue: { type: 'string' },
      write: { type: 'string' },
    },
  }).values;
}
