/**
 * Every mounted volume on Linux, without any daemon: mountinfo, what udev left in /run, /sys and one call for
 * its numbers. Each volume is asked on a thread of its own, so one that hangs does not hold up the others.
 */
import { errnoOf } from '../base/errors.js';
import type { Volume } from '../base/volumes.js';
import { deviceOfMount } from './devices.js';
import type { RawVolume } from './native-addon.js';
import { blockNumberOf, diskOf, isPulledOut } from './volume-disks.js';
import type { Disk } from './volume-disks.js';
import { isNetwork, mountedFileSystems, parseMountInfo, readMountInfo } from './volume-mounts.js';
import type { Mount, MountedFileSystem } from './volume-mounts.js';
import { namesOfDevice } from './volume-uuid.js';
import type { DeviceNames } from './volume-uuid.js';
import { readNumbers } from './volumes.js';

/** What can list volumes, and say which of them are gone although they are still listed. */
export interface VolumeTable {
  /** Cheap, and never held up; another text means that something was mounted or unmounted. */
  text(): string;
  list(): Promise<Volume[]>;
  /** False when a volume of the list made last did not tell its names in time: they may come. */
  readonly isWhole: boolean;
  /** The ids of those, of the list made last, that are gone. Cheap: it is asked twice a second. */
  gone(volumes: readonly Volume[]): Promise<ReadonlySet<string>>;
}

/** A volume that does not answer within this is told without its numbers. */
const patienceMs = 300;

/** The system answers for a device that is no longer there, or a server that has died. */
const deadErrnos = new Set(['EIO', 'ENOTCONN', 'ECONNABORTED', 'ENODEV', 'ENXIO', 'ENOMEDIUM', 'ESHUTDOWN']);

/** Mount points of the system's own, wherever their disks are. */
const systemPlaces = /^\/(|boot(\/.*)?|efi|home|nix|opt|usr|var)$/;

/** What a volume is called, as far as it has told that, and what it lies on. */
interface Lasting {
  readonly names: DeviceNames | undefined;
  readonly disk: Disk | undefined;
}

type Answer = RawVolume | 'hangs' | 'dead' | 'unreachable';

export class LinuxVolumes implements VolumeTable {
  /** Mount points whose answer is still outstanding. They are not asked again until it has come. */
  readonly #asked = new Set<string>();
  /** Names that are still being asked for, by volume: one that hangs is asked once. */
  readonly #naming = new Map<string, Promise<DeviceNames>>();
  isWhole = true;
  /** What stays as it is for as long as a volume stays mounted, of those listed last. */
  #lasting: ReadonlyMap<string, Lasting> = new Map();
  /** What was mounted when volumes were listed last, by their ids. */
  #mounted: ReadonlyMap<string, MountedFileSystem> = new Map();

  text(): string {
    return readMountInfo();
  }

