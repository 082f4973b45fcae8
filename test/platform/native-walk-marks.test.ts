/** Marks of listings: the same as long as nothing changed, another after any change; and walks by them. */
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { FolderListing } from '../../src/base/types.js';
import { native, type WalkOptions } from '../../src/platform/native.js';
import { fillTree, plant, temporaryFolder } from '../support/trees.js';

async function walked(root: string, options?: WalkOptions): Promise<FolderListing[]> {
  const listings: FolderListing[] = [];
  for await (const listing of native.walk(root, options)) listings.push(listing);
  return listings;
}

const markOf = async (root: string, folder = ''): Promise<string> => {
  const [listing] = await walked(root, { folder, recursive: false });
  return Buffer.from(listing?.mark ?? []).toString('hex');
};

test('a mark stays while nothing changes, and is another after any change in its folder', async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['a', 'b']) await plant(root, name, { bytes: 'x' });
  await symlink('a', path.join(root, 'link'));
  await mkdir(path.join(root, 'inner'));
  const marks = [await markOf(root)];
  t.is(marks[0]?.length, 32);
  t.is(await markOf(root), marks[0] ?? '');
  await plant(root, 'inner/new', { bytes: 'x' });
  t.is(await markOf(root), marks[0] ?? '', 'what is in a folder below is that folder’s own');
  const file = path.join(root, 'a');
  const replace = async (): Promise<void> => {
    await writeFile(`${root}/inner/x`, 'y');
    execFileSync('touch', ['-r', file, `${root}/inner/x`]);
    await rename(`${root}/inner/x`, file);
  };
  const changes: [string, () => unknown][] = [
    ['one nanosecond', () => execFileSync('touch', ['-d', '2020-01-01 00:00:00.000000001', file])],
    ['two nanoseconds', () => execFileSync('touch', ['-d', '2020-01-01 00:00:00.000000002', file])],
    ['another file of the same size and time', replace],
    [
      'another size',
      () => writeFile(file, 'xy').then(() => execFileSync('touch', ['-r', `${root}/b`, file])),
    ],
    ['another name', () => rename(file, path.join(root, 'A'))],
    ['another target', () => rm(`${root}/link`).then(() => symlink('b', path.join(root, 'link')))],
    ['another kind', () => rm(`${root}/b`).then(() => mkdir(path.join(root, 'b')))],
    ['one folder more', () => mkdir(path.join(root, 'more'))],
    ['one folder less', () => rm(path.join(root, 'more'), { recursive: true })],
    ['one file less', () => rm(path.join(root, 'A'))],
  ];
  for (const [what, change] of changes) {
    await change();
    const mark = await markOf(root);
    t.false(marks.at(-1) === mark, what);
    t.is(await markOf(root), mark);
    marks.push(mark);
  }
  t.is(new Set(marks).size, marks.length - 1, 'a folder that came and went leaves all as it was');
});

test('names and targets cannot be taken for one another in a mark', async (t) => {
  const root = await temporaryFolder(t);
  for (const [folder, name, target] of [
    ['1', 'a', 'bc'],
    ['2', 'ab', 'c'],
  ] as const) {
    await mkdir(path.join(root, folder));
    await symlink(target, path.join(root, folder, name));
  }
  t.false((await markOf(root, '1')) === (await markOf(root, '2')));
});

test('folders whose marks are known are left out, and those below them are walked', async (t) => {
  const root = await temporaryFolder(t);
  await fillTree(root, { files: 100, seed: 5, filesPerFolder: 4 });
  const all = await walked(root);
  const known = new Map(all.map(({ folder, mark }) => [folder, Buffer.from(mark ?? []).toString('hex')]));
  await plant(root, 'one more/inside', { bytes: 'x' });
  const files = new Map<string, number>();
  const areKnown: WalkOptions['areKnown'] = (folders) =>
    folders.map(({ folder, mark, files: count }) => {
      files.set(folder, count);
      return known.get(folder) === Buffer.from(mark).toString('hex');
    });
  const told = await walked(root, { areKnown });
  t.deepEqual(told.map(({ folder }) => folder).sort(), ['', 'one more']);
  for (const { folder, entries } of all) {
    const count = entries.filter(({ kind }) => kind === 'file' || kind === 'link').length;
    t.is(files.get(folder), count, folder);
  }
});

test('however many threads walk, the same is told, parents first', async (t) => {
  const root = await temporaryFolder(t);
  await fillTree(root, { files: 600, seed: 6, filesPerFolder: 3 });
  const told = async (threads: number): Promise<FolderListing[]> => {
    const listings = await walked(root, { threads });
    const seen = new Set(['']);
    for (const { folder, entries } of listings) {
      t.true(seen.has(folder));
      for (const { name, kind } of entries)
        if (kind === 'folder') seen.add(folder === '' ? name : `${folder}/${name}`);
    }
    return listings.sort((a, b) => (a.folder < b.folder ? -1 : 1));
  };
  const one = await told(1);
  for (const threads of [2, 5]) t.deepEqual(await told(threads), one);
});
