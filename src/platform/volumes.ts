/** Facts about volumes: the addon's numbers, with what mountinfo and the superblock tell besides. */
import { addon, type RawVolume } from './native-addon.js';
import type { FsPath, VolumeFacts } from './native.js';
import { systemError } from './system-errors.js';
import { blockNumberOf } from './volume-disks.js';
import { parseMountInfo, readMountInfo } from './volume-mounts.js';
import type { Mount } from './volume-mounts.js';
import { namesOfDevice } from './volume-uuid.js';

/** As {@link Native.volumeOf}. */
export async function volumeFacts(path: FsPath): Promise<VolumeFacts> {
  const numbers = await readNumbers(path);
  const mount = process.platform === 'linux' ? mountOf(numbers) : undefined;
  const { uuid } = mount ? await namesOfDevice(blockNumberOf(mount), mount.source) : numbers;
  return {
    device: numbers.device,
    fileSystem: mount?.fileSystem ?? (numbers.fileSystem || 'unknown'),
    mountPoint: mount?.mountPoint ?? (numbers.mountPoint || '/'),
    ...(uuid && { uuid }),
    freeBytes: numbers.freeBytes,
    totalBytes: numbers.totalBytes,
    // Some file systems make inodes as they are needed and say 0 of 0.
    ...(numbers.totalFiles > 0 && { freeFiles: numbers.freeFiles }),
    readOnly: numbers.readOnly || (mount?.readOnly ?? false),
  };
}

/** What the addon tells of the volume under a path, on a thread of its own: a path may hang. */
export function readNumbers(path: FsPath): Promise<RawVolume> {
  return new Promise((resolve, reject) => {
    addon().volumeNumbers(path, (failure, numbers) => {
      if (failure) reject(systemError(failure));
      else resolve(numbers);
    });
  });
}

/** The mount a path is on. By the mount's id; on old kernels by its device, the last mounted first. */
function mountOf(numbers: RawVolume): Mount | undefined {
  const mounts = parseMountInfo(readMountInfo());
  const device = BigInt(numbers.device);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return (
    mounts.find(({ id }) => id === numbers.mount) ??
    mounts.findLast((mount) => mount.device === `${major}:${minor}`)
  );
}
