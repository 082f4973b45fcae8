/** Sources that are not there, empty or half gone: nothing is retired, and the person is told. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { codesOf, desk } from '../support/glassine.js';
import type { Answer, Desk } from '../support/glassine.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { shoot } from '../support/mixed-shoot.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { differences, fillTree, listTree, plant } from '../support/trees.js';

/**
 * A backup after which everything that was kept is still where it was, and which did not say that all is
 * well.
 */
async function keepsEverything(t: ExecutionContext, place: Desk, codes: readonly string[]): Promise<Answer> {
  const before = [...(await listTree(place.vault)).keys()].filter((name) => name.startsWith('Pictures'));
  const answer = await place.ask('backup');
  t.not(answer.status, 0, answer.stdout);
  t.is(answer.document.retired ?? 0, 0, answer.stdout);
  t.true(
    codesOf(answer.document).some((code) => codes.includes(code)),
    answer.stdout,
  );
  const after = [...(await listTree(place.vault)).keys()].filter((name) => name.startsWith('Pictures'));
  t.deepEqual(after.sort(), before.sort());
  const message = [...(answer.document.problems ?? []), ...(answer.document.incomplete ?? [])][0]?.message;
  t.regex(message ?? answer.document.problem?.message ?? '', /\w+ \w+/, 'a sentence says so');
  return answer;
}

testWith(
  volumeNeeds.ext4,
  'an unmounted source waits, and so does one with another disk at its path',
  async (t) => {
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const other = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const root = path.join(volume.path, 'Photos');
    const place = await desk(t, { source: root, fill: shoot });
    await place.must('backup');
    await volume.unmount();
    await keepsEverything(t, place, ['source-missing', 'source-other-volume']);
    await mkdir(root);
    await plant(root, 'IMG_0001.jpg', { bytes: 'on the disk below' });
    await keepsEverything(t, place, ['source-other-volume', 'source-missing']);
    await rm(root, { recursive: true });
    await other.unmount();
    await other.mount({ at: volume.path });
    await fillTree(root, { files: 100, seed: 9 });
    await keepsEverything(t, place, ['source-other-volume']);
    await other.unmount();
    await volume.mount();
    const { retired, kept } = await place.must('backup');
    t.deepEqual([retired, kept], [0, 0]);
  },
);

testWith(
  volumeNeeds.ext4,
  'a source that is the root of its volume waits when only the mount point is left',
  async (t) => {
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const place = await desk(t, { source: volume.path, fill: shoot });
    await place.must('backup');
    await volume.unmount();
    await keepsEverything(t, place, ['source-other-volume', 'source-missing', 'source-empty']);
    await volume.mount();
    t.is((await place.must('backup')).retired, 0);
  },
);

test('a source that is empty all at once is not taken at its word', async (t) => {
  const place = await desk(t, { fill: shoot });
  await place.must('backup');
  await rename(place.source, `${place.source} moved`);
  await keepsEverything(t, place, ['source-missing']);
  await mkdir(place.source);
  await keepsEverything(t, place, ['source-empty']);
  await mkdir(path.join(place.source, '2026/Wedding'), { recursive: true });
  await keepsEverything(t, place, ['source-empty']);
});

test('a source that is half gone asks first, and goes on with what is new', async (t) => {
  const place = await desk(t, {
    fill: (source) => fillTree(source, { files: 200, seed: 3, largestBytes: 2_000 }),
  });
  await place.must('backup');
  await rm(path.join(place.source, '2015'), { recursive: true });
  await rm(path.join(place.source, '2016'), { recursive: true });
  await rm(path.join(place.source, '2017'), { recursive: true });
  await plant(place.source, 'new.jpg', { bytes: 'taken today' });
  const before = (await listTree(place.pictures)).size;
  const asked = await place.ask('backup');
  t.true(codesOf(asked.document).includes('many-removed'), asked.stdout);
  t.is(asked.document.retired, 0);
  t.is(asked.document.kept, 1, 'the new picture is kept all the same');
  t.is((await listTree(place.pictures)).size, before + 1);
  t.regex(asked.stdout, /60/, 'it says how many');
  const agreed = await place.must('backup', '--confirm-removals');
  t.is(agreed.retired, 60);
  t.deepEqual(await differences(place.source, place.pictures), []);
});

testWith(lyingNeeds, 'files below a folder that cannot be listed are not taken for removed', async (t) => {
  const drive = await lyingMount(t);
  const place = await desk(t, { source: path.join(drive.path, 'Photos'), fill: shoot });
  await place.must('backup');
  await drive.lie({ listError: '/2026/Wedding' });
  await plant(path.join(drive.backing, 'Photos'), 'new.jpg', { bytes: 'new' });
  const answer = await leavesTheFolder(t, place);
  t.is(answer.document.kept, 1, answer.stdout);
  await drive.lie({});
  t.is((await place.must('backup')).retired, 0);
  t.deepEqual(await differences(place.source, place.pictures), []);
});

async function leavesTheFolder(t: ExecutionContext, place: Desk): Promise<Answer> {
  const answer = await place.ask('backup');
  t.is(answer.status, 2, answer.stdout);
  t.is(answer.document.retired, 0);
  t.true(
    answer.document.incomplete?.some((left) => left.path.includes('2026/Wedding')),
    answer.stdout,
  );
  return answer;
}

testWith(lyingNeeds, 'a source whose disk dies while it is read loses nothing that was kept', async (t) => {
  const drive = await lyingMount(t);
  const place = await desk(t, { source: path.join(drive.path, 'Photos'), fill: shoot });
  await place.must('backup');
  await drive.lie({ gone: true });
  await keepsEverything(t, place, ['source-missing', 'source-unreadable']);
  await drive.lie({});
  t.is((await place.must('backup')).retired, 0);
});
