/** Facts about volumes: the addon's numbers, with what mountinfo and the superblock tell besides. */
import { readFile } from 'node:fs/promises';
import { addon, type RawVolume } from './native-addon.js';
import type { FsPath, VolumeFacts } from './native.js';
import { systemError } from './system-errors.js';
import { uuidOfDevice } from './volume-uuid.js';

interface Mount {
  readonly id: number;
  readonly device: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
  readonly readOnly: boolean;
}

/** As {@link Native.volumeOf}. */
export async function volumeFacts(path: FsPath): Promise<VolumeFacts> {
  const numbers = await readNumbers(path);
  const mount = process.platform === 'linux' ? await mountOf(numbers) : undefined;
  const uuid = mount ? await uuidOfDevice(mount.device, mount.source) : numbers.uuid;
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

function readNumbers(path: FsPath): Promise<RawVolume> {
  return new Promise((resolve, reject) => {
    addon().volumeNumbers(path, (failure, numbers) => {
      if (failure) reject(systemError(failure));
      else resolve(numbers);
    });
  });
}

/** The mount a path is on. By the mount's id; on old kernels by its device, the last mounted first. */
async function mountOf(numbers: RawVolume): Promise<Mount | undefined> {
  const mounts = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  const device = BigInt(numbers.device);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return (
    mounts.find(({ id }) => id === numbers.mount) ??
    mounts.findLast((mount) => mount.device === `${major}:${minor}`)
  );
}

/** Every mount of mountinfo's text, in its order. See proc_pid_mountinfo(5). */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const [id, , device, , mountPoint, options] = fields;
    const [fileSystem, source] = fields.slice(dash + 1);
    if (dash < 0 || !id || !device || !mountPoint || !options || !fileSystem) continue;
    mounts.push({
      id: Number(id),
      device,
      mountPoint: unescapeOctal(mountPoint),
      fileSystem: unescapeOctal(fileSystem),
      source: unescapeOctal(source ?? ''),
      readOnly: options.split(',').includes('ro'),
    });
  }
  return mounts;
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
