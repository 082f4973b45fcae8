/** The pictures that are measured on: made here, the same on every run, of sizes that photographers have. */
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seeded, seededBytes } from '../test/support/trees.js';

export interface Workload {
  readonly name: string;
  readonly files: number;
  /** Bytes of the file with this number. */
  readonly sizeOf: (number: number) => number;
  readonly endingOf: (number: number) => string;
}

const filesPerFolder = 50;

/** RAW files with a sidecar each: few files, many bytes. */
export function shoot(pictures: number): Workload {
  const isRaw = (number: number): boolean => number % 2 === 0;
  return {
    name: `a shoot of ${pictures} RAW files and their sidecars`,
    files: pictures * 2,
    sizeOf: (number) =>
      isRaw(number) ? 12_000_000 + seeded(number)(2_000_000) : 4000 + seeded(number)(4000),
    endingOf: (number) => (isRaw(number) ? 'dng' : 'xmp'),
  };
}

/** Sidecars and previews: many files, few bytes. */
export function sidecars(files: number): Workload {
  return {
    name: `${files} small files`,
    files,
    sizeOf: (number) => 1000 + seeded(number)(7000),
    endingOf: () => 'xmp',
  };
}

function nameOf(workload: Workload, number: number): string {
  const folder = Math.floor(number / filesPerFolder);
  const name = `IMG_${String(number).padStart(6, '0')}.${workload.endingOf(number)}`;
  return path.join(`Year ${2000 + Math.floor(folder / 200)}`, `Job ${String(folder).padStart(4, '0')}`, name);
}

/** Writes the whole workload into a new folder. Returns its bytes. */
export async function fill(root: string, workload: Workload): Promise<number> {
  // One stream of random bytes, cut at a different place for each file: making them costs little more than
  // writing.
  const pool = seededBytes(1, 32_000_000);
  let total = 0;
  for (let number = 0; number < workload.files; number++) {
    const file = path.join(root, nameOf(workload, number));
    if (number % filesPerFolder === 0) await mkdir(path.dirname(file), { recursive: true });
    const bytes = workload.sizeOf(number);
    const from = seeded(number + 1)(pool.length - bytes);
    await writeFile(file, pool.subarray(from, from + bytes));
    total += bytes;
  }
  return total;
}

/** Rewrites every hundredth file, other ones each round, with its size unchanged. Returns how many. */
export async function changeOnePercent(root: string, workload: Workload, round: number): Promise<number> {
  let changed = 0;
  for (let number = round % 100; number < workload.files; number += 100) {
    const file = await open(path.join(root, nameOf(workload, number)), 'r+');
    await file.write(seededBytes(number + round * 7919, Math.min(64, workload.sizeOf(number))), 0);
    await file.close();
    changed++;
  }
  return changed;
}

/** How many plain files lie below a folder. */
export async function countFiles(root: string): Promise<number> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
