/**
 * Watching folders: the addon's own inotify on Linux, `@parcel/watcher` elsewhere, behind one small
 * interface.
 */
import type { Event } from '@parcel/watcher';
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { splitPath } from '../base/paths.js';
import { addon } from './native-addon.js';
import type { FsPath, WatchHandle, WatchHint } from './native.js';
import { systemError } from './system-errors.js';

type OnHint = (hint: WatchHint) => void;

/** As {@link Native.watch}. Rejects with the system's error when the root cannot be watched at all. */
export function watchFolder(root: FsPath, onHint: OnHint): Promise<WatchHandle> {
  return addon().watch === undefined ? watchWithParcel(root, onHint) : watchWithInotify(root, onHint);
}

function watchWithInotify(root: FsPath, onHint: OnHint): Promise<WatchHandle> {
  return new Promise((resolve, reject) => {
    const handle = addon().watch?.(
      root,
      (hints) => {
        for (let at = 0; at + 1 < hints.length; at += 2) {
          onHint({ kind: hints[at] as WatchHint['kind'], folder: hints[at + 1] as string });
        }
      },
      (failure) => {
        if (failure || !handle) return reject(failure ? systemError(failure) : new Error('no inotify here'));
        resolve({
          close: () => handle.stop(),
          get watchedFolders() {
            return handle.counts()[0];
          },
          get unwatchedFolders() {
            return handle.counts()[1];
          },
        });
      },
    );
  });
}

/** The same with `@parcel/watcher`, which watches a whole tree at once and tells of single files. */
export async function watchWithParcel(root: FsPath, onHint: OnHint): Promise<WatchHandle> {
  const { subscribe } = await import('@parcel/watcher');
  // The system names what changed by its real path.
  const real = await realpath(root.toString());
  let open = true;
  const tell: OnHint = (hint) => {
    if (open) onHint(hint);
  };
  const subscription = await subscribe(real, (error, events) => {
    if (error) tell({ kind: 'lost', folder: '' });
    else void hintsOf(real, events).then((hints) => hints.forEach(tell));
  });
  return {
    close() {
      open = false;
      // When it cannot be ended any more, it has ended.
      subscription.unsubscribe().catch(() => undefined);
    },
    watchedFolders: 1,
    unwatchedFolders: 0,
  };
}

async function hintsOf(root: string, events: readonly Event[]): Promise<WatchHint[]> {
  const hints = new Map<string, WatchHint>();
  const add = (kind: WatchHint['kind'], folder: string): void => {
    hints.set(`${kind} ${folder}`, { kind, folder });
  };
  for (const { type, path: changed } of events) {
    const inside = path.relative(root, changed).split(path.sep).join('/');
    if (inside === '') {
      add(type === 'delete' ? 'gone' : 'folder', '');
      continue;
    }
    add('folder', splitPath(inside).folder);
    if (type === 'create' && (await isFolder(changed))) add('tree', inside);
  }
  return [...hints.values()];
}

async function isFolder(name: string): Promise<boolean> {
  try {
    return (await lstat(name)).isDirectory();
  } catch {
    // Gone again: its parent's hint covers that.
    return false;
  }
}
