/**
 * Volumes on macOS and Windows, where `systeminformation` asks the system's own tools. That takes longer than
 * on Linux and starts programs, so only what is cheap is looked at while nothing changes.
 */
import { existsSync, readdirSync } from 'node:fs';
import type { Systeminformation } from 'systeminformation';
import type { Bus, Volume } from '../base/volumes.js';
import type { VolumeTable } from './volume-list.js';
import { volumeFacts } from './volumes.js';

type BlockDevice = Systeminformation.BlockDevicesData;

/** A and B were floppy disks, which are not worth the noise of looking. */
const letters = 'C D E F G H I J K L M N O P Q R S T U V W X Y Z'.split(' ');

export class VolumesElsewhere implements VolumeTable {
  readonly isWhole = true;

  /** macOS mounts below one folder, Windows gives letters. */
  text(): string {
    if (process.platform !== 'win32') return namesIn('/Volumes').join('\n');
    return letters.filter((letter) => existsSync(`${letter}:\\`)).join('');
  }

  async list(): Promise<Volume[]> {
    const { blockDevices } = await import('systeminformation');
    const mounted = (await blockDevices()).filter(({ mount }) => mount !== '');
    const found = await Promise.all(mounted.map((device) => describe(device)));
    return found.filter((volume) => volume !== undefined);
  }

  async gone(volumes: readonly Volume[]): Promise<ReadonlySet<string>> {
    return new Set(volumes.filter(({ mountPoint }) => !existsSync(mountPoint)).map(({ id }) => id));
  }
}

/** A volume by what `systeminformation` says of its device and the addon of its mount point. */
async function describe(found: BlockDevice): Promise<Volume | undefined> {
  const mountPoint = /^[A-Z]:$/.test(found.mount) ? `${found.mount}\\` : found.mount;
  const facts = await volumeFacts(mountPoint).catch(() => undefined);
  if (!facts) return undefined;
  const { uuid, fileSystem, totalBytes, freeBytes, readOnly } = facts;
  const source = found.device ?? found.name;
  return {
    id: `${facts.device} ${source} ${mountPoint}`,
    ...{ mountPoint, mountPoints: [mountPoint], source, fileSystem, totalBytes, freeBytes, readOnly },
    ...(uuid !== undefined && { uuid }),
    ...(found.label !== '' && { label: found.label }),
    ...(found.model !== '' && { deviceName: found.model }),
    bus: busNamed(found),
    removable: found.removable,
    device: found.device === undefined ? `volume:${uuid ?? facts.device}` : `disk:${found.device}`,
    system: mountPoint === '/' || /^c:\\$/i.test(mountPoint) || mountPoint.startsWith('/System/'),
  };
}

/** `protocol` is the bus as the system's tools call it, empty where they do not tell. */
export function busNamed({ protocol, physical }: Pick<BlockDevice, 'protocol' | 'physical'>): Bus {
  if (physical === 'Network') return 'network';
  const name = protocol.toLowerCase();
  if (name.includes('usb')) return 'usb';
  if (name.includes('secure digital') || name === 'mmc' || name === 'sd') return 'mmc';
  if (/nvme|pci|apple fabric|thunderbolt/.test(name)) return 'pcie';
  if (/sata|ata/.test(name)) return 'sata';
  return 'virtual';
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
