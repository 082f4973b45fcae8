/** A walk as an async iterable, made of the addon's batches. */
import type { Entry, EntryKind, FolderListing } from '../base/types.js';
import { pathBytes } from '../base/paths.js';
import { addon, type RawBatch, type RawFailure, type RawFolder } from './native-addon.js';
import type { FsPath, WalkOptions } from './native.js';
import { abortError, systemError } from './system-errors.js';

const kinds: readonly EntryKind[] = ['file', 'link', 'folder', 'special'];
const numbersPerEntry = 6;

/**
 * Every folder below `root` or `options.folder`, parents first. Folders that cannot be read, the first one
 * too, go to `options.onError`; where nobody listens there, the walk throws. Throws `ABORT_ERR` when it is
 * stopped.
 */
export async function* walkFolders(root: FsPath, options: WalkOptions = {}): AsyncGenerator<FolderListing> {
  const { signal, onError } = options;
  if (signal?.aborted) throw abortError(signal);
  let wake: (() => void) | undefined;
  const ended: { failure?: RawFailure | null } = {};
  const awaken = (): void => wake?.();
  const folder = options.folder === undefined ? '' : pathBytes(options.folder);
  const walk = addon().walk(root, folder, options.recursive ?? true, awaken, (why) => {
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
      let at = 0;
      for (const each of batch.folders) {
        if (!each.error) yield listing(batch, each, at);
        else if (onError) onError(each.folder, systemError(each.error));
        else throw systemError(each.error);
        at += each.names.length * numbersPerEntry;
      }
    }
    if (ended.failure) throw systemError(ended.failure);
  } finally {
    signal?.removeEventListener('abort', stop);
    walk.stop();
  }
}

function listing(batch: RawBatch, { folder, names, targets }: RawFolder, first: number): FolderListing {
  const { numbers, devices } = batch;
  const entries: Entry[] = new Array<Entry>(names.length);
  let at = first;
  for (let i = 0; i < names.length; i++, at += numbersPerEntry) {
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
  return { folder, entries };
}
