/** Watching folders: the addon's own inotify on Linux, `@parcel/watcher` elsewhere, behind one small interface. */
import { addon } from './native-addon.js';
import type { FsPath, WatchHandle, WatchHint } from './native.js';
import { systemError } from './system-errors.js';

/** As {@link Native.watch}. */
export async function watchFolder(root: FsPath, onHint: (hint: WatchHint) => void): Promise<WatchHandle> {
  const { watch } = addon();
  if (!watch) throw new Error('not yet');
  return new Promise((resolve, reject) => {
    const handle = watch(
      root,
      (hints) => {
        for (let i = 0; i + 1 < hints.length; i += 2) {
          onHint({ kind: hints[i] as WatchHint['kind'], folder: hints[i + 1] as string });
        }
      },
      (failure) => {
        if (failure) return reject(systemError(failure));
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
