/** mountinfo as it is written, and which mounts are volumes. */
import test from 'ava';
import { busOf } from '../../src/platform/volume-disks.js';
import { isNetwork, mountedFileSystems, parseMountInfo } from '../../src/platform/volume-mounts.js';

test('mountinfo is read as it is written', (t) => {
  const text = [
    '36 35 98:0 /mnt1 /mnt\\0402/a\\134b rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,a=b',
    '40 36 0:44 / /media/card ro,relatime - fuseblk /dev/sdb1 rw,user_id=0',
    '41 36 7:0 / /pulled rw - ext4 /dev/loop0 rw,shutdown',
    'nonsense',
    '',
  ].join('\n');
  const usual = { root: '/', readOnly: false, shutDown: false };
  t.deepEqual(parseMountInfo(text), [
    {
      ...usual,
      ...{ id: 36, device: '98:0', root: '/mnt1', mountPoint: '/mnt 2/a\\b' },
      ...{ fileSystem: 'ext3', source: '/dev/root' },
    },
    {
      ...usual,
      ...{ id: 40, device: '0:44', mountPoint: '/media/card', readOnly: true },
      ...{ fileSystem: 'fuseblk', source: '/dev/sdb1' },
    },
    {
      ...usual,
      ...{ id: 41, device: '7:0', mountPoint: '/pulled', shutDown: true },
      ...{ fileSystem: 'ext4', source: '/dev/loop0' },
    },
  ]);
});

/** A desktop: subvolumes, a bound folder, snaps, a share, a card over another, what the kernel makes. */
const desktop = [
  '22 27 0:21 / /proc rw - proc proc rw',
  '23 27 0:22 / /sys rw - sysfs sysfs rw',
  '25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw',
  '27 1 0:30 /@ / rw - btrfs /dev/nvme0n1p2 rw,subvol=/@',
  '28 27 0:30 /@home /home rw - btrfs /dev/nvme0n1p2 rw,subvol=/@home',
  '29 27 259:1 / /boot/efi rw - vfat /dev/nvme0n1p1 rw',
  '30 27 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro',
  '31 27 0:50 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw',
  '32 27 0:51 / /mnt/nas rw - nfs4 nas:/pictures rw',
  '33 27 8:17 /Jobs /srv/jobs rw - ext4 /dev/sdb1 rw',
  '34 27 8:17 / /media/anna/Blue rw - ext4 /dev/sdb1 rw',
  '35 27 8:33 / /media/anna/card rw - exfat /dev/sdc1 rw',
  '36 35 8:49 / /media/anna/card rw - exfat /dev/sdd1 rw',
  '37 27 0:52 / /media/anna/Old rw - fuseblk /dev/sde1 rw',
  '38 27 0:53 / /net rw - autofs systemd-1 rw',
].join('\n');

test('volumes are what holds files of its own, each once, without what the system makes', (t) => {
  const found = mountedFileSystems(parseMountInfo(desktop));
  t.deepEqual(
    found.map(({ main, mounts }) => [main.mountPoint, mounts.length]),
    [
      ['/', 2],
      ['/boot/efi', 1],
      ['/mnt/nas', 1],
      ['/media/anna/Blue', 2],
      ['/media/anna/card', 1],
      ['/media/anna/Old', 1],
    ],
  );
  t.is(found[4]?.main.source, '/dev/sdd1', 'of two at one place the upper one');
  t.is(new Set(found.map(({ id }) => id)).size, found.length);
});

test('the root is a volume whatever it is made of', (t) => {
  const [only] = mountedFileSystems(parseMountInfo('1 0 0:40 / / rw - overlay overlay rw,lowerdir=/a'));
  t.is(only?.main.mountPoint, '/');
});

test('a share is known by its file system, and by naming its server', (t) => {
  const mount = (fileSystem: string, source: string): boolean =>
    parseMountInfo(`1 0 0:40 / /a rw - ${fileSystem} ${source} rw`).every(isNetwork);
  for (const [kind, source] of [
    ['cifs', '//nas/pictures'],
    ['nfs4', 'nas:/pictures'],
    ['fuse.sshfs', 'anna@nas:'],
    ['fuse.rclone', 'remote'],
    ['9p', 'shared'],
  ] as const) {
    t.true(mount(kind, source), kind);
  }
  for (const [kind, source] of [
    ['ext4', '/dev/sda1'],
    ['fuseblk', '/dev/sda1'],
    ['fuse.lying-mount', 'lying'],
  ] as const) {
    t.false(mount(kind, source), kind);
  }
});

test('the bus is told by where among the devices a disk hangs', (t) => {
  const pci = '/sys/devices/pci0000:00';
  t.is(busOf(`${pci}/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb`), 'usb');
  t.is(busOf(`${pci}/0000:00:1c.0/rtsx_pci_sdmmc.0/mmc_host/mmc0/mmc0:1234/block/mmcblk0`), 'mmc');
  t.is(busOf(`${pci}/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1`), 'pcie');
  t.is(busOf('/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1'), 'pcie');
  t.is(busOf(`${pci}/0000:00:17.0/ata3/host2/target2:0:0/2:0:0:0/block/sda`), 'sata');
  t.is(busOf(`${pci}/0000:00:04.0/virtio1/block/vda`), 'virtual');
  t.is(busOf('/sys/devices/virtual/block/loop0'), 'virtual');
  t.is(busOf(`${pci}/0000:01:00.0/host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sda`), 'pcie');
});
