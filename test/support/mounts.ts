/** Real volumes for tests: images on loop devices and FUSE file systems, gone again when the test ends. */
import assert from 'node:assert';
import { constants } from 'node:fs';
import { mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { mustRun, run } from './commands.js';
import type { Need } from './needs.js';
import { temporaryFolder } from './trees.js';

export type LoopFileSystem = 'ext4' | 'xfs' | 'btrfs';
export type FileSystem = LoopFileSystem | 'exfat' | 'fat';

/** What each kind of volume asks of the machine; pass it to `testWith`. */
export const volumeNeeds: Readonly<Record<FileSystem, readonly Need[]>> = {
  ext4: ['linux', 'mounting', 'mkfs.ext4', 'xfs_io'],
  xfs: ['linux', 'mounting', 'xfs-kernel', 'mkfs.xfs', 'xfs_io'],
  btrfs: ['linux', 'mounting', 'btrfs-kernel', 'mkfs.btrfs'],
  exfat: ['linux', 'mounting', 'fuse', 'mkfs.exfat', 'mount.exfat-fuse'],
  fat: ['linux', 'mounting', 'fuse', 'mkfs.vfat', 'fusefat'],
};

/** A drive of a test. Every method may be called in any state that makes sense for a real drive. */
export interface TestVolume {
  /** The mount point; it stays as a bare folder while the volume is away. */
  readonly path: string;
  /** The file that holds the whole volume. */
  readonly image: string;
  readonly mounted: boolean;
  /** Mounts at `path`, or at another mount point. */
  mount(options?: MountOptions): Promise<void>;
  /** Takes it away; at once even when files on it are open. */
  unmount(): Promise<void>;
  remountReadOnly(): Promise<void>;
  remountWritable(): Promise<void>;
  /**
   * Pulls the plug: what was not flushed is lost, and everything fails from now on. Still listed as mounted
   * until
   * `unmount`. On FUSE volumes the server is killed instead.
   */
  shutdown(): Promise<void>;
}

export interface MountOptions {
  readonly at?: string;
  readonly readOnly?: boolean;
  /** exFAT and FAT keep local time: the zone of whoever mounts them. Default this process's. */
  readonly timeZone?: string;
}

export interface VolumeOptions {
  readonly sizeBytes: number;
  /** The drive's name; default none. */
  readonly label?: string;
}

/** Whether a volume is mounted exactly at a path. */
export async function isMounted(mountPoint: string): Promise<boolean> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.some((line) => unescapeMount(line.split(' ')[4] ?? '') === mountPoint);
}

function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Unmounts whatever is stacked at a path, open files or not. Good when nothing is mounted. */
export async function detach(mountPoint: string): Promise<void> {
  while (await isMounted(mountPoint)) {
    const plain = await run('umount', [mountPoint]);
    if (plain.status !== 0) await mustRun('umount', ['-l', mountPoint]);
  }
}

interface Driver {
  readonly make: (image: string) => Promise<void>;
  readonly attach: (image: string, at: string, how: MountOptions) => Promise<void>;
  readonly pull: (at: string) => Promise<void>;
}

