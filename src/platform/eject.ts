/** Letting go of volumes: flush, unmount, wait until the last byte is out, switch off where that can be. */
import { execFile } from 'node:child_process';
import { constants, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../base/errors.js';
import type { Volume } from '../base/volumes.js';
import { diskBelow } from './devices.js';
import { usersOf, usersOfDevice } from './eject-users.js';
import type { VolumeUser } from './eject-users.js';
import type { Native } from './native.js';
import { blockNumberOf, diskOf } from './volume-disks.js';
import type { Disk } from './volume-disks.js';
import { mountedFileSystems, parseMountInfo, readMountInfo } from './volume-mounts.js';
import type { Mount } from './volume-mounts.js';

export interface Ejected {
  /** The ids of the volumes that are unmounted. */
  readonly unmounted: ReadonlySet<string>;
  /** Who uses those that are not. */
  readonly users: readonly VolumeUser[];
  /** What the system said where nobody is seen who uses one. */
  readonly refused?: string;
  readonly poweredOff: boolean;
}

export interface EjectOptions {
  readonly native: Pick<Native, 'flushVolume'>;
  readonly signal?: AbortSignal | undefined;
}

/** Every volume that goes when a volume's drive is unplugged: all that shares a disk with it. */
export function volumesUnpluggedWith(volume: Volume, all: readonly Volume[]): Volume[] {
  if (volume.bus === 'network') return [volume];
  const nodes = new Set(diskOfVolume(volume)?.nodes);
  return all.filter(
    (other) =>
      other.id === volume.id ||
      (other.bus !== 'network' && other.device === volume.device) ||
      diskOfVolume(other)?.nodes.some((node) => nodes.has(node)),
  );
}

/**
 * Unmounts volumes that share a drive. Nothing is unmounted while somebody is seen who uses one of them.
 * Throws what the system says when one cannot be flushed, which means that it is gone or broken, and why it
 * was stopped when it was.
 */
export async function ejectVolumes(volumes: readonly Volume[], options: EjectOptions): Promise<Ejected> {
  const before = await usersOf(volumes.flatMap(({ mountPoints }) => mountPoints));
  if (before.length > 0) return { unmounted: new Set(), users: before, poweredOff: false };
  const disks = volumes.map(diskOfVolume);
  for (const { mountPoint, readOnly } of volumes) {
    if (!readOnly) await options.native.flushVolume(mountPoint);
  }
  const unmounted = new Set<string>();
  for (const volume of volumes) {
    const refused = await unmount(volume, options.signal);
    if (refused !== undefined) {
      const users = await usersOf(volume.mountPoints);
      return { unmounted, users, ...(users.length === 0 && { refused }), poweredOff: false };
    }
    unmounted.add(volume.id);
  }
  const held = await untilLetGo(volumes, disks);
  if (held) return { unmounted, ...held, poweredOff: false };
  return { unmounted, users: [], poweredOff: await powerOff(volumes, disks) };
}

/** Mounts of a volume as they are now; none when it is unmounted. */
function mountsOf(volume: Volume): readonly Mount[] {
  if (process.platform !== 'linux') return [];
  const all = mountedFileSystems(parseMountInfo(readMountInfo()));
  return all.find(({ id }) => id === volume.id)?.mounts ?? [];
}

function diskOfVolume(volume: Volume): Disk | undefined {
  const [mount] = mountsOf(volume);
  return mount && diskBelow(mount);
}

/** Somebody may look at a new volume for a moment, as indexers do, or ours to see whether it is there. */
const tries = 5;
const betweenTriesMs = 200;

/** What the system says when it will not; `undefined` when the volume is unmounted everywhere. */
async function unmount(volume: Volume, signal: AbortSignal | undefined): Promise<string | undefined> {
  let refused = '';
  for (let round = 0; round < tries; round++) {
    if (round > 0) await delay(betweenTriesMs);
    signal?.throwIfAborted();
    // Those mounted last come first: they may lie on the others.
    const places = process.platform === 'linux' ? placesOf(volume) : volume.mountPoints;
    const said: string[] = [];
    for (const place of [...places].reverse()) said.push(await unmountAt(volume, place, signal));
    refused = said.filter((each) => each !== '').join('; ');
    if (process.platform !== 'linux') return refused === '' ? undefined : refused;
    if (placesOf(volume).length === 0) return undefined;
    signal?.throwIfAborted();
    if ((await usersOf(volume.mountPoints)).length > 0) break;
  }
  return refused;
}

/** The mount points where a volume still shows. */
function placesOf(volume: Volume): string[] {
  return mountsOf(volume).map(({ mountPoint }) => mountPoint);
}

/** Unmounts as this user may: itself, or through the desktop's disk service. Empty when that went well. */
async function unmountAt(volume: Volume, place: string, signal: AbortSignal | undefined): Promise<string> {
  const ways: (readonly [program: string, ...args: string[]])[] = [];
  if (process.platform === 'darwin') ways.push(['diskutil', 'unmount', place]);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && volume.source.startsWith('/dev/')) {
    ways.push(['udisksctl', 'unmount', '--no-user-interaction', '-b', volume.source]);
  }
  ways.push(['umount', '--', place]);
  if (!isRoot && volume.fileSystem.startsWith('fuse')) ways.push(['fusermount3', '-u', '--', place]);
  let refused = '';
  for (const [program, ...args] of ways) {
    const said = await run(program, args, signal);
    if (said === undefined) return '';
    refused = said || refused;
  }
  return refused;
}

