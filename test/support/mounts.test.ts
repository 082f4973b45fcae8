/** The volumes that other tests stand on: that they hold files, go, come back, and fail as real drives do. */
import { readFile, readdir, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { run } from './commands.js';
import { lyingMount, lyingNeeds } from './lying-mount.js';
import { exfatMount, fatMount, isMounted, loopImage, volumeNeeds } from './mounts.js';
import type { TestVolume } from './mounts.js';
import { missingOf, testWith } from './needs.js';
import type { Need } from './needs.js';
import { below, differences, fillTree, plant, plantLink, temporaryFolder } from './trees.js';
import type { ExecutionContext } from 'ava';

async function goesAndComesBack(t: ExecutionContext, volume: TestVolume): Promise<void> {
  const file = path.join(volume.path, 'kept.txt');
  await writeFile(file, 'kept', { flush: true });
  await volume.unmount();
  t.deepEqual(await readdir(volume.path), [], 'the mount point is bare');
  await volume.mount();
  t.is(await readFile(file, 'utf8'), 'kept');
}

for (const [fs, sizeBytes] of [
  ['ext4', 16 << 20],
  ['xfs', 320 << 20],
  ['btrfs', 128 << 20],
] as const) {
  testWith(volumeNeeds[fs], `a drive with ${fs} goes away and comes back with its files`, async (t) => {
    await goesAndComesBack(t, await loopImage(t, { fs, sizeBytes }));
  });
}

for (const fs of ['ext4', 'xfs'] as const) {
  testWith(
    volumeNeeds[fs],
    `an ${fs} drive that is pulled fails every write and works when put back`,
    async (t) => {
      const volume = await loopImage(t, { fs, sizeBytes: 320 << 20 });
      const file = path.join(volume.path, 'kept.txt');
      await writeFile(file, 'kept', { flush: true });
      await volume.shutdown();
      await t.throwsAsync(writeFile(path.join(volume.path, 'new'), 'lost'), { code: 'EIO' });
      t.true(await isMounted(volume.path), 'still listed');
      await volume.unmount();
      await volume.mount();
      t.is(await readFile(file, 'utf8'), 'kept');
    },
  );
}

testWith(volumeNeeds.exfat, 'an exFAT drive goes away and comes back with its files', async (t) => {
  const volume = await exfatMount(t, { sizeBytes: 32 << 20 });
  await goesAndComesBack(t, volume);
  await t.throwsAsync(writeFile(path.join(volume.path, 'a:b'), ''), undefined, 'a colon is refused');
  await volume.shutdown();
  await t.throwsAsync(readdir(volume.path), undefined, 'a killed server serves nothing');
  await volume.unmount();
  await volume.mount();
  t.true((await readdir(volume.path)).includes('kept.txt'));
});

testWith(volumeNeeds.fat, 'a FAT32 drive goes away and comes back with its files', async (t) => {
  await goesAndComesBack(t, await fatMount(t, { sizeBytes: 40 << 20 }));
});

testWith(volumeNeeds.ext4, 'a drive with few inodes is full long before its bytes are', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20, inodes: 32 });
  const fill = async (): Promise<void> => {
    for (let at = 0; at < 64; at++) await writeFile(path.join(volume.path, `file ${String(at)}`), '');
  };
  await t.throwsAsync(fill(), { code: 'ENOSPC' });
  t.true((await statfs(volume.path)).bfree > 100);
});

testWith(volumeNeeds.ext4, 'a drive can be made read-only under a running program', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  await volume.remountReadOnly();
  await t.throwsAsync(writeFile(path.join(volume.path, 'new'), ''), { code: 'EROFS' });
  await volume.remountWritable();
  await t.notThrowsAsync(writeFile(path.join(volume.path, 'new'), ''));
});

testWith(lyingNeeds, 'the lying drive is honest until it is told to lie', async (t) => {
  const drive = await lyingMount(t);
  await fillTree(drive.path, { files: 30, seed: 1 });
  await plantLink(drive.path, 'link', '../elsewhere');
  await plant(drive.path, Buffer.from([0x61, 0xff, 0xe9]), { bytes: 'not UTF-8' });
  t.deepEqual(await differences(drive.path, drive.backing), []);
});

