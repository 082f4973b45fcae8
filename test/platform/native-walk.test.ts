/** Walks: every name there is, in order, folder by folder, whatever stands in the way. */
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { pathBytes, targetBytes, targetFromBytes } from '../../src/base/paths.js';
import type { Entry, FolderListing } from '../../src/base/types.js';
import { native, type FsPath, type SystemError, type WalkOptions } from '../../src/platform/native.js';
import { mustRun } from '../support/commands.js';
import { lyingMount, lyingNeeds, projectRoot } from '../support/lying-mount.js';
import { exfatMount, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { fillTree, listTree, plant, roomyFolder, temporaryFolder } from '../support/trees.js';

async function walked(root: FsPath, options?: WalkOptions): Promise<FolderListing[]> {
  const listings: FolderListing[] = [];
  for await (const listing of native.walk(root, options)) listings.push(listing);
  return listings;
}

const names = (listing: FolderListing | undefined): string[] =>
  (listing?.entries ?? []).map(({ name }) => name).sort();

/** Every entry by its whole path, as latin1 text of its bytes. */
function byPath(listings: readonly FolderListing[]): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const { folder, entries } of listings) {
    for (const entry of entries) {
      const name = [folder, entry.name]
        .filter((part) => part !== '')
        .map((part) => pathBytes(part).toString('latin1'));
      found.set(name.join('/'), entry);
    }
  }
  return found;
}

test('a walk tells of everything, as lstat does', async (t) => {
  const root = await temporaryFolder(t);
  await fillTree(root, { files: 300, seed: 1 });
  await mkdir(path.join(root, 'empty/inside'), { recursive: true });
  await symlink('2015', path.join(root, 'link'));
  execFileSync('mkfifo', [path.join(root, 'pipe')]);
  const found = byPath(await walked(root));
  const wanted = await listTree(root);
  t.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
  for (const [name, entry] of found) {
    const facts = await lstat(path.join(root, name), { bigint: true });
    const other = wanted.get(name);
    t.true(entry.kind === other?.kind);
    t.is(entry.bytes, other?.kind === 'file' || other?.kind === 'link' ? Number(facts.size) : 0);
    t.is(entry.modifiedUs, Number(facts.mtimeNs / 1000n));
    t.is(entry.inode, String(facts.ino));
    t.is(entry.device, String(facts.dev));
    t.is(entry.target, other?.target?.toString());
  }
});

test('parents come before children, entries by their inodes, empty folders with nothing', async (t) => {
  const root = await temporaryFolder(t);
  await fillTree(root, { files: 200, seed: 2, filesPerFolder: 5 });
  await mkdir(path.join(root, 'empty'));
  const seen = new Set(['']);
  for (const { folder, entries } of await walked(root)) {
    t.true(seen.has(folder), `${folder} was named before`);
    for (const { name, kind } of entries)
      if (kind === 'folder') seen.add(folder === '' ? name : `${folder}/${name}`);
    const inodes = entries.map(({ inode }) => Number(inode));
    t.deepEqual(
      inodes,
      inodes.toSorted((a, b) => a - b),
    );
    t.is(entries.length === 0, folder === 'empty');
  }
});

test('a walk may begin inside, and may stay in one folder', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'a/b/c/file', { bytes: 'x' });
  await plant(root, 'a/other', { bytes: 'x' });
  t.deepEqual(
    (await walked(root, { folder: 'a/b' })).map(({ folder }) => folder),
    ['a/b', 'a/b/c'],
  );
  const flat = await walked(root, { folder: 'a', recursive: false });
  t.deepEqual(
    flat.map((listing) => [listing.folder, ...names(listing)]),
    [['a', 'b', 'other']],
  );
});

test('the root may be a link, nothing below is followed', async (t) => {
  const outside = await temporaryFolder(t);
  await plant(outside, 'real/secret', { bytes: 'x' });
  const root = await temporaryFolder(t);
  await symlink(path.join(outside, 'real'), path.join(root, 'link'));
  t.deepEqual((await walked(path.join(root, 'link'))).map(names), [['secret']]);
  t.deepEqual((await walked(root)).map(names), [['link']]);
  for (const folder of ['link', 'link/deeper']) {
    const errors: (string | undefined)[] = [];
    const listings = await walked(root, { folder, onError: (_, { code }) => errors.push(code) });
    t.deepEqual(listings, []);
    t.is(errors.length, 1);
    t.true(errors[0] === 'ELOOP' || errors[0] === 'ENOTDIR', errors[0] ?? '');
  }
});

