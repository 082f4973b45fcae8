/** Appending: batches are whole, segments end in time, what cannot be written is taken back. */
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';
import { temporaryFolder } from '../../support/trees.js';
import * as kit from './ledger-kit.js';

const one = (name: string) => [{ line: kit.pruned(name) }];

test('lines are numbered on, over closing and opening again', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c']) await kit.writeLedger(folder, [[kit.pruned(name)]]);
  const findings = await kit.examine(folder);
  t.deepEqual(
    kit.allLines(folder, findings).map((line) => [line.n, line.do === 'prune' && line.stored]),
    ['a', 'b', 'c'].map((name, index) => [index + 1, `Versions/Photos/${name}`]),
  );
});

test('a torn tail is cut by its writer before anything is appended', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, [[kit.pruned('a')]]);
  const sound = await readFile(kit.segmentFile(folder, 1));
  await appendFile(kit.segmentFile(folder, 1), '{"n":2,"at":"2026');
  const writer = await kit.openWriter(folder);
  t.deepEqual(await readFile(kit.segmentFile(folder, 1)), sound);
  await writer.append(one('b'));
  await writer.close();
  t.is((await kit.examine(folder)).position.n, 2);
});

test('a segment ends before the batch that would make it too long', async (t) => {
  const folder = await temporaryFolder(t);
  const writer = await kit.openWriter(folder, { segmentLimitBytes: 1000 });
  for (let batch = 0; batch < 40; batch++) await writer.append([...one('a'), ...one('b')]);
  await writer.close();
  const files = await kit.segmentFiles(folder);
  t.true(files.length > 10);
  for (const file of files) t.true((await stat(path.join(folder, file))).size <= 1000, file);
  const findings = await kit.examine(folder);
  t.is(findings.problem, undefined);
  t.is(findings.position.n, 80);
});

test('a batch larger than a segment has one to itself', async (t) => {
  const folder = await temporaryFolder(t);
  const writer = await kit.openWriter(folder, { segmentLimitBytes: 1000 });
  await writer.append(one('a'));
  await writer.append(Array.from({ length: 20 }, (_, each) => ({ line: kit.pruned(String(each)) })));
  await writer.append(one('b'));
  await writer.close();
  t.is((await kit.segmentFiles(folder)).length, 3);
  t.is((await kit.examine(folder)).position.n, 22);
});

test('moments never decrease, whatever the clock does', async (t) => {
  const folder = await temporaryFolder(t);
  for (const nowMs of [kit.startMs, kit.startMs - 86_400_000, kit.startMs + 5]) {
    const writer = await kit.openWriter(folder, { nowMs });
    await writer.append(one('a'));
    await writer.close();
  }
  const moments = kit
    .allLines(folder, await kit.examine(folder))
    .map((line) => Date.parse(line.at) - kit.startMs);
  t.deepEqual(moments, [0, 0, 5]);
});

test('a ledger with a problem is not opened for writing', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, [[kit.pruned('a'), kit.pruned('b')]]);
  await kit.flipBit(folder, 1, () => 30);
  const before = await readFile(kit.segmentFile(folder, 1));
  await t.throwsAsync(kit.openWriter(folder), { message: /a ledger with a problem/ });
  t.deepEqual(await readFile(kit.segmentFile(folder, 1)), before);
});

test('a closed writer takes nothing more', async (t) => {
  const folder = await temporaryFolder(t);
  const writer = await kit.openWriter(folder);
  await writer.append(one('a'));
  await writer.close();
  await writer.close();
  await t.throwsAsync(writer.append(one('b')), { code: 'EIO' });
  t.is((await kit.examine(folder)).position.n, 1);
});

testWith(
  volumeNeeds.ext4,
  'a batch that does not fit is taken back, and a smaller one fits after it',
  async (t) => {
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
    const folder = path.join(volume.path, 'ledger');
    await mkdir(folder);
    const writer = await kit.openWriter(folder);
    await writer.append(one('a'));
    await fill(volume.path);
    const large = Array.from({ length: 20_000 }, (_, each) => ({
      line: kit.pruned(`large ${String(each)}`),
    }));
    await t.throwsAsync(writer.append(large), { code: 'ENOSPC' });
    t.is((await kit.examine(folder)).position.n, 1);
    await writer.append(one('b'));
    await writer.close();
    const findings = await kit.examine(folder);
    t.is(findings.problem, undefined);
    t.is(findings.position.n, 2);
  },
);

/** Leaves room for nothing but the rest of the blocks that files have already. */
async function fill(folder: string): Promise<void> {
  for (let sizeBytes = 1 << 20; sizeBytes >= 1024; sizeBytes >>= 1) {
    for (let n = 0; ; n++) {
      const full = await writeFile(
        path.join(folder, `fill-${String(sizeBytes)}-${String(n)}`),
        Buffer.alloc(sizeBytes),
      ).then(
        () => false,
        () => true,
      );
      if (full) break;
    }
  }
}

testWith(volumeNeeds.ext4, 'with no inode left for a new segment the old one grows', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20, inodes: 64 });
  const folder = path.join(volume.path, 'ledger');
  await mkdir(folder);
  const writer = await kit.openWriter(folder, { segmentLimitBytes: 1000 });
  await writer.append(one('a'));
  for (let n = 0; ; n++) {
    const full = await writeFile(path.join(volume.path, String(n)), '').then(
      () => false,
      () => true,
    );
    if (full) break;
  }
  for (let batch = 0; batch < 10; batch++) await writer.append([...one('a'), ...one('b')]);
  await writer.close();
  t.is((await kit.segmentFiles(folder)).length, 1);
  t.is((await kit.examine(folder)).position.n, 21);
});

testWith(lyingNeeds, 'what could not be taken back is never told as want of room', async (t) => {
  const drive = await lyingMount(t);
  const writer = await kit.openWriter(drive.path);
  await writer.append(one('a'));
  await drive.lie({ flushError: 'ENOSPC' });
  await t.throwsAsync(writer.append(one('b')), { code: 'EIO' });
  await drive.lie({});
  await writer.close();
});

testWith(lyingNeeds, 'when the flush fails nothing was appended', async (t) => {
  const drive = await lyingMount(t);
  const writer = await kit.openWriter(drive.path);
  await writer.append(one('a'));
  await drive.lie({ flushError: 'EIO' });
  await t.throwsAsync(writer.append(one('b')), { code: 'EIO' });
  await drive.lie({});
  t.is((await kit.examine(drive.path)).position.n, 1);
  // Whether the cut was durable is not known: only opening again makes sure.
  await t.throwsAsync(writer.append(one('c')), { code: 'EIO' });
  await writer.close();
  const again = await kit.openWriter(drive.path);
  await again.append(one('d'));
  await again.close();
  t.is((await kit.examine(drive.path)).position.n, 2);
});
