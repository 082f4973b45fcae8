/** Sizes nobody expects: very long, very deep, very many. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { mustRun, systemPython } from '../support/commands.js';
import { codesOf, desk } from '../support/glassine.js';
import { fatMount, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { differences, plant, seededBytes, temporaryFolder } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

const gibibyte = 2 ** 30;

/** A file of that length with a little at its beginning, middle and end, and nothing in between. */
async function plantSparse(root: string, name: string, bytes: number): Promise<void> {
  const file = await open(await plant(root, name, { bytes: '' }), 'r+');
  await file.truncate(bytes);
  for (const offset of [0, Math.floor(bytes / 2) + 123, bytes - 4096]) {
    await file.write(seededBytes(offset % 1000, 4096), 0, 4096, offset);
  }
  await file.close();
}

test('a sparse file of 6 GiB is kept whole', async (t) => {
  const place = await desk(t, { fill: (source) => plantSparse(source, 'big.mov', 6 * gibibyte) });
  t.is((await place.must('backup')).kept, 1);
  t.deepEqual(await differences(place.source, place.pictures), []);
  t.is((await place.must('backup')).bytesRead, 0, 'it is not read again');
});

testWith(volumeNeeds.fat, 'a file that FAT32 cannot hold is named, and the rest is kept', async (t) => {
  const drive = await fatMount(t, { sizeBytes: 64 << 20 });
  const fill = async (source: string): Promise<void> => {
    await plantSparse(source, 'big.mov', 4 * gibibyte);
    await plant(source, 'small.jpg', { bytes: 'small' });
  };
  const place = await desk(t, { drive: drive.path, fill });
  const answer = await place.ask('backup');
  t.is(answer.status, 2, answer.stdout);
  t.is(answer.document.kept, 1);
  t.true(
    answer.document.incomplete?.some((left) => left.path.endsWith('big.mov')),
    answer.stdout,
  );
  t.true(codesOf(answer.document).includes('file-too-large'), answer.stdout);
});

testWith(['b3sum'], 'folders 300 levels deep are kept and come back', async (t) => {
  const deep = Array.from({ length: 300 }, (_, level) => `d${level}`).join('/');
  const place = await desk(t, {
    fill: async (source) => {
      await plant(source, `${deep}/IMG_0001.jpg`, { bytes: 'deep' });
      await plant(source, 'shallow.jpg', { bytes: 'shallow' });
    },
  });
  t.is((await place.must('backup')).kept, 2);
  t.deepEqual(await differences(place.source, place.pictures), []);
  t.deepEqual(await vaultFaults(place.vault), []);
  const target = path.join(await temporaryFolder(t), 'restored');
  await place.must('restore', 'Photos', '--to', target);
  t.deepEqual(await differences(place.source, target), []);
});

/** Paths longer than any call takes at once can only be walked into. */
const deepWalker = `
import hashlib, os, sys
mode, root, levels, name = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
os.chdir(root)
for level in range(levels):
    if mode == 'make': os.mkdir(name)
    os.chdir(name)
if mode == 'make': open('IMG_0001.jpg', 'w').write('very deep')
else: print(open('IMG_0001.jpg').read(), end='')
`;

testWith(
  ['python3', 'b3sum'],
  'a path longer than PATH_MAX is kept or named, and the rest is kept',
  async (t) => {
    const name = 'a folder of thirty characters..';
    const walk = (mode: string, root: string): Promise<string> =>
      mustRun(systemPython, ['-c', deepWalker, mode, root, '300', name]);
    const place = await desk(t, {
      fill: async (source) => {
        await plant(source, 'shallow.jpg', { bytes: 'shallow' });
        await walk('make', source);
      },
    });
    t.teardown(() => mustRun('rm', ['-rf', place.source, place.vault]));
    const answer = await place.ask('backup');
    if (answer.document.outcome === 'good') {
      t.is(answer.document.kept, 2);
      // The vault may keep it under a shorter name; what counts is that it comes back.
      const target = path.join(await temporaryFolder(t), 'restored');
      t.teardown(() => mustRun('rm', ['-rf', target]));
      await place.must('restore', 'Photos', '--to', target);
      t.is(await walk('read', target), 'very deep');
    } else {
      t.is(answer.status, 2, answer.stdout);
      t.deepEqual(codesOf(answer.document), ['file-path-too-long'], answer.stdout);
      t.is(answer.document.kept, 1);
    }
  },
);

testWith(
  ['b3sum', 'python3'],
  '100,000 files in one folder are kept, and an unchanged pass reads none of them',
  async (t) => {
    const make =
      'import os,sys\nfor n in range(100000):\n with open(os.path.join(sys.argv[1],"IMG_%06d.xmp"%n),"w") as f: f.write(str(n))';
    const place = await desk(t, { fill: (source) => mustRun(systemPython, ['-c', make, source]) });
    t.is((await place.must('backup')).kept, 100_000);
    const again = await place.must('backup');
    t.deepEqual([again.kept, again.bytesRead, again.bytesCopied], [0, 0, 0]);
    t.deepEqual(await differences(place.source, place.pictures), []);
    t.deepEqual(await vaultFaults(place.vault), []);
  },
);