test('a first folder that cannot be read is told, or thrown where nobody listens', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'file', { bytes: 'x' });
  const missing = path.join(root, 'none');
  await t.throwsAsync(walked(missing), { code: 'ENOENT' });
  await t.throwsAsync(walked(path.join(root, 'file')), { code: 'ENOTDIR' });
  await t.throwsAsync(walked(root, { folder: 'none' }), { code: 'ENOENT' });
  const errors: [string, SystemError][] = [];
  const onError = (folder: string, error: SystemError): number => errors.push([folder, error]);
  t.deepEqual(await walked(missing, { onError }), []);
  t.deepEqual(await walked(root, { folder: 'none/deeper', onError }), []);
  t.like(errors, [
    ['', { code: 'ENOENT', path: missing }],
    ['none/deeper', { code: 'ENOENT', path: path.join(missing, 'deeper') }],
  ]);
});

testWith(['linux', 'root'], 'folders that may not be read are told as they are met', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'open/a', { bytes: 'x' });
  await plant(root, 'closed/a', { bytes: 'x' });
  await chmod(root, 0o755);
  await chmod(path.join(root, 'closed'), 0o700);
  const module = JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href);
  const script = `
    import { native } from ${module};
    native.hash(new Uint8Array());
    process.setgroups([]);
    process.setuid(65534);
    const told = [];
    const onError = (folder, { code }) => told.push([folder, code]);
    for await (const { folder } of native.walk(${JSON.stringify(root)}, { onError })) {
      told.push([folder, 'listed']);
    }
    console.log(JSON.stringify(told.sort()));
  `;
  const said = await mustRun(process.execPath, ['--input-type=module', '-e', script]);
  t.deepEqual(JSON.parse(said), [
    ['', 'listed'],
    ['closed', 'EACCES'],
    ['open', 'listed'],
  ]);
});

testWith(lyingNeeds, 'a folder that cannot be listed is told, and its neighbours are walked', async (t) => {
  const drive = await lyingMount(t, { listError: 'bad' });
  await plant(drive.backing, 'bad/a', { bytes: 'x' });
  await plant(drive.backing, 'good/a', { bytes: 'x' });
  const errors: [string, string][] = [];
  const listings = await walked(drive.path, { onError: (folder, { code }) => errors.push([folder, code]) });
  t.deepEqual(listings.map(({ folder }) => folder).sort(), ['', 'good']);
  t.deepEqual(errors, [['bad', 'EIO']]);
});

test('300 folders inside each other, and paths beyond PATH_MAX', async (t) => {
  const root = await temporaryFolder(t);
  t.teardown(() => mustRun('rm', ['-rf', root]));
  const parts = Array.from({ length: 300 }, (_, level) => `level ${level} ${'x'.repeat(20)}`);
  t.deepEqual(await native.arrange([{ do: 'folder', path: `${root}/${parts.join('/')}` }]), [null]);
  const listings = await walked(root);
  t.is(listings.length, 301);
  t.is(listings.at(-1)?.folder, parts.join('/'));
  const [deepest] = await walked(root, { folder: parts.slice(0, 299).join('/'), recursive: false });
  t.deepEqual(names(deepest), [parts[299]]);
});

test('100,000 names in one folder are one listing', async (t) => {
  const root = await roomyFolder(t);
  const source = await plant(root, 'a', { bytes: '' });
  const [many, few] = [path.join(root, 'many'), 100_000];
  await mkdir(many);
  // Links to one file would be fewer inodes, but ext4 allows only 65,000 of them.
  execFileSync('sh', ['-c', `cd "$1" && seq -f 'IMG_%06.0f.dng' ${few} | xargs touch`, 'sh', many]);
  const listings = await walked(root, { folder: 'many' });
  t.is(listings.length, 1);
  t.is(new Set(listings[0]?.entries.map(({ name }) => name)).size, few);
  t.truthy(source);
});

test('every hostile name is told as its bytes say', async (t) => {
  const root = Buffer.from(await temporaryFolder(t));
  interface Hostile {
    readonly bytes_hex: string;
    readonly linux_ok: boolean;
  }
  const list = JSON.parse(await readFile(path.join(projectRoot, 'test/vectors/names.json'), 'utf8')) as {
    readonly names: readonly Hostile[];
  };
  const wanted = new Set<string>();
  for (const { bytes_hex: hex, linux_ok: possible } of list.names) {
    const name = Buffer.from(hex, 'hex');
    if (!possible || name.includes(0) || name.includes(0x2f) || name.length > 255) continue;
    await writeFile(Buffer.concat([root, Buffer.from('/'), name]), 'x');
    wanted.add(hex);
  }
  t.true(wanted.size > 100);
  const [listing] = await walked(root);
  const told = listing?.entries.map(({ name }) => pathBytes(name).toString('hex')) ?? [];
  t.deepEqual(told.sort(), [...wanted].sort());
});

