/**
 * The disks below volumes, as Linux shows them in /sys. Read without waiting in between: these files are in
 * memory and never touch a disk, and a thread for each of them would take longer than all of them do.
 */
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Bus } from '../base/volumes.js';
import type { Mount } from './volume-mounts.js';

/** What a volume lies on: a disk, or several that are one volume together. */
export interface Disk {
  /** The same each time it is plugged in, and for each of its partitions. */
  readonly device: string;
  readonly bus: Bus;
  /** Made to be unplugged or taken out. */
  readonly removable: boolean;
  /** Its medium can be taken out and the drive stays, as a card and its reader. */
  readonly mediumComesOut: boolean;
  /** Maker and model, where it tells. */
  readonly name?: string;
  /** Its names in /dev: `sdb`, or `sda` and `sdb` of a RAID. */
  readonly nodes: readonly string[];
}

const numbered = '/sys/dev/block';
const named = '/sys/class/block';

/**
 * `major:minor` of the block device that was mounted; `undefined` where there is none. FUSE and btrfs have
 * numbers of their own, so there the device file is asked.
 */
export function blockNumberOf({ device, source }: Pick<Mount, 'device' | 'source'>): string | undefined {
  if (device !== '' && existsSync(join(numbered, device))) return device;
  // Only what lies in /dev, which never hangs: an image may lie on a share that does.
  if (!source.startsWith('/dev/')) return undefined;
  try {
    const file = statSync(source, { bigint: true });
    if (!file.isBlockDevice()) return undefined;
    const major = ((file.rdev >> 8n) & 0xfffn) | ((file.rdev >> 32n) & ~0xfffn);
    const minor = (file.rdev & 0xffn) | ((file.rdev >> 12n) & ~0xffn);
    return `${major}:${minor}`;
  } catch {
    return undefined;
  }
}

/**
 * Whether the device of a mount is no longer there, as after a cable was pulled: the mount stays until it is
 * unmounted, its device goes at once. False where that cannot be told.
 */
export function isPulledOut({ device, source }: Pick<Mount, 'device' | 'source'>): boolean {
  // Numbers that begin with 0 are of no device: there its name must do, where the kernel gave it.
  const [folder, name] = device.startsWith('0:')
    ? [named, /^\/dev\/((?:sd|vd|mmcblk|nvme|sr|loop)[a-z0-9]+)$/.exec(source)?.[1]]
    : [numbered, device];
  return name !== undefined && !existsSync(join(folder, name)) && existsSync(folder);
}

/** The disk of a block device; `undefined` when it is gone. */
export function diskOf(block: string): Disk | undefined {
  const folder = realFolder(join(numbered, block));
  if (folder === undefined) return undefined;
  const disks = [...new Set(disksUnder(folder))].sort();
  const [first] = disks;
  if (first === undefined) return undefined;
  const name = disks.length === 1 ? nameOf(first) : undefined;
  return {
    device: `${prefixOf(first)}:${disks.map(identityOf).join('+')}`,
    bus: busOf(first),
    removable: disks.every(isRemovable),
    mediumComesOut: disks.every(mediumComesOut),
    ...(name !== undefined && { name }),
    nodes: disks.map((disk) => basename(disk)),
  };
}

/** The disks that a block device is a part of: what is encrypted, logical or a RAID lies on others. */
function disksUnder(folder: string): string[] {
  const whole = existsSync(join(folder, 'partition')) ? dirname(folder) : folder;
  const below = namesIn(join(whole, 'slaves'));
  if (below.length === 0) return [whole];
  return below.flatMap((name) => {
    const lower = realFolder(join(named, name));
    return lower === undefined ? [] : disksUnder(lower);
  });
}

/** A loop device is as safe as the file behind it; images are told apart by that. */
function prefixOf(disk: string): 'image' | 'disk' {
  return attribute(disk, 'loop/backing_file') === undefined ? 'disk' : 'image';
}

function identityOf(disk: string): string {
  for (const name of ['loop/backing_file', 'wwid', 'device/wwid', 'device/serial', 'serial']) {
    const identity = attribute(disk, name);
    if (identity !== undefined) return identity;
  }
  // Without an identity, two disks that take turns under one name count as one: rather too few than too many.
  return basename(disk);
}

/** By the path of a disk among the devices, which names every bus it hangs on. */
export function busOf(disk: string): Bus {
  if (/\/usb\d+\//.test(disk)) return 'usb';
  if (disk.includes('/mmc_host/')) return 'mmc';
  if (/\/nvme\d+n\d+$|\/nvme\d+c\d+n\d+$/.test(disk)) return 'pcie';
  if (/\/ata\d+\//.test(disk)) return 'sata';
  if (/\/(virtual|virtio\d+)\//.test(disk)) return 'virtual';
  return disk.includes('/pci') ? 'pcie' : 'virtual';
}

function isRemovable(disk: string): boolean {
  const bus = busOf(disk);
  if (bus === 'usb' || mediumComesOut(disk)) return true;
  return bus === 'pcie' && hangsOutside(disk);
}

/** Soldered memory is on the same bus as cards, and says MMC where a card says SD. */
function mediumComesOut(disk: string): boolean {
  return attribute(disk, 'removable') === '1' || attribute(disk, 'device/type') === 'SD';
}

/** A device behind Thunderbolt or in a card slot says so itself, or what it hangs on does. */
function hangsOutside(disk: string): boolean {
  for (let folder = dirname(disk); folder.length > '/sys/devices'.length; folder = dirname(folder)) {
    if (attribute(folder, 'removable') === 'removable') return true;
  }
  return false;
}

function nameOf(disk: string): string | undefined {
  const image = attribute(disk, 'loop/backing_file');
  if (image !== undefined) return basename(image);
  const words = [attribute(disk, 'device/vendor'), attribute(disk, 'device/model')];
  const name = words.filter((word) => word !== undefined && !/^0x/.test(word)).join(' ');
  return name === '' ? attribute(disk, 'device/name') : name;
}

function attribute(folder: string, name: string): string | undefined {
  const file = join(folder, name);
  // Most are not there, and to ask first is ten times cheaper than an error.
  if (!existsSync(file)) return undefined;
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realFolder(link: string): string | undefined {
  try {
    return realpathSync.native(link);
  } catch {
    return undefined;
  }
}
