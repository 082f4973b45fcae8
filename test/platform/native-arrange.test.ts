/** Changes of names: every step by itself, nothing ever replaced. */
import { execFileSync } from 'node:child_process';
import { link, lstat, mkdir, readdir, readFile, readlink, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { native, type Step } from '../../src/platform/native.js';
import { mustRun } from '../support/commands.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { exfatMount, fatMount, loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { below, plant, temporaryFolder } from '../support/trees.js';

async function codes(...steps: Step[]): Promise<(string | null)[]> {
  return (await native.arrange(steps)).map((error) => error?.code ?? null);
}

test('no steps give no results', async (t) => {
  t.deepEqual(await native.arrange([]), []);
});

test('folders are made with those above them, and are no error when they are there', async (t) => {
  const root = await temporaryFolder(t);
  const deep = path.join(root, 'a/b/c');
  t.deepEqual(await codes({ do: 'folder', path: deep }, { do: 'folder', path: deep }), [null, null]);
  t.deepEqual(await codes({ do: 'folder', path: `${root}/a//b/../d/` }), [null]);
  t.true((await stat(path.join(root, 'a/d'))).isDirectory());
  await plant(root, 'file', { bytes: 'x' });
  await symlink('a', path.join(root, 'link'));
  await symlink('nowhere', path.join(root, 'dangling'));
  const steps = ['file', 'file/below', 'link/e', 'dangling'].map(
    (name) => ({ do: 'folder', path: path.join(root, name) }) as const,
  );
  t.deepEqual(await codes(...steps), ['ENOTDIR', 'ENOTDIR', null, 'ENOTDIR']);
});

test('a rename moves a file, and never replaces one', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'a', { bytes: 'a' });
  await plant(root, 'b', { bytes: 'b' });
  await mkdir(path.join(root, 'folder'));
  await mkdir(path.join(root, 'other'));
  const at = (name: string): string => path.join(root, name);
  const results = await native.arrange([
    { do: 'rename', from: at('a'), to: at('b') },
    { do: 'rename', from: at('a'), to: at('folder') },
    { do: 'rename', from: at('folder'), to: at('other') },
    { do: 'rename', from: at('missing'), to: at('c') },
    { do: 'rename', from: at('a'), to: at('nowhere/c') },
    { do: 'rename', from: at('a'), to: at('folder/a') },
  ]);
  t.deepEqual(
    results.map((error) => error?.code),
    ['EEXIST', 'EEXIST', 'EEXIST', 'ENOENT', 'ENOENT', undefined],
  );
  t.like(results[3], { syscall: 'rename', path: at('missing') });
  t.is(await readFile(at('b'), 'utf8'), 'b');
  t.is(await readFile(at('folder/a'), 'utf8'), 'a');
});

test('a rename onto another name of the same file is refused like any other', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'a', { bytes: 'a' });
  await link(path.join(root, 'a'), path.join(root, 'b'));
  t.deepEqual(await codes({ do: 'rename', from: path.join(root, 'a'), to: path.join(root, 'b') }), [
    'EEXIST',
  ]);
  t.deepEqual((await readdir(root)).sort(), ['a', 'b']);
});

test('links, removals and folders that are not empty', async (t) => {
  const root = await temporaryFolder(t);
  const at = (name: string): string => path.join(root, name);
  await plant(root, 'full/a', { bytes: 'x' });
  t.deepEqual(
    await codes(
      { do: 'link', path: at('l'), target: Buffer.from([0x2f, 0xff]) },
      { do: 'link', path: at('l'), target: 'other' },
      { do: 'removeFolder', path: at('full') },
      { do: 'remove', path: at('full/a') },
      { do: 'remove', path: at('full/a') },
      { do: 'removeFolder', path: at('full') },
      { do: 'remove', path: at('l') },
    ),
    [null, 'EEXIST', 'ENOTEMPTY', null, 'ENOENT', null, null],
  );
  t.deepEqual(await readdir(root), []);
});

