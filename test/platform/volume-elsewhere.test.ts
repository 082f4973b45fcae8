/**
 * Volumes as `systeminformation` tells them, which macOS and Windows have to do with: asked here of Linux,
 * where we know better, and held against that.
 */
import test from 'ava';
import { VolumesElsewhere, busNamed } from '../../src/platform/volume-elsewhere.js';
import { LinuxVolumes } from '../../src/platform/volume-list.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';

testWith(volumeNeeds.ext4, 'a drive is told as we tell it ourselves', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20, label: 'Blue' });
  const isIt = ({ mountPoint }: { readonly mountPoint: string }): boolean => mountPoint === drive.path;
  const own = (await new LinuxVolumes().list()).find(isIt);
  const table = new VolumesElsewhere();
  const found = (await table.list()).find(isIt);
  // Not by its label, which the tool it asks only knows where udev runs.
  const { mountPoint, mountPoints, uuid, fileSystem, totalBytes, readOnly, removable, system } = own ?? {};
  t.like(found, {
    mountPoint,
    mountPoints,
    uuid,
    fileSystem,
    totalBytes,
    readOnly,
    removable,
    system,
  });
  t.is(found?.bus, 'virtual');
  t.deepEqual([...(await table.gone(found ? [found] : []))], []);
});

test('buses are known by what the tools of each system call them', (t) => {
  const bus = (protocol: string, physical = ''): string => busNamed({ protocol, physical });
  t.is(bus('USB'), 'usb');
  t.is(bus('Secure Digital'), 'mmc');
  t.is(bus('nvme'), 'pcie');
  t.is(bus('PCI-Express'), 'pcie');
  t.is(bus('Apple Fabric'), 'pcie');
  t.is(bus('SATA'), 'sata');
  t.is(bus('Disk Image'), 'virtual');
  t.is(bus('', 'Network'), 'network');
  t.is(bus(''), 'virtual');
});
