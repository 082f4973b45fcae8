/** Reading files that fail, and filling files in any order. */
import { readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createPatched, openFailing } from '../../src/platform/salvaging.js';
import { mustRun } from '../support/commands.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { listTree, seededBytes, temporaryFolder } from '../support/trees.js';

test('a file that is not there, and a link, are not opened', async (t) => {
  const folder = await temporaryFolder(t);
  await t.throwsAsync(openFailing(join(folder, 'none')), { code: 'ENOENT' });
  await symlink('/etc/hostname', join(folder, 'link'));
  await t.throwsAsync(openFailing(join(folder, 'link')), { code: 'ELOOP' });
});

testWith(lyingNeeds, 'a place that cannot be read is met when it is reached, and not before', async (t) => {
  const mount = await lyingMount(t, { readError: [{ name: 'a', offset: 300_000 }] });
  const bytes = seededBytes(1, 400_000);
  await writeFile(join(mount.backing, 'a'), bytes);
  const file = await openFailing(join(mount.path, 'a'));
  t.teardown(() => file.close());
  t.is(file.bytes, bytes.length);
  const into = Buffer.alloc(bytes.length);
  const count = await file.read(into, 0);
  t.true(count > 0 && count <= 300_000, String(count));
  t.deepEqual(into.subarray(0, count), bytes.subarray(0, count));
  await t.throwsAsync(file.read(into.subarray(0, 512), 300_000), { code: 'EIO' });
  t.is(await file.read(into.subarray(0, 512), 300_001), 512);
  t.is(await file.read(into, bytes.length), 0);
});

testWith(volumeNeeds.ext4, 'reading leaves the time of access alone', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  await mustRun('mount', ['-o', 'remount,strictatime', drive.path]);
  const path = join(drive.path, 'a');
  await writeFile(path, 'abc');
  await utimes(path, 1_700_000_000, 1_700_000_000);
  const file = await openFailing(path);
  t.is(await file.read(Buffer.alloc(3), 0), 3);
  await file.close();
  t.is((await stat(path)).atimeMs, 1_700_000_000_000);
  await readFile(path);
  t.not((await stat(path)).atimeMs, 1_700_000_000_000, 'else nothing could be seen here');
});

test('a file is never filled in the place of another', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'a'), 'mine');
  await t.throwsAsync(createPatched(join(folder, 'a'), 10), { code: 'EEXIST' });
  await t.throwsAsync(createPatched(join(folder, 'none/a'), 10), { code: 'ENOENT' });
  t.is(await readFile(join(folder, 'a'), 'utf8'), 'mine');
});

test('what nobody writes is zeros, and what is discarded is gone', async (t) => {
  const folder = await temporaryFolder(t);
  const file = await createPatched(join(folder, 'a'), 8);
  await file.write(Buffer.from('cd'), 5);
  await file.write(Buffer.from('a'), 0);
  await file.end(1_700_000_000_000_000);
  t.deepEqual(await readFile(join(folder, 'a')), Buffer.from('a\0\0\0\0cd\0'));
  t.is((await stat(join(folder, 'a'))).mtimeMs, 1_700_000_000_000);
  await (await createPatched(join(folder, 'b'), 8)).discard();
  await file.discard();
  t.deepEqual([...(await listTree(folder)).keys()], []);
});