testWith(lyingNeeds, 'the lying drive flips bits, fails, fills up and goes away on request', async (t) => {
  const drive = await lyingMount(t, { log: true });
  const file = path.join(drive.path, 'IMG_0001.dng');
  await writeFile(file, 'aaaa', { flush: true });
  await drive.lie({ flip: [{ name: '0001.dng', offset: 2, bit: 1 }] });
  t.is(await readFile(file, 'utf8'), 'aaca');
  await drive.lie({ readError: [{ name: '0001.dng', offset: 2 }] });
  await t.throwsAsync(readFile(file), { code: 'EIO' });
  await drive.lie({ flushError: 'EIO' });
  await t.throwsAsync(writeFile(file, 'b', { flush: true }), { code: 'EIO' });
  await drive.lie({ largestFileBytes: 10 });
  await t.throwsAsync(writeFile(file, 'x'.repeat(11)), { code: 'EFBIG' });
  await drive.lie({ fullAfterBytes: 0 });
  await t.throwsAsync(writeFile(file, 'b'), { code: 'ENOSPC' });
  await drive.lie({ readOnly: true });
  await t.throwsAsync(writeFile(path.join(drive.path, 'new'), 'b'), { code: 'EROFS' });
  await drive.lie({ noLinks: true });
  await t.throwsAsync(plantLink(drive.path, 'link', 'target'), { code: 'EPERM' });
  await drive.lie({ listError: '/', openError: '0001.dng' });
  await t.throwsAsync(readdir(drive.path), { code: 'EIO' });
  await t.throwsAsync(readFile(file), { code: 'EACCES' });
  await drive.lie({ gone: true });
  await t.throwsAsync(readFile(file), { code: 'EIO' });
  const calls = (await drive.calls()).map(([call]) => call);
  t.true(calls.includes('write') && calls.includes('flush'));
  await drive.kill();
  await t.throwsAsync(readFile(file), { code: 'ENOTCONN' });
});

testWith([...lyingNeeds, 'cc'], 'files on the lying drive open past the cache', async (t) => {
  const drive = await lyingMount(t);
  const file = path.join(drive.path, 'block');
  await writeFile(file, Buffer.alloc(8192, 7));
  const read = await run('dd', [`if=${file}`, 'iflag=direct', 'bs=4096', 'count=2', 'of=/dev/null']);
  t.is(read.status, 0, read.stderr);
});

test('the comparison of trees sees names, bytes, times, kinds and targets', async (t) => {
  const left = await temporaryFolder(t);
  const right = await temporaryFolder(t);
  const at = { modifiedUs: 1_600_000_000_000_001 };
  await plant(left, 'same', { bytes: 'x', ...at });
  await plant(right, 'same', { bytes: 'x', ...at });
  t.deepEqual(await differences(left, right), []);
  await plant(left, 'time', { bytes: 'x', ...at });
  await plant(right, 'time', { bytes: 'x', modifiedUs: at.modifiedUs + 1 });
  await plant(left, 'bytes', { bytes: 'x', ...at });
  await plant(right, 'bytes', { bytes: 'y', ...at });
  await plant(left, 'kind', { bytes: '' });
  await plantLink(right, 'kind', 'x');
  await plantLink(left, 'target', 'x');
  await plantLink(right, 'target', 'y');
  await plant(left, Buffer.from([0xff]), { bytes: '' });
  await plant(right, Buffer.from([0xfe]), { bytes: '' });
  const found = await differences(left, right);
  t.is(found.length, 6, found.join('\n'));
  t.true(below('a', 'b').equals(Buffer.from('a/b')));
});

test('what a machine lacks is named with the package to install', (t) => {
  t.is(missingOf([]), undefined);
  t.is(missingOf(['gone-program' as Need]), 'apt-get install gone-program');
  t.is(missingOf(['python3']), undefined);
});
