/** What is measured on: the sizes that are promised, the same bytes on every run, and no two files alike. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { Corpus } from '../../bench/corpora.js';
import type { Sizes } from '../../bench/options.js';
import { jpegLike, rawPicture, sidecar } from '../../bench/pictures.js';
import { mustHaveRoom, roomFor } from '../../bench/room.js';
import { differences, temporaryFolder } from '../support/trees.js';

const sizes: Sizes = {
  fileBytes: 2 ** 20,
  pictures: 1,
  libraryFiles: 60,
  libraryFolders: 3,
  entries: 10,
  versions: 2,
  residentBytes: 4096,
};
const unheard = (): void => undefined;

test('a disk without room is refused before anything is made', async (t) => {
  const folder = await temporaryFolder(t);
  const row = {
    id: 'row',
    work: 'work',
    corpus: 'library',
    caches: 'warm',
    contestants: [],
    targets: [],
  } as const;
  await t.throwsAsync(mustHaveRoom(folder, [row], { ...sizes, libraryFiles: 1e12 }), {
    message: /GB are needed/,
  });
  await t.notThrowsAsync(mustHaveRoom(folder, [row], sizes));
  t.true(roomFor('shoot', { ...sizes, pictures: 200 }).bytes > 30e9);
});

test('a corpus holds the files that it promises, in as many folders', async (t) => {
  const corpus = new Corpus('library', await temporaryFolder(t), sizes);
  await corpus.make(unheard);
  const entries = await readdir(corpus.root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  t.is(files.length, 60);
  t.is(new Set(files.map((entry) => entry.parentPath)).size, 3);
  let bytes = 0;
  for (const entry of files) {
    const { size } = await lstat(path.join(entry.parentPath, entry.name));
    t.true(size >= 1000 && size <= 8000);
    bytes += size;
  }
  t.is(corpus.bytes, bytes);
});

test('a shoot has its RAW files, JPEGs and sidecars', async (t) => {
  const corpus = new Corpus('shoot', await temporaryFolder(t), sizes);
  await corpus.make(unheard);
  const sizeOf = async (number: number): Promise<number> =>
    (await lstat(path.join(corpus.root, corpus.nameOf(number)))).size;
  t.is(await sizeOf(0), 25_000_000);
  t.true((await sizeOf(1)) >= 3_000_000 && (await sizeOf(1)) <= 5_000_000);
  for (const number of [2, 3]) t.true((await sizeOf(number)) >= 1000 && (await sizeOf(number)) <= 2000);
});

test('the same corpus is made on every run', async (t) => {
  const [first, second] = [
    new Corpus('library', await temporaryFolder(t), sizes),
    new Corpus('library', await temporaryFolder(t), sizes),
  ];
  await first.make(unheard);
  await second.make(unheard);
  const found = await differences(first.root, second.root, { timeStepUs: 3_600_000_000 });
  t.deepEqual(found, []);
});

test('a change keeps the size, is another one each time, and is known', async (t) => {
  const corpus = new Corpus('library', await temporaryFolder(t), sizes);
  await corpus.make(unheard);
  const file = path.join(corpus.root, corpus.nameOf(5));
  const contents = [await readFile(file)];
  const before = corpus.state;
  for (const turn of [1, 2]) {
    await corpus.change([5], turn);
    contents.push(await readFile(file));
  }
  t.is(corpus.state, before + 2);
  t.is(new Set(contents.map((bytes) => bytes.length)).size, 1);
  t.is(new Set(contents.map((bytes) => bytes.toString('hex'))).size, 3);
});

test('pictures do not compress and share nothing; sidecars compress', (t) => {
  const a = rawPicture(1, 200_000);
  const b = rawPicture(2, 200_000);
  t.true(gzipSync(a).length > 199_000);
  t.is(b.indexOf(a.subarray(1000, 1016)), -1);
  t.deepEqual([...jpegLike(3, 5000).subarray(0, 3)], [0xff, 0xd8, 0xff]);
  t.is(sidecar(4, 2000).length, 2000);
  t.true(gzipSync(sidecar(4, 2000)).length < 1200);
  t.notDeepEqual(sidecar(4, 2000), sidecar(5, 2000));
});
