/** The folders that are measured on, of the shapes that photographers have; each is made when a row needs it. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { seeded } from '../test/support/trees.js';
import { heedStop, runToEnd } from './command.js';
import type { Sizes } from './options.js';
import { jpegLike, rawPicture, sidecar } from './pictures.js';

export type CorpusName = 'file' | 'shoot' | 'library' | 'entries';

interface Shape {
  readonly files: number;
  readonly folders: number;
  readonly nameOf: (number: number) => string;
  readonly bytesOf: (number: number) => Buffer;
  /** The size of one file that is too large to be made in memory at once. */
  readonly filmBytes?: number;
}

const between = (seed: number, least: number, most: number): number => least + seeded(seed)(most - least + 1);

/** 200 RAW files of 25 MB, 200 JPEGs of about 4 MB and 400 sidecars, in folders of a hundred files. */
function shoot(pictures: number): Shape {
  const kinds = ['dng', 'jpg', 'dng.xmp', 'jpg.xmp'] as const;
  const kindOf = (number: number): (typeof kinds)[number] => kinds[number % 4] ?? 'dng';
  return {
    files: pictures * 4,
    folders: Math.ceil((pictures * 4) / 100),
    nameOf: (number) => {
      const folder = `Card ${Math.floor(number / 100) + 1}`;
      return path.join(folder, `IMG_${String(Math.floor(number / 4)).padStart(4, '0')}.${kindOf(number)}`);
    },
    bytesOf: (number) => {
      if (kindOf(number) === 'dng') return rawPicture(number, 25_000_000);
      if (kindOf(number) === 'jpg') return jpegLike(number, between(number, 3_000_000, 5_000_000));
      return sidecar(number, between(number, 1000, 2000));
    },
  };
}

/** Sidecars and thumbnails by turns, of 1 to 8 KB, as many in each folder. */
function library(files: number, folders: number): Shape {
  const inEach = Math.ceil(files / folders);
  return {
    files,
    folders,
    nameOf: (number) => {
      const folder = Math.floor(number / inEach);
      const job = path.join(`Year ${2000 + (folder % 20)}`, `Job ${String(folder).padStart(5, '0')}`);
      return path.join(job, `IMG_${String(number).padStart(7, '0')}.${number % 2 === 0 ? 'xmp' : 'jpg'}`);
    },
    bytesOf: (number) =>
      number % 2 === 0
        ? sidecar(number, between(number, 1000, 4000))
        : jpegLike(number, between(number, 2000, 8000)),
  };
}

/** The smallest files that are still files: only their number matters. */
function entries(files: number): Shape {
  const shape = library(files, Math.ceil(files / 50));
  return { ...shape, bytesOf: (number) => Buffer.from(`entry ${number}\n`) };
}

function singleFile(bytes: number): Shape {
  return {
    files: 1,
    folders: 1,
    nameOf: () => 'film.mov',
    bytesOf: () => Buffer.alloc(0),
    filmBytes: bytes,
  };
}

/** One folder of files to measure on. */
export class Corpus {
  readonly name: CorpusName;
  /** Where the files lie: `source` in a folder of the corpus's own. */
  readonly root: string;
  readonly #shape: Shape;
  #bytes: number | undefined;
  #diskBytes = 0;
  #state = 0;

  constructor(name: CorpusName, folder: string, sizes: Sizes) {
    this.name = name;
    this.root = path.join(folder, name, 'source');
    this.#shape = {
      file: () => singleFile(sizes.fileBytes),
      shoot: () => shoot(sizes.pictures),
      library: () => library(sizes.libraryFiles, sizes.libraryFolders),
      entries: () => entries(sizes.entries),
    }[name]();
  }

  get files(): number {
    return this.#shape.files;
  }

  /** Known once it was made. */
  get bytes(): number {
    return this.#bytes ?? 0;
  }

  /** Another number whenever its files changed. */
  get state(): number {
    return this.#state;
  }

  /** The same in whole blocks of 4 KiB, as disks give and take them. */
  get diskBytes(): number {
    return this.#diskBytes;
  }

  /** The file with this number, counted from 0, relative to the root. */
  nameOf(number: number): string {
    return this.#shape.nameOf(number);
  }

  /** `name` in the folder of this corpus, beside its source. */
  beside(name: string): string {
    return path.join(path.dirname(this.root), name);
  }

  /** Writes it, unless it is there. */
  async make(say: (line: string) => void): Promise<void> {
    if (this.#bytes !== undefined) return;
    say(`making ${this.name}: ${this.files} files`);
    await mkdir(this.root, { recursive: true });
    let total = 0;
    this.#diskBytes = 0;
    let folder = '';
    for (let number = 0; number < this.files; number++) {
      const file = path.join(this.root, this.nameOf(number));
      if (path.dirname(file) !== folder) mkdirSync((folder = path.dirname(file)), { recursive: true });
      const bytes = write(file, this.#shape, number);
      total += bytes;
      this.#diskBytes += Math.ceil(bytes / 4096) * 4096;
      // Without waiting in between, a stop asked for by a person would not be heard.
      if (number % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
      heedStop();
    }
    this.#bytes = total;
  }

  /** Removes it and everything beside it. */
  async remove(): Promise<void> {
    this.#bytes = undefined;
    await runToEnd({ program: 'rm', args: ['-rf', path.dirname(this.root)] });
  }

  /** Overwrites the beginning of the given files, size unchanged, with other bytes for every `turn`. */
  async change(numbers: Iterable<number>, turn: number): Promise<void> {
    this.#state++;
    for (const number of numbers) {
      const file = await open(path.join(this.root, this.nameOf(number)), 'r+');
      await file.write(rawPicture(number * 1009 + turn + 0.5, Math.min(64, (await file.stat()).size)), 0);
      await file.close();
    }
  }
}

function write(file: string, shape: Shape, number: number): number {
  if (shape.filmBytes !== undefined) return writeInParts(file, shape.filmBytes);
  const bytes = shape.bytesOf(number);
  writeFileSync(file, bytes);
  return bytes.length;
}

const partBytes = 2 ** 26;

function writeInParts(file: string, bytes: number): number {
  const handle = openSync(file, 'w');
  for (let at = 0; at < bytes; at += partBytes) {
    writeSync(handle, rawPicture(at + 1, Math.min(partBytes, bytes - at)));
  }
  closeSync(handle);
  return bytes;
}
