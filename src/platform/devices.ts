/** Which physical device a folder lies on: two volumes on one disk are lost together. */
import { basename, dirname, join } from 'node:path';
import { namesIn, readText, realPath } from './files.js';
import type { Native } from './native.js';
import { parseMountInfo } from './volumes.js';

const blockDevices = '/sys/class/block';

/**
 * A name for the device under a path, the same each time it is plugged in; `undefined` where that cannot be
 * told. Partitions of one disk have one name; a network share is named by its server.
 */
export async function deviceOf(native: Pick<Native, 'volumeOf'>, path: string): Promise<string | undefined> {
  const facts = await native.volumeOf(path).catch(() => undefined);
  if (!facts) return undefined;
  const mount = process.platform === 'linux' ? await mountAt(facts.mountPoint) : undefined;
  const server = mount && serverOf(mount);
  if (server !== undefined) return `server:${server}`;
  const disk = mount?.startsWith('/dev/') ? await diskUnder(mount) : undefined;
  return disk ?? (facts.uuid === undefined ? `volume:${facts.device}` : `volume:${facts.uuid}`);
}

/** What is mounted at a mount point; the last mount covers the others. */
async function mountAt(mountPoint: string): Promise<string | undefined> {
  const text = await readText('/proc/self/mountinfo').catch(() => undefined);
  return parseMountInfo(text ?? '').findLast((mount) => mount.mountPoint === mountPoint)?.source;
}

/** `server:/export` and `//server/share`. */
function serverOf(mount: string): string | undefined {
  return /^\/\/([^/]+)\//.exec(mount)?.[1] ?? /^(?:[^@/]+@)?([^/:]+):/.exec(mount)?.[1];
}

/** The disk that a block device is a part of, by its own identity where it has one. */
async function diskUnder(node: string): Promise<string | undefined> {
  const device = (await realPath(node).catch(() => undefined)) ?? node;
  let folder = await realPath(join(blockDevices, basename(device))).catch(() => undefined);
  if (folder === undefined) return undefined;
  // An encrypted or logical volume lies on the disk below it.
  const below = await namesIn(join(folder, 'slaves')).catch(() => []);
  if (below.length === 1 && below[0]) return diskUnder(`/dev/${below[0]}`);
  if ((await attribute(folder, 'partition')) !== undefined) folder = dirname(folder);
  // A loop device is as safe as the file behind it; images are told apart by that.
  const backing = await attribute(folder, 'loop/backing_file');
  if (backing !== undefined) return `image:${backing}`;
  for (const name of ['wwid', 'device/wwid', 'device/serial', 'serial']) {
    const identity = await attribute(folder, name);
    if (identity !== undefined) return `disk:${identity}`;
  }
  // Without an identity, two disks that take turns under one name count as one: rather too few than too many.
  return `disk:${basename(folder)}`;
}

async function attribute(folder: string, name: string): Promise<string | undefined> {
  const text = (await readText(join(folder, name)).catch(() => undefined))?.trim();
  return text === undefined || text === '' ? undefined : text;
}
