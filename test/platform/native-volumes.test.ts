/** Volumes and locks: what a path is on, by whatever is known of it, and who may work there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../src/platform/native.js';
import { mustRun } from '../support/commands.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { exfatMount, fatMount, loopImage, type TestVolume, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { below, plant, temporaryFolder } from '../support/trees.js';

test('a folder and a file in it are on the same volume, with room as the system tells it', async (t) => {
  const root = await temporaryFolder(t);
  const file = await plant(root, 'a', { bytes: 'x' });
  const [ofFolder, ofFile] = [await native.volumeOf(root), await native.volumeOf(file)];
  t.is(ofFolder.device, String((await stat(root, { bigint: true })).dev));
  t.is(ofFile.mountPoint, ofFolder.mountPoint);
  t.true(ofFolder.totalBytes > ofFolder.freeBytes && ofFolder.freeBytes > 0);
  t.false(ofFolder.readOnly);
  t.not(ofFolder.fileSystem, 'unknown');
});

test('what is not there is on no volume', async (t) => {
  const root = await temporaryFolder(t);
  await t.throwsAsync(native.volumeOf(path.join(root, 'none')), { code: 'ENOENT' });
  await t.throwsAsync(native.flushVolume(path.join(root, 'none')), { code: 'ENOENT' });
});

test('a volume is flushed', async (t) => {
  await t.notThrowsAsync(native.flushVolume(await temporaryFolder(t)));
});

async function uuidByBlkid(image: string): Promise<string> {
  return (await mustRun('blkid', ['-p', '-s', 'UUID', '-o', 'value', image])).trim();
}

async function isKnown(t: ExecutionContext, volume: TestVolume, fileSystem: string): Promise<void> {
  const facts = await native.volumeOf(volume.path);
  t.like(facts, { fileSystem, mountPoint: volume.path, readOnly: false });
  t.is(facts.uuid, await uuidByBlkid(volume.image));
  await volume.unmount();
  t.not((await native.volumeOf(volume.path)).mountPoint, volume.path);
  await volume.mount({ readOnly: true });
  t.like(await native.volumeOf(volume.path), { uuid: facts.uuid, readOnly: true });
}

for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
  testWith(volumeNeeds[fs], `a volume with ${fs} is known by its UUID`, async (t) => {
    await isKnown(t, await loopImage(t, { fs, sizeBytes: 330 << 20 }), fs);
  });
}

testWith(volumeNeeds.exfat, 'a volume with exFAT is known by its serial number', async (t) => {
  await isKnown(t, await exfatMount(t, { sizeBytes: 32 << 20 }), 'fuseblk');
});

testWith(
  volumeNeeds.fat,
  'a volume whose server names no device has no UUID, and facts all the same',
  async (t) => {
    const volume = await fatMount(t, { sizeBytes: 64 << 20 });
    const facts = await native.volumeOf(volume.path);
    t.is(facts.mountPoint, volume.path);
    t.regex(facts.fileSystem, /^fuse/);
    t.is(facts.uuid, undefined);
  },
);

testWith(volumeNeeds.ext4, 'of two volumes at one place the upper one counts', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  const lower = await native.volumeOf(volume.path);
  await mustRun('mount', ['-t', 'tmpfs', 'tmpfs', volume.path]);
  t.teardown(() => mustRun('umount', [volume.path]));
  const upper = await native.volumeOf(volume.path);
  t.like(upper, { fileSystem: 'tmpfs', mountPoint: volume.path });
  t.is(upper.uuid, undefined);
  t.not(upper.device, lower.device);
});

testWith(volumeNeeds.ext4, 'a mount point with spaces and newlines in its name is named right', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  const odd = path.join(await temporaryFolder(t), 'a b\tc\\040\nd é');
  await mkdir(odd);
  await volume.unmount();
  await volume.mount({ at: odd });
  const facts = await native.volumeOf(odd);
  // Before its mount point is removed.
  await volume.unmount();
  t.is(facts.mountPoint, odd);
});

testWith(lyingNeeds, 'a drive that is gone says so', async (t) => {
  const drive = await lyingMount(t);
  t.regex((await native.volumeOf(drive.path)).fileSystem, /^fuse/);
  await drive.kill();
  const error = await t.throwsAsync(native.volumeOf(drive.path));
  t.regex((error as NodeJS.ErrnoException).code ?? '', /^E(NOTCONN|CONNABORTED)$/);
});

test('a lock is held by one alone, until it is released', async (t) => {
  const file = path.join(await temporaryFolder(t), 'lock');
  const lock = native.lockFile(file);
  t.truthy(lock);
  t.is(native.lockFile(file), undefined);
  lock?.release();
  const again = native.lockFile(file);
  t.truthy(again);
  lock?.release();
  t.is(native.lockFile(file), undefined, 'a second release is of nothing');
  again?.release();
  t.is((await stat(file)).mode & 0o777, 0o600);
});

test('a lock file that cannot be made is an error', async (t) => {
  const root = await temporaryFolder(t);
  t.throws(() => native.lockFile(path.join(root, 'none/lock')), { code: 'ENOENT' });
  t.throws(() => native.lockFile(root), { code: 'EISDIR' });
});

test('a lock may have any name', async (t) => {
  const root = await temporaryFolder(t);
  const lock = native.lockFile(below(root, Buffer.from([0xff, 0x0a])));
  t.truthy(lock);
  lock?.release();
});

async function holder(t: ExecutionContext, file: string): Promise<ChildProcess> {
  const module = JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href);
  const script = `
    import { native } from ${module};
    // Nobody keeps the handle: it must be held all the same.
    native.lockFile(${JSON.stringify(file)});
    gc();
    console.log('held');
    setInterval(() => gc(), 20);
  `;
  const args = ['--expose-gc', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('a lock dies with its process, however that ends', async (t) => {
  const file = path.join(await temporaryFolder(t), 'lock');
  const child = await holder(t, file);
  t.is(native.lockFile(file), undefined);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = native.lockFile(file);
  t.truthy(lock);
  lock?.release();
});
