/** Folders that cards are copied to, on drives that come, go and change places. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { onVolume } from '../../src/agent/binding.js';
import { destinationsNow } from '../../src/agent/card-destinations.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';

test('a folder that is gone is away', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'Photos');
  await mkdir(folder);
  const set = { folder, ...(await onVolume(folder)) };
  t.deepEqual(await destinationsNow([set]), { here: [folder], away: [] });
  const gone = { ...set, folder: `${folder}2`, inside: `${set.inside ?? ''}2` };
  t.deepEqual(await destinationsNow([gone]), { here: [], away: [gone.folder] });
});

testWith(
  volumeNeeds.ext4,
  'the mount point of a drive that is away is not the drive, nor is another drive there',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    const other = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    for (const folder of ['', 'Cards']) {
      const at = path.join(drive.path, folder);
      await mkdir(at, { recursive: true });
      const set = { folder: at, ...(await onVolume(at)) };
      t.deepEqual(await destinationsNow([set]), { here: [at], away: [] });
      await drive.unmount();
      await mkdir(at, { recursive: true });
      t.deepEqual(await destinationsNow([set]), { here: [], away: [at] });
      await other.unmount();
      await other.mount({ at: drive.path });
      await mkdir(at, { recursive: true });
      t.deepEqual(await destinationsNow([set]), { here: [], away: [at] });
      await other.unmount();
      await drive.mount();
      await other.mount();
    }
  },
);

testWith(volumeNeeds.ext4, 'a drive that is mounted elsewhere is found there', async (t) => {
  const elsewhere = await temporaryFolder(t);
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  const folder = path.join(drive.path, 'Cards');
  await mkdir(folder);
  const set = { folder, ...(await onVolume(folder)) };
  await drive.unmount();
  await drive.mount({ at: elsewhere });
  t.deepEqual(await destinationsNow([set]), { here: [path.join(elsewhere, 'Cards')], away: [] });
});
