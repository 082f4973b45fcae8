/** What Linux says is mounted, and which of it are volumes: things of one's own that hold files. */
import { readFileSync } from 'node:fs';

export interface Mount {
  readonly id: number;
  /** `major:minor` of the file system; btrfs, FUSE and network shares have a number of no device, `0:44`. */
  readonly device: string;
  /** The folder of the file system that shows here: `/` unless it is a subvolume or bound. */
  readonly root: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
  readonly readOnly: boolean;
  /** The file system says of itself that it is shut down, as ext4 does since Linux 6.15. */
  readonly shutDown: boolean;
}

/** mountinfo as it is now: 16 microseconds, and never held up by a volume that hangs. */
export function readMountInfo(): string {
  return readFileSync('/proc/self/mountinfo', 'utf8');
}

/** Every mount of mountinfo's text, in its order. See proc_pid_mountinfo(5). */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const [id, , device, root, mountPoint, options] = fields;
    const [fileSystem, source, ofFileSystem] = fields.slice(dash + 1);
    if (dash < 0 || !id || !device || !root || !mountPoint || !options || !fileSystem) continue;
    mounts.push({
      id: Number(id),
      device,
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      fileSystem: unescapeOctal(fileSystem),
      source: unescapeOctal(source ?? ''),
      readOnly: options.split(',').includes('ro'),
      shutDown: ofFileSystem?.split(',').includes('shutdown') ?? false,
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

/** A file system and everywhere it shows. */
export interface MountedFileSystem {
  /** Another for each mounting. */
  readonly id: string;
  /** The mount that shows most of it. */
  readonly main: Mount;
  /** All of them, in the order they were mounted. */
  readonly mounts: readonly Mount[];
}

/** What the system makes for itself, and what programs are packed in. */
const notVolumes = new Set([
  ...['autofs', 'binfmt_misc', 'bpf', 'cgroup', 'cgroup2', 'configfs', 'debugfs', 'devpts', 'devtmpfs'],
  ...['efivarfs', 'fusectl', 'hugetlbfs', 'mqueue', 'nfsd', 'nsfs', 'overlay', 'proc', 'pstore', 'ramfs'],
  ...['rootfs', 'rpc_pipefs', 'securityfs', 'selinuxfs', 'smackfs', 'sysfs', 'tmpfs', 'tracefs'],
  ...['cramfs', 'erofs', 'squashfs', 'fuse.snapfuse', 'fuse.squashfuse'],
  ...['fuse.gvfsd-fuse', 'fuse.lxcfs', 'fuse.portal'],
]);

/** Whether a mount is a thing of one's own that holds files, by its kind. */
export function isVolume({ fileSystem }: Pick<Mount, 'fileSystem'>): boolean {
  return !notVolumes.has(fileSystem);
}

/** The volumes among mounts. What is covered by a later mount at its place is left out; `/` never is. */
export function mountedFileSystems(mounts: readonly Mount[]): MountedFileSystem[] {
  const onTop = new Map(mounts.map((mount) => [mount.mountPoint, mount.id]));
  const groups = new Map<string, Mount[]>();
  for (const mount of mounts) {
    if (onTop.get(mount.mountPoint) !== mount.id) continue;
    if (!isVolume(mount) && mount.mountPoint !== '/') continue;
    const group = groups.get(mount.device);
    if (group) group.push(mount);
    else groups.set(mount.device, [mount]);
  }
  return [...groups.values()].flatMap((group) => {
    const main = group.find(({ root }) => root === '/') ?? group[0];
    if (!main) return [];
    const { device, id, source, mountPoint } = main;
    return [{ id: `${device} ${id} ${source} ${mountPoint}`, main, mounts: group }];
  });
}

const overTheNetwork =
  /^(nfs4?|cifs|smb3|smbfs|afs|ceph|9p|davfs|glusterfs|fuse\.(sshfs|rclone|davfs2?|.*nfs))$/;

/** The server of a network share: of `server:/export`, `//server/share` and `user@server:`. */
export function serverOf({ source }: Pick<Mount, 'source'>): string | undefined {
  return /^\/\/([^/]+)\//.exec(source)?.[1] ?? /^(?:[^@/]+@)?([^/:]+):/.exec(source)?.[1];
}

/** Whether a mount is a share of another computer. */
export function isNetwork(mount: Mount): boolean {
  return overTheNetwork.test(mount.fileSystem) || serverOf(mount) !== undefined;
}
