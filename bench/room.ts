/** Whether a disk has room for the rows: better asked before than found out in the middle. */
import type { CorpusName } from './corpora.js';
import { freeSpace } from './machine.js';
import { UsageError } from './options.js';
import type { Sizes } from './options.js';
import type { Row } from './rows/row.js';

interface Room {
  readonly bytes: number;
  readonly files: number;
}

/** Of each corpus the most that there is of it at one time, blocks of 4 KiB and repositories counted in. */
export function roomFor(name: CorpusName, sizes: Sizes): Room {
  const { fileBytes, pictures, libraryFiles, entries, residentBytes } = sizes;
  switch (name) {
    case 'file':
      return { bytes: 2 * fileBytes, files: 10 };
    case 'shoot':
      return { bytes: 6 * pictures * 29_100_000 + residentBytes + fileBytes, files: 6 * 4 * pictures };
    case 'library':
      return { bytes: 6 * libraryFiles * 8192, files: 6 * libraryFiles };
    case 'entries':
      return { bytes: 4 * entries * 4096, files: 3 * entries };
    default:
      return name satisfies never;
  }
}

/** Throws `UsageError` when it has not. A corpus is removed before the next is made. */
export async function mustHaveRoom(folder: string, rows: readonly Row[], sizes: Sizes): Promise<void> {
  const names = new Set(rows.map(({ corpus }) => corpus));
  const rooms = [...names].map((name) => roomFor(name, sizes));
  const bytes = Math.max(...rooms.map((room) => room.bytes));
  const files = Math.max(...rooms.map((room) => room.files));
  const free = await freeSpace(folder);
  if (free.bytes < bytes) {
    const gigabytes = (value: number): string => (value / 1e9).toFixed(1);
    throw new UsageError(
      `${gigabytes(bytes)} GB are needed and ${gigabytes(free.bytes)} GB are free: try --folder or --quick`,
    );
  }
  if (free.files !== undefined && free.files < files) {
    throw new UsageError(
      `${files} files are needed and the disk takes ${free.files}: try --folder or --quick`,
    );
  }
}