test('a folder whose name is not UTF-8 is walked into, and can be begun in', async (t) => {
  const root = await temporaryFolder(t);
  const bad = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x61, 0xff, 0x25])]);
  await mkdir(bad);
  await writeFile(Buffer.concat([bad, Buffer.from('/é')]), 'x');
  await symlink(Buffer.from([0xfe]), Buffer.concat([bad, Buffer.from('/l')]));
  const listings = await walked(root);
  t.deepEqual(
    listings.map((listing) => [listing.folder, ...names(listing)]),
    [
      ['', '/a%FF%25'],
      ['/a%FF%25', 'l', 'é'],
    ],
  );
  t.is(listings[1]?.entries.find(({ name }) => name === 'l')?.target, '//%FE');
  const [again] = await walked(root, { folder: '/a%FF%25' });
  t.deepEqual(names(again), ['l', 'é']);
});

test('where links point is told as bytes, absolute or not', async (t) => {
  const root = await temporaryFolder(t);
  const targets = ['a', '/a/é', '//a%', '../..', 'x\ny'].map((text) => Buffer.from(text));
  targets.push(
    Buffer.from([0x2f, 0xff]),
    Buffer.from([0x2f, 0x2f, 0xc0, 0x80]),
    Buffer.from([0xed, 0xa0, 0x80]),
  );
  for (const [at, target] of targets.entries()) await symlink(target, path.join(root, `${at}`));
  const [listing] = await walked(root);
  t.is(listing?.entries.length, targets.length);
  for (const { name, target, bytes } of listing?.entries ?? []) {
    const wanted = targets[Number(name)] ?? Buffer.alloc(0);
    t.is(target, targetFromBytes(wanted));
    t.deepEqual(targetBytes(target ?? ''), wanted);
    t.is(bytes, wanted.length);
  }
});

test('a walk can be left, stopped, and outlives what vanishes under it', async (t) => {
  const root = await temporaryFolder(t);
  await fillTree(root, { files: 400, seed: 3, filesPerFolder: 2 });
  const left = native.walk(root)[Symbol.asyncIterator]();
  t.is((await left.next()).done, false);
  await left.return?.();
  t.true((await left.next()).done);
  const controller = new AbortController();
  await t.throwsAsync(
    async () => {
      for await (const each of native.walk(root, { signal: controller.signal }))
        if (each.folder === '') controller.abort();
    },
    { code: 'ABORT_ERR' },
  );
  await t.throwsAsync(walked(root, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  const folders: string[] = [];
  const errors: string[] = [];
  for await (const { folder } of native.walk(root, { onError: (_, { code }) => errors.push(code) })) {
    folders.push(folder);
    if (folder === '') await rename(path.join(root, '2016'), `${root}.moved`);
  }
  t.teardown(() => mustRun('rm', ['-rf', `${root}.moved`]));
  t.true(folders.includes('2017'));
  t.true(errors.every((code) => code === 'ENOENT'));
});

testWith(['linux', 'mounting'], 'other volumes are walked into, those of the kernel are not', async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['memory', 'kernel']) await mkdir(path.join(root, name));
  for (const [type, name] of [
    ['tmpfs', 'memory'],
    ['proc', 'kernel'],
  ] as const) {
    await mustRun('mount', ['-t', type, type, path.join(root, name)]);
    t.teardown(() => mustRun('umount', [path.join(root, name)]));
  }
  await plant(root, 'memory/a', { bytes: 'x' });
  const listings = await walked(root);
  t.deepEqual(listings.map((listing) => [listing.folder, ...names(listing)]).sort(), [
    ['', 'kernel', 'memory'],
    ['memory', 'a'],
  ]);
});

testWith(volumeNeeds.exfat, 'an exFAT drive is walked', async (t) => {
  const volume = await exfatMount(t, { sizeBytes: 32 << 20 });
  await fillTree(volume.path, { files: 50, seed: 4 });
  t.deepEqual(
    [...byPath(await walked(volume.path)).keys()].sort(),
    [...(await listTree(volume.path)).keys()].sort(),
  );
});