test('a link keeps its target as bytes', async (t) => {
  const root = await temporaryFolder(t);
  const target = Buffer.from([0x2e, 0x2e, 0x2f, 0xfe, 0x20, 0x0a]);
  t.deepEqual(await codes({ do: 'link', path: path.join(root, 'l'), target }), [null]);
  t.deepEqual(await readlink(path.join(root, 'l'), { encoding: 'buffer' }), target);
});

test('times and modes are set, of links themselves, also before 1970', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'file', { bytes: 'x' });
  await symlink('file', path.join(root, 'link'));
  const steps = [
    { do: 'attributes', path: path.join(root, 'file'), modifiedUs: -1_500_001, mode: 0o640 },
    { do: 'attributes', path: path.join(root, 'link'), modifiedUs: 1_700_000_000_123_456, mode: 0o600 },
    { do: 'attributes', path: path.join(root, 'none'), mode: 0o600 },
    { do: 'attributes', path: path.join(root, 'file') },
  ] as const;
  t.deepEqual(await codes(...steps), [null, null, 'ENOENT', null]);
  const file = await lstat(path.join(root, 'file'), { bigint: true });
  t.deepEqual([file.mtimeNs, file.mode & 0o7777n], [-1_500_001_000n, 0o640n]);
  t.is((await lstat(path.join(root, 'link'), { bigint: true })).mtimeNs, 1_700_000_000_123_456_000n);
});

testWith(
  ['linux', 'python3'],
  'attributes of the user are given back, those of the system are not',
  async (t) => {
    const root = await temporaryFolder(t);
    const file = path.join(root, 'a');
    await plant(root, 'a', { bytes: 'x' });
    const xattrs = {
      'user.tags': Buffer.from([0, 1, 255]).toString('base64'),
      'trusted.x': 'eA==',
      'user.empty': '',
    };
    t.deepEqual(await codes({ do: 'attributes', path: file, xattrs, modifiedUs: 5_000_000 }), [null]);
    const python = `import json, os, sys
print(json.dumps({n: os.getxattr(sys.argv[1], n).hex() for n in os.listxattr(sys.argv[1])}))`;
    const found: unknown = JSON.parse(await mustRun('python3', ['-c', python, file]));
    t.deepEqual(found, { 'user.tags': '0001ff', 'user.empty': '' });
    t.is((await stat(file)).mtimeMs, 5000);
    const [result] = await native.transfer([{ source: file, targets: [] }]);
    t.deepEqual(result?.xattrs, { 'user.tags': 'AAH/', 'user.empty': '' });
  },
);

test('paths beyond PATH_MAX take every step', async (t) => {
  const root = await temporaryFolder(t);
  t.teardown(() => mustRun('rm', ['-rf', root]));
  const deep = `${root}/${Array.from({ length: 30 }, () => 'd'.repeat(200)).join('/')}`;
  const bad = below(deep, Buffer.from([0xff]));
  t.deepEqual(
    await codes(
      { do: 'folder', path: deep },
      { do: 'link', path: `${deep}/l`, target: 'x' },
      { do: 'rename', from: `${deep}/l`, to: bad },
      { do: 'attributes', path: bad, modifiedUs: 1 },
      { do: 'flushFolder', path: deep },
      { do: 'remove', path: bad },
      { do: 'removeFolder', path: deep },
      { do: 'removeFolder', path: deep },
      { do: 'folder', path: `${root}/${'n'.repeat(256)}` },
    ),
    [null, null, null, null, null, null, null, 'ENOENT', 'ENAMETOOLONG'],
  );
});

test('a folder is flushed, a missing one named', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'file', { bytes: '' });
  t.deepEqual(
    await codes(
      { do: 'flushFolder', path: root },
      { do: 'flushFolder', path: path.join(root, 'none') },
      { do: 'flushFolder', path: path.join(root, 'file') },
    ),
    [null, 'ENOENT', 'ENOTDIR'],
  );
});

