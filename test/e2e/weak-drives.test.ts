/**
 * exFAT and FAT32: no links, coarse clocks that follow the time zone, weak flushes. What is kept is kept all
 * the same.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { desk } from '../support/glassine.js';
import { daysWork, shoot } from '../support/mixed-shoot.js';
import { exfatMount, fatMount, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { differences, fillTree, listTree, plant, temporaryFolder } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

const kinds = [
  ['exfat', exfatMount],
  ['fat', fatMount],
] as const;

/** Links stay in the ledger, and fusefat holds no names beyond ASCII: those are stored escaped. */
const isExpected = (sentence: string): boolean => /latest|best\.dng|Été|%C3%89t%C3%A9/.test(sentence);

for (const [fs, mount] of kinds) {
  testWith(
    [...volumeNeeds[fs], 'b3sum'],
    `a day's work is kept on ${fs}, and yesterday comes back with its links`,
    async (t) => {
      const drive = await mount(t, { sizeBytes: 128 << 20 });
      const place = await desk(t, { drive: drive.path, fill: shoot });
      const sourceBefore = path.join(await temporaryFolder(t), 'before');
      await shoot(sourceBefore);
      await place.must('backup');
      t.deepEqual(
        (await differences(place.source, place.pictures, { timeStepUs: 2_000_001 })).filter(
          (s) => !isExpected(s),
        ),
        [],
      );
      t.deepEqual(await vaultFaults(place.vault), []);
      const { versions } = await place.must('history', 'Photos/notes.txt');
      const firstAt = versions?.[0]?.keptAt ?? '';
      await daysWork(place.source);
      const second = await place.must('backup');
      t.is(second.moved, 9, 'the renamed folder and the moved file were not copied');
      t.deepEqual(
        (await differences(place.source, place.pictures, { timeStepUs: 2_000_001 })).filter(
          (s) => !isExpected(s),
        ),
        [],
      );
      t.deepEqual(await vaultFaults(place.vault), []);
      t.deepEqual((await place.must('verify')).bad, []);
      const target = path.join(await temporaryFolder(t), 'now');
      await place.must('restore', 'Photos', '--to', target);
      t.deepEqual(await differences(place.source, target), [], 'times and links come from the ledger');
      const earlier = path.join(await temporaryFolder(t), 'then');
      await place.must('restore', 'Photos', '--to', earlier, '--at', justAfter(firstAt));
      t.deepEqual(await differences(sourceBefore, earlier), []);
    },
  );

  testWith(
    [...volumeNeeds[fs], 'b3sum'],
    `a source on ${fs} is not copied again after a flight`,
    async (t) => {
      const card = await mount(t, { sizeBytes: 128 << 20 });
      const source = path.join(card.path, 'Photos');
      const place = await desk(t, { source, fill: (root) => fillTree(root, { files: 40, seed: 4 }) });
      await place.must('backup');
      const before = await listTree(source);
      await card.unmount();
      await card.mount({ timeZone: 'Pacific/Auckland' });
      const after = await listTree(source);
      const shifted = [...after].filter(([name, entry]) => before.get(name)?.modifiedNs !== entry.modifiedNs);
      t.log(`${shifted.length} of ${after.size} times look different in another time zone`);
      const again = await place.must('backup');
      t.is(again.bytesCopied, 0, 'nothing is copied again');
      t.deepEqual(await differences(source, place.pictures, { timeStepUs: 2_000_001 }), []);
      const { versions } = await place.must(
        'history',
        `Photos/${[...before.keys()].find((name) => name.endsWith('g')) ?? ''}`,
      );
      t.is(versions?.length, 1, 'it is still the same version');
      t.deepEqual(await vaultFaults(place.vault), []);
    },
  );

  testWith(
    [...volumeNeeds[fs], 'b3sum'],
    `a drive with ${fs} whose server dies in between goes on where it was`,
    async (t) => {
      const drive = await mount(t, { sizeBytes: 128 << 20 });
      const place = await desk(t, { drive: drive.path, fill: shoot });
      await place.must('backup');
      await plant(place.source, 'new.jpg', { bytes: 'new' });
      await drive.shutdown();
      const gone = await place.ask('backup');
      t.is(gone.status, 3, gone.stdout);
      await drive.unmount();
      await drive.mount();
      await place.must('backup');
      t.is(await readFile(path.join(place.pictures, 'new.jpg'), 'utf8'), 'new');
    },
  );
}

/** `--at` names a moment; versions of the same pass are a few milliseconds apart. */
function justAfter(moment: string): string {
  return new Date(Date.parse(moment) + 1).toISOString();
}
