/** Who still uses a volume: what keeps it from being unmounted, as far as this user may see it. */
import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMountInfo, readMountInfo } from './volume-mounts.js';

export interface VolumeUser {
  /** As a person knows it: a program, or what else lies on the volume. */
  readonly program: string;
  /** Absent where it is no program. */
  readonly pid?: number;
  /** What it uses; one thing of perhaps many. */
  readonly path: string;
}

/** Whether a path is one of these mount points, or below one. */
type IsOn = (path: string) => boolean;

/**
 * Everybody with a file open below one of these folders, a program loaded from there, or its own folder
 * there; volumes mounted inside, and images that are used as disks. Only Linux tells.
 */
export async function usersOf(mountPoints: readonly string[]): Promise<VolumeUser[]> {
  if (process.platform !== 'linux') return [];
  const isOn: IsOn = (path) => mountPoints.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const [programs, images] = await Promise.all([programsOn(isOn), imagesOn(isOn)]);
  return [...programs, ...mountedInside(mountPoints, isOn), ...images];
}

/** The programs that have a device file open, as the server of a FUSE volume has until it is done. */
export function usersOfDevice(node: string): Promise<VolumeUser[]> {
  return programsOn((path) => path === node);
}

async function programsOn(isOn: IsOn): Promise<VolumeUser[]> {
  const users: VolumeUser[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const folder = join('/proc', name);
    const path = await firstUsed(folder, isOn);
    if (path === undefined) continue;
    const program = (await readFile(join(folder, 'comm'), 'utf8').catch(() => '')).trim();
    users.push({ program: program || 'a program', pid: Number(name), path });
  }
  return users;
}

/** One path that a process uses. Links are read, never followed: what they name may hang. */
async function firstUsed(folder: string, isOn: IsOn): Promise<string | undefined> {
  for (const name of ['cwd', 'root', 'exe']) {
    const path = await pathBehind(join(folder, name));
    if (isOn(path)) return path;
  }
  for (const name of await readdir(join(folder, 'fd')).catch(() => [])) {
    const path = await pathBehind(join(folder, 'fd', name));
    if (isOn(path)) return path;
  }
  const maps = await readFile(join(folder, 'maps'), 'utf8').catch(() => '');
  for (const line of maps.split('\n')) {
    const path = /^(?:\S+\s+){5}(\/.*)$/.exec(line)?.[1]?.replaceAll('\\012', '\n');
    if (path !== undefined && isOn(path)) return path;
  }
  return undefined;
}

/** A process may end meanwhile, or not be ours to look at: then it names nothing. */
function pathBehind(link: string): Promise<string> {
  return readlink(link).catch(() => '');
}

function mountedInside(mountPoints: readonly string[], isOn: IsOn): VolumeUser[] {
  const mounts = parseMountInfo(readMountInfo());
  return mounts
    .filter(({ mountPoint }) => isOn(mountPoint) && !mountPoints.includes(mountPoint))
    .map(({ mountPoint }) => ({ program: 'a volume mounted inside it', path: mountPoint }));
}

async function imagesOn(isOn: IsOn): Promise<VolumeUser[]> {
  const users: VolumeUser[] = [];
  for (const name of await readdir('/sys/block').catch(() => [])) {
    if (!name.startsWith('loop')) continue;
    const file = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '');
    if (isOn(file.trim())) users.push({ program: 'an image used as a disk', path: file.trim() });
  }
  return users;
}