/** The server of a FUSE volume writes its last blocks after it was unmounted, and ends then. */
const longestServerMs = 60_000;
const longestOtherMs = 2000;

/** Resolves when nobody holds the devices any more; with who does where they are not let go. */
async function untilLetGo(
  volumes: readonly Volume[],
  disks: readonly (Disk | undefined)[],
): Promise<Pick<Ejected, 'users' | 'refused'> | undefined> {
  for (const [at, { source, fileSystem }] of volumes.entries()) {
    const disk = disks[at];
    if (!disk || !source.startsWith('/dev/')) continue;
    const isFuse = fileSystem.startsWith('fuse');
    const longestMs = isFuse ? longestServerMs : longestOtherMs;
    for (let waitedMs = 0; ; waitedMs += betweenTriesMs) {
      const users = isFuse ? await usersOfDevice(source) : [];
      if (users.length === 0 && !(await isClaimed(source, disk))) break;
      if (waitedMs >= longestMs) return users.length > 0 ? { users } : { users, refused: claimed };
      await delay(betweenTriesMs);
    }
  }
  return undefined;
}

const claimed = 'it is still mounted in a container, or part of it is used as memory or by a RAID';

/** Whether the system still holds a device that nobody shows a mount of. Only root is told. */
async function isClaimed(node: string, before: Disk): Promise<boolean> {
  const block = blockNumberOf({ device: '', source: node });
  // A loop device that was freed may be another's by now.
  if (block === undefined || diskOf(block)?.device !== before.device) return false;
  // The whole disk is claimed with any part of it. What lies on an encrypted one stays open there, and idle.
  const whole = before.nodes.find((name) => basename(node).startsWith(name));
  return (await isBusy(node)) || (whole !== undefined && (await isBusy(`/dev/${whole}`)));
}

async function isBusy(node: string): Promise<boolean> {
  try {
    const file = await open(node, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK);
    await file.close();
    return false;
  } catch (error) {
    return errnoOf(error) === 'EBUSY';
  }
}

/**
 * Switches a USB drive off where the desktop's disk service is there to do it. A reader is left on: switched
 * off it would not see the next card.
 */
async function powerOff(volumes: readonly Volume[], disks: readonly (Disk | undefined)[]): Promise<boolean> {
  const [volume] = volumes;
  const [disk] = disks;
  if (process.platform === 'darwin' && volume?.removable) {
    return (await run('diskutil', ['eject', volume.source])) === undefined;
  }
  const [node] = disk?.nodes ?? [];
  if (!disk || node === undefined || disk.bus !== 'usb' || disk.mediumComesOut) return false;
  const args = ['power-off', '--no-user-interaction', '-b', `/dev/${node}`];
  return (await run('udisksctl', args)) === undefined;
}

/** Runs to the end. What it said when it failed, nothing where it is not there; `undefined` when it went well. */
function run(program: string, args: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(program, args, { env, ...(signal && { signal }) }, (error, stdout, stderr) => {
      if (!error) return resolve(undefined);
      if (error.code === 'ENOENT') return resolve('');
      resolve((stderr.trim() || stdout.trim() || error.message).split('\n').at(-1) ?? program);
    });
  });
}
