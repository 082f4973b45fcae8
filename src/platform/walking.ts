/** A walk as an async iterable, made of the addon's batches. */
import type { Entry, EntryKind, FolderListing } from '../base/types.js';
import { pathBytes } from '../base/paths.js';
import { addon, type RawBatch, type RawEntries, type RawFailure, type RawWalk } from './native-addon.js';
import type { FsPath, MarkedFolder, WalkOptions } from './native.js';
import { abortError, systemError } from './system-errors.js';

const kinds: readonly EntryKind[] = ['file', 'link', 'folder', 'special'];
const numbersPerEntry = 6;
const markBytes = 16;

/**
 * Every folder below `root` or `options.folder`, parents first. Folders that cannot be read, the first one
 * too, go to `options.onError`; where nobody listens there, the walk throws. Throws `ABORT_ERR` when it is
 * stopped.
 */
export async function* walkFolders(root: FsPath, options: WalkOptions = {}): AsyncGenerator<FolderListing> {
  const { signal, recursive = true, threads = 2 } = options;
  if (signal?.aborted) throw abortError(signal);
  let wake: (() => void) | undefined;
  const ended: { failure?: RawFailure | null } = {};
  const awaken = (): void => wake?.();
  const folder = options.folder === undefined ? '' : pathBytes(options.folder);
  const walk = addon().walk(root, folder, recursive, threads, awaken, (why) => {
    ended.failure = why;
    awaken();
  });
  const stop = (): void => {
    walk.stop();
    awaken();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const batch = walk.take();
      if (signal?.aborted) throw abortError(signal);
      if (batch === null) break;
      if (batch === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      yield* listingsOf(batch, walk, options);
    }
    if (ended.failure) throw systemError(ended.failure);
  } finally {
    signal?.removeEventListener('abort', stop);
    walk.stop();
  }
}

function* listingsOf(batch: RawBatch, walk: RawWalk, options: WalkOptions): Generator<FolderListing> {
  const known = knownPlaces(batch, options);
  for (const [place, folder] of batch.folders.entries()) {
    const error = batch.errors[place];
    if (!error) {
      if (!known.has(place)) yield listing(batch, place, walk.entries(place));
    } else if (options.onError) options.onError(folder, systemError(error));
    else throw systemError(error);
  }
}

function markOf({ marks }: RawBatch, place: number): Uint8Array {
  return marks.subarray(place * markBytes, (place + 1) * markBytes);
}

/** The folders of a batch that nobody needs to be told of. */
function knownPlaces(batch: RawBatch, { areKnown }: WalkOptions): ReadonlySet<number> {
  const known = new Set<number>();
  if (!areKnown) return known;
  const places: number[] = [];
  const asked: MarkedFolder[] = [];
  for (const [place, folder] of batch.folders.entries()) {
    if (batch.marked[place] !== 1 || batch.errors[place]) continue;
    places.push(place);
    asked.push({ folder, mark: markOf(batch, place), files: batch.files[place] ?? 0 });
  }
  for (const [at, isKnown] of areKnown(asked).entries()) if (isKnown) known.add(places[at] as number);
  return known;
}

function listing(batch: RawBatch, place: number, raw: RawEntries): FolderListing {
  const { names, targets, numbers, devices } = raw;
  const entries: Entry[] = new Array<Entry>(names.length);
  for (let i = 0, at = 0; i < names.length; i++, at += numbersPerEntry) {
    const upper = numbers[at + 3] as number;
    const lower = numbers[at + 4] as number;
    const entry: Entry = {
      name: names[i] as string,
      kind: kinds[numbers[at] as number] as EntryKind,
      bytes: numbers[at + 1] as number,
      modifiedUs: numbers[at + 2] as number,
      inode: upper === 0 ? String(lower) : String((BigInt(upper) << 32n) | BigInt(lower)),
      device: devices[numbers[at + 5] as number] as string,
    };
    const target = targets[i];
    entries[i] = target === undefined ? entry : { ...entry, target };
  }
  const folder = batch.folders[place] as string;
  return batch.marked[place] === 1 ? { folder, entries, mark: markOf(batch, place) } : { folder, entries };
}
