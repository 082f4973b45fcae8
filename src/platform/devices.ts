/** Which physical device a folder lies on: two volumes on one disk are lost together. */
import type { Native } from './native.js';
import { blockNumberOf, diskOf, isPulledOut } from './volume-disks.js';
import type { Disk } from './volume-disks.js';
import { isNetwork, parseMountInfo, readMountInfo, serverOf } from './volume-mounts.js';
import type { Mount } from './volume-mounts.js';

/**
 * A name for the device under a path, the same each time it is plugged in; `undefined` where that cannot be
 * told. Partitions of one disk have one name; a network share is named by its server.
 */
export async function deviceOf(native: Pick<Native, 'volumeOf'>, path: string): Promise<string | undefined> {
  const facts = await native.volumeOf(path).catch(() => undefined);
  if (!facts) return undefined;
  const mount = process.platform === 'linux' ? mountAt(facts.mountPoint) : undefined;
  return (mount && deviceOfMount(mount, diskBelow(mount))) ?? `volume:${facts.uuid ?? facts.device}`;
}

/** The device of a mount; `undefined` where it has none of its own, as a folder served by a program. */
export function deviceOfMount(mount: Mount, disk: Disk | undefined): string | undefined {
  if (disk) return disk.device;
  if (!isNetwork(mount)) return undefined;
  return `server:${serverOf(mount) ?? mount.source}`;
}

/** The disk below a mount; `undefined` where there is none, or it is gone. */
export function diskBelow(mount: Mount): Disk | undefined {
  const block = blockNumberOf(mount);
  return block === undefined ? undefined : diskOf(block);
}

/**
 * Whether the device that a file is on (`st_dev`) was pulled out: what is cached of it still answers. False
 * where that cannot be told.
 */
export function isDeviceGone(device: bigint): boolean {
  if (process.platform !== 'linux') return false;
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return isPulledOut({ device: `${major}:${minor}`, source: '' });
}

/** What is mounted at a mount point; the last mount covers the others. */
function mountAt(mountPoint: string): Mount | undefined {
  return parseMountInfo(readMountInfo()).findLast((mount) => mount.mountPoint === mountPoint);
}
