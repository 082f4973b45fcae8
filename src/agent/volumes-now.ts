/** Which volumes are mounted right now: all that binding a place to its volume asks of the machine. */
import { readText } from '../platform/files.js';
import { uuidOfDevice } from '../platform/volume-uuid.js';
import { parseMountInfo } from '../platform/volumes.js';

export interface MountedVolume {
  readonly mountPoint: string;
  /** Another one when another volume is mounted there, or the same one anew. */
  readonly mount: string;
  /** Its file system can hold files of a person: it is neither of the kernel nor gone with the power. */
  readonly keeps: boolean;
  /** The UUID of its file system, asked when it is needed; `undefined` where nobody tells. */
  uuid(): Promise<string | undefined>;
}

/** File systems that hold nothing of anybody's, or nothing for long. */
const passing = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs ' +
    'mqueue nsfs proc pstore ramfs rpc_pipefs securityfs selinuxfs squashfs sysfs tmpfs tracefs'
  ).split(' '),
);

/**
 * Every mounted volume, the last of those mounted at one point; none where the system does not tell. Reads
 * one file of the kernel's and touches no volume, so that one that hangs holds nobody up.
 */
export async function volumesNow(): Promise<MountedVolume[]> {
  if (process.platform !== 'linux') return [];
  const mounts = parseMountInfo((await readText('/proc/self/mountinfo')) ?? '');
  const last = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  return [...last.values()].map(({ id, mountPoint, device, source, fileSystem }) => ({
    mountPoint,
    mount: `${id} ${device} ${source}`,
    keeps: !passing.has(fileSystem),
    uuid: () => uuidOfDevice(device, source),
  }));
}
