/** Receipts on the drives that people have: exFAT, FAT32, full ones and locked ones. */
import { appendFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { native } from '../../../src/platform/native.js';
import { readHistory } from '../../../src/store/receipts/read-history.js';
import { writeReceipt } from '../../../src/store/receipts/write-receipt.js';
import { mustRun } from '../../support/commands.js';
import { jobFolder } from '../../support/job-folder.js';
import { exfatMount, fatMount, loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';

const contents = { 'DCIM/100CANON/IMG_0001.JPG': 'first', 'DCIM/100CANON/IMG_0002.JPG': 'second' };
const history = (folder: string) => readHistory(join(folder, 'ascmhl'), 'ascmhl');

const drives = { exfat: exfatMount, fat: fatMount } as const;
for (const kind of ['exfat', 'fat'] as const) {
  testWith(
    [...volumeNeeds[kind], 'b3sum'],
    `a receipt and its next generation come to ${kind} as anywhere`,
    async (t) => {
      const { path } = await drives[kind](t, { sizeBytes: 64 * 1024 * 1024 });
      const { folder, receipt } = await jobFolder(t, contents, path);
      await writeReceipt({ native, folder }, receipt);
      await writeReceipt({ native, folder }, receipt);
      const { generations, problems, unchained } = await history(folder);
      t.deepEqual([generations.length, problems, unchained], [2, [], []]);
      t.truthy(generations[0]?.manifest.root);
      await t.notThrowsAsync(mustRun('b3sum', ['--check', 'BLAKE3SUMS'], { cwd: folder }));
      t.deepEqual(
        (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.part')),
        [],
      );
    },
  );
}

testWith(
  volumeNeeds.ext4,
  'a full drive keeps the receipt it has, and takes the next when there is room',
  async (t) => {
    const { path } = await loopImage(t, { fs: 'ext4', sizeBytes: 8 * 1024 * 1024 });
    const { folder, receipt } = await jobFolder(t, contents, path);
    await writeReceipt({ native, folder }, receipt);
    const filler = join(path, 'filler');
    for (const piece of [1 << 20, 1 << 12, 1]) {
      const fill = async (): Promise<never> => {
        for (;;) await appendFile(filler, Buffer.alloc(piece), { flush: true });
      };
      await t.throwsAsync(fill(), { code: 'ENOSPC' });
    }
    await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'target-unwritable' });
    const kept = await history(folder);
    t.deepEqual([kept.generations.length, kept.problems], [1, []]);
    t.deepEqual(
      (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.part')),
      [],
    );
    await rm(filler);
    t.is((await writeReceipt({ native, folder }, receipt)).number, 2);
  },
);

testWith(volumeNeeds.ext4, 'a locked drive is said so, and a drive that is pulled too', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 * 1024 * 1024 });
  const { folder, receipt } = await jobFolder(t, contents, volume.path);
  await volume.remountReadOnly();
  await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'target-unwritable' });
  await volume.remountWritable();
  await writeReceipt({ native, folder }, receipt);
  await volume.shutdown();
  await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'target-unwritable' });
});
