/** Which volumes are mounted right now: all that binding a place to its volume asks of the machine. */
import { blockNumberOf } from '../platform/volume-disks.js';
import { isVolume, parseMountInfo, readMountInfo } from '../platform/volume-mounts.js';
import { namesOfDevice } from '../platform/volume-uuid.js';

export interface MountedVolume {
  readonly mountPoint: string;
  /** Another one when another volume is mounted there, or the same one anew. */
  readonly mount: string;
  /** Its file system can hold files of a person: it is neither of the kernel nor gone with the power. */
  readonly keeps: boolean;
  /** The UUID of its file system, asked when it is needed; `undefined` where nobody tells. */
  uuid(): Promise<string | undefined>;
}

/**
 * Every mounted volume, the last of those mounted at one point; none where the system does not tell. Reads
 * one file of the kernel's and touches no volume, so that one that hangs holds nobody up.
 */
export function volumesNow(): MountedVolume[] {
  if (process.platform !== 'linux') return [];
  const last = new Map(parseMountInfo(readMountInfo()).map((mount) => [mount.mountPoint, mount]));
  return [...last.values()].map((mount) => ({
    mountPoint: mount.mountPoint,
    mount: `${mount.id} ${mount.device} ${mount.source}`,
    keeps: isVolume(mount) || mount.mountPoint === '/',
    uuid: async () => (await namesOfDevice(blockNumberOf(mount), mount.source)).uuid,
  }));
}