test("paths that are no paths are a programmer's error", (t) => {
  for (const bad of ['', 'a\0b', 5, undefined]) {
    t.throws(() => native.arrange([{ do: 'remove', path: bad as string }]), { name: 'AssertionError' });
  }
});

async function renamesNeverReplace(t: ExecutionContext, root: string): Promise<void> {
  const at = (name: string): string => path.join(root, name);
  await plant(root, 'a', { bytes: 'a' });
  await plant(root, 'b', { bytes: 'b' });
  t.deepEqual(
    await codes(
      { do: 'folder', path: at('x/y') },
      { do: 'rename', from: at('a'), to: at('b') },
      { do: 'rename', from: at('a'), to: at('x/y/a') },
      {
        do: 'attributes',
        path: at('b'),
        mode: 0o600,
        modifiedUs: 1_700_000_000_000_000,
        xattrs: { 'user.a': 'eA==' },
      },
      { do: 'flushFolder', path: at('x/y') },
      { do: 'flushFolder', path: root },
      { do: 'removeFolder', path: at('x') },
    ),
    [null, 'EEXIST', null, null, null, null, 'ENOTEMPTY'],
  );
  t.is(await readFile(at('b'), 'utf8'), 'b');
  t.is(await readFile(at('x/y/a'), 'utf8'), 'a');
  t.true(Math.abs((await stat(at('b'))).mtimeMs - 1_700_000_000_000) < 2000);
}

testWith(volumeNeeds.exfat, 'renames on exFAT never replace, and only case may change', async (t) => {
  const volume = await exfatMount(t, { sizeBytes: 32 << 20 });
  await renamesNeverReplace(t, volume.path);
  const [from, to] = [path.join(volume.path, 'b'), path.join(volume.path, 'B')];
  t.deepEqual(await codes({ do: 'rename', from, to }), [null]);
  t.deepEqual((await readdir(volume.path)).sort(), ['B', 'x']);
});

testWith(volumeNeeds.fat, 'renames on FAT32 never replace', async (t) => {
  const volume = await fatMount(t, { sizeBytes: 64 << 20 });
  await renamesNeverReplace(t, volume.path);
});

for (const fs of ['xfs', 'btrfs'] as const) {
  testWith(volumeNeeds[fs], `renames on ${fs} never replace`, async (t) => {
    const volume = await loopImage(t, { fs, sizeBytes: 330 << 20 });
    await renamesNeverReplace(t, volume.path);
  });
}

testWith(lyingNeeds, 'a step that fails is named, and the others are done', async (t) => {
  const drive = await lyingMount(t, { renameError: 'bad', noLinks: true });
  const at = (name: string): string => path.join(drive.path, name);
  await plant(drive.path, 'a', { bytes: 'a' });
  t.deepEqual(
    await codes(
      { do: 'rename', from: at('a'), to: at('bad') },
      { do: 'link', path: at('l'), target: 'x' },
      { do: 'rename', from: at('a'), to: at('good') },
    ),
    ['EIO', 'EPERM', null],
  );
  await drive.lie({ flushError: 'EIO' });
  t.deepEqual(await codes({ do: 'flushFolder', path: drive.path }), ['EIO']);
});

testWith(['linux', 'root'], 'a folder that may not be written is named as such', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(path.join(root, 'locked'));
  execFileSync('chmod', ['755', root, path.join(root, 'locked')]);
  const module = JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href);
  const script = `
    import { native } from ${module};
    native.hash(new Uint8Array());
    process.setgroups([]);
    process.setuid(65534);
    const folder = ${JSON.stringify(path.join(root, 'locked'))};
    const steps = [{ do: 'folder', path: folder + '/a' }, { do: 'folder', path: folder }];
    console.log(JSON.stringify((await native.arrange(steps)).map((error) => error?.code ?? null)));
  `;
  // The first call loads the addon; the program's own folder may be closed to others.
  const said = await mustRun(process.execPath, ['--input-type=module', '-e', script]);
  t.deepEqual(JSON.parse(said), ['EACCES', null]);
});