async function prepare(t: ExecutionContext, options: VolumeOptions, driver: Driver): Promise<TestVolume> {
  const folder = await temporaryFolder(t);
  const image = path.join(folder, 'image');
  const home = path.join(folder, 'mount');
  await mkdir(home);
  const file = await open(image, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
  await file.truncate(options.sizeBytes);
  await file.close();
  await driver.make(image);
  let at: string | undefined;
  const volume: TestVolume = {
    path: home,
    image,
    get mounted() {
      return at !== undefined;
    },
    async mount(how = {}) {
      assert(at === undefined, 'the volume is mounted already');
      await driver.attach(image, how.at ?? home, how);
      at = how.at ?? home;
    },
    async unmount() {
      if (at === undefined) return;
      await detach(at);
      await ended(at);
      at = undefined;
    },
    async remountReadOnly() {
      assert(at !== undefined);
      await mustRun('mount', ['-o', 'remount,ro', at]);
    },
    async remountWritable() {
      assert(at !== undefined);
      await mustRun('mount', ['-o', 'remount,rw', at]);
    },
    async shutdown() {
      assert(at !== undefined);
      await driver.pull(at);
    },
  };
  t.teardown(async () => {
    await volume.unmount();
    await detach(home);
    await rm(image, { force: true });
  });
  await volume.mount();
  return volume;
}

const mountWords = (how: MountOptions): string => ((how.readOnly ?? false) ? 'ro' : 'rw');

function zoneOf(how: MountOptions): { env?: Record<string, string> } {
  return how.timeZone === undefined ? {} : { env: { TZ: how.timeZone } };
}

/** A loop device that frees itself when the volume on it is unmounted, however the test ends. */
async function attachLoop(image: string, use: (device: string) => Promise<void>): Promise<void> {
  const device = (await mustRun('losetup', ['--find', '--show', image])).trim();
  try {
    await use(device);
  } finally {
    // While something holds the device this only marks it to be freed at the last close.
    await run('losetup', ['-d', device]);
  }
}

async function pullPlug(at: string): Promise<void> {
  await mustRun('xfs_io', ['-x', '-c', 'shutdown', at]);
}

/**
 * A drive with a Linux file system. `inodes` (ext4 only) bounds the number of files. ext4 wants 8 MiB or
 * more, btrfs
 * 110 MiB, XFS 300 MiB; images are sparse. btrfs cannot be shut down.
 */
export async function loopImage(
  t: ExecutionContext,
  options: VolumeOptions & { readonly fs: LoopFileSystem; readonly inodes?: number },
): Promise<TestVolume> {
  const { fs, inodes, label } = options;
  assert(inodes === undefined || fs === 'ext4', 'only ext4 has a fixed number of inodes');
  const labelled = label === undefined ? [] : ['-L', label];
  const argsOf: Record<LoopFileSystem, readonly string[]> = {
    ext4: ['-q', '-F', '-m', '0', ...(inodes === undefined ? [] : ['-N', String(inodes)])],
    xfs: ['-q', '-f'],
    btrfs: ['-q', '-f'],
  };
  return await prepare(t, options, {
    make: async (image) => {
      await mustRun(`mkfs.${fs}`, [...argsOf[fs], ...labelled, image]);
    },
    attach: (image, at, how) =>
      attachLoop(image, async (device) => {
        await mustRun('mount', ['-t', fs, '-o', mountWords(how), device, at]);
      }),
    pull: async (at) => {
      assert(fs !== 'btrfs', 'btrfs cannot be shut down');
      await pullPlug(at);
    },
  });
}

/** An exFAT drive, as cards and most photographers' drives are. */
export async function exfatMount(t: ExecutionContext, options: VolumeOptions): Promise<TestVolume> {
  const labelled = options.label === undefined ? [] : ['-L', options.label];
  return await prepare(t, options, {
    make: async (image) => {
      await mustRun('mkfs.exfat', [...labelled, image]);
    },
    attach: (image, at, how) =>
      attachLoop(image, async (device) => {
        await mustRun('mount.exfat-fuse', ['-o', mountWords(how), device, at], zoneOf(how));
      }),
    pull: (at) => killServer(at),
  });
}

/** A FAT32 drive. Its statfs says 0 free bytes; times have steps of two seconds. Wants 34 MiB or more. */
export async function fatMount(t: ExecutionContext, options: VolumeOptions): Promise<TestVolume> {
  const labelled = options.label === undefined ? [] : ['-n', options.label];
  return await prepare(t, options, {
    make: async (image) => {
      await mustRun('mkfs.vfat', ['-F', '32', ...labelled, image]);
    },
    attach: async (image, at, how) => {
      await mustRun('fusefat', ['-o', how.readOnly === true ? 'ro' : 'rw+', image, at], zoneOf(how));
    },
    pull: (at) => killServer(at),
  });
}

/** The FUSE servers of a mount point: they name it last on their command lines. */
async function serversOf(at: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // A process may end between the two calls.
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (/fuse/.test(words[0] ?? '') && words.at(-2) === at) pids.push(Number(name));
  }
  return pids;
}

async function killServer(at: string): Promise<void> {
  const pids = await serversOf(at);
  assert(pids.length > 0, `no server found behind ${at}`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await ended(at);
}

/** Resolves when no server is left: `umount` does not wait for the last blocks to reach the image. */
async function ended(at: string): Promise<void> {
  for (let round = 0; (await serversOf(at)).length > 0; round++) {
    assert(round < 3000, `the server behind ${at} does not end`);
    await delay(10);
  }
}