  /** All that are there; what was pulled out while mounted, or is covered by another, is left out. */
  async list(): Promise<Volume[]> {
    const all = mountedFileSystems(parseMountInfo(this.text()));
    this.#mounted = new Map(all.map((one) => [one.id, one]));
    for (const id of this.#naming.keys()) if (!this.#mounted.has(id)) this.#naming.delete(id);
    const lasting = new Map<string, Lasting>();
    const found = await Promise.all(all.map((one) => this.#describe(one, lasting)));
    this.#lasting = lasting;
    this.isWhole = [...lasting.values()].every(({ names }) => names !== undefined);
    const volumes = found.filter((volume) => volume !== undefined);
    const systemDevice = volumes.find(({ mountPoints }) => mountPoints.includes('/'))?.device;
    return volumes.map((volume) => (volume.device === systemDevice ? { ...volume, system: true } : volume));
  }

  async gone(volumes: readonly Volume[]): Promise<ReadonlySet<string>> {
    const gone = new Set<string>();
    await Promise.all(
      volumes.map(async (volume) => {
        if (volume.system) return;
        const one = this.#mounted.get(volume.id);
        if (!one || isUnplugged(one) || (await this.#isDead(volume, one))) gone.add(volume.id);
      }),
    );
    return gone;
  }

  /** What cannot be pulled out is not asked, and no server is called twice a second. */
  async #isDead({ bus, removable }: Volume, { main }: MountedFileSystem): Promise<boolean> {
    if (!removable && bus !== 'virtual') return false;
    return (await this.#ask(main.mountPoint)) === 'dead';
  }

  async #describe(one: MountedFileSystem, lasting: Map<string, Lasting>): Promise<Volume | undefined> {
    const { id, main, mounts } = one;
    if (isUnplugged(one)) return undefined;
    const block = blockNumberOf(main);
    const before = this.#lasting.get(id);
    const disk = before ? before.disk : block === undefined ? undefined : diskOf(block);
    const [answer, told] = await Promise.all([
      this.#ask(main.mountPoint),
      before?.names ?? this.#namesOf(id, block, main),
    ]);
    lasting.set(id, { names: told, disk });
    const network = isNetwork(main);
    if (answer === 'unreachable' || (answer === 'dead' && !network)) return undefined;
    const numbers = typeof answer === 'string' ? undefined : answer;
    // On top of it, or of a folder above it, lies something else.
    if (numbers && numbers.mount !== 0 && !mounts.some((mount) => mount.id === numbers.mount))
      return undefined;
    const names = told ?? {};
    return {
      id,
      mountPoint: main.mountPoint,
      mountPoints: mounts.map(({ mountPoint }) => mountPoint),
      source: main.source,
      fileSystem: main.fileSystem,
      ...names,
      ...(numbers && { totalBytes: numbers.totalBytes, freeBytes: numbers.freeBytes }),
      readOnly: main.readOnly || (numbers?.readOnly ?? false),
      bus: disk?.bus ?? (network ? 'network' : 'virtual'),
      removable: disk?.removable ?? false,
      device: deviceOfMount(main, disk) ?? `volume:${names.uuid ?? main.device}`,
      ...(disk?.name !== undefined && { deviceName: disk.name }),
      system: mounts.some(({ mountPoint }) => systemPlaces.test(mountPoint)),
    };
  }

  /** `undefined` where it takes too long; what comes later is there for the next list. */
  async #namesOf(id: string, block: string | undefined, main: Mount): Promise<DeviceNames | undefined> {
    const asked = this.#naming.get(id) ?? namesOfDevice(block, main.source);
    this.#naming.set(id, asked);
    const names = await withPatience<DeviceNames | undefined>(asked, undefined);
    if (names) this.#naming.delete(id);
    return names;
  }

  async #ask(mountPoint: string): Promise<Answer> {
    if (this.#asked.has(mountPoint)) return 'hangs';
    this.#asked.add(mountPoint);
    const answer = readNumbers(mountPoint)
      .catch((error: unknown): Answer => {
        return deadErrnos.has(errnoOf(error) ?? '') ? 'dead' : 'unreachable';
      })
      .finally(() => this.#asked.delete(mountPoint));
    return withPatience<Answer>(answer, 'hangs');
  }
}

/** Whether the device behind a mount is gone, or its file system says so itself. */
function isUnplugged({ main, mounts }: MountedFileSystem): boolean {
  return isPulledOut(main) || mounts.some(({ shutDown }) => shutDown);
}

/** What was awaited, or `otherwise` after {@link patienceMs}. */
function withPatience<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise), patienceMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The volumes of this computer, whatever it is. */
export async function volumeTable(): Promise<VolumeTable> {
  if (process.platform === 'linux') return new LinuxVolumes();
  const { VolumesElsewhere } = await import('./volume-elsewhere.js');
  return new VolumesElsewhere();
}

/** Every mounted volume that answers. */
export async function listVolumes(): Promise<Volume[]> {
  return (await volumeTable()).list();
}
