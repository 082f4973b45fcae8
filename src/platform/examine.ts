/** What `doctor` asks of the machine: versions, limits, and what can be loaded. */
import { readText } from './files.js';
import { addon } from './native-addon.js';

/** `20.20.2`. */
export function nodeVersion(): string {
  return process.versions.node;
}

/** The hash kernels of this machine, the one in use first. Throws when the addon cannot be loaded. */
export function hashKernels(): readonly string[] {
  return addon().kernelNames();
}

/** The user's limits on inotify (inotify(7)); `undefined` where there are none. */
export async function watchLimits(): Promise<
  { readonly folders: number; readonly instances: number } | undefined
> {
  const read = async (name: string): Promise<number> =>
    Number((await readText(`/proc/sys/fs/inotify/${name}`).catch(() => undefined))?.trim() ?? Number.NaN);
  const limits = { folders: await read('max_user_watches'), instances: await read('max_user_instances') };
  return Number.isNaN(limits.folders) ? undefined : limits;
}
