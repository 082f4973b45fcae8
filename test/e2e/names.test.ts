/** Names that break programs: each is kept on every kind of drive, and comes back byte for byte. */
import { lstat, mkdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../support/commands.js';
import { codesOf, desk } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { hostileNames } from '../support/hostile-names.js';
import { exfatMount, fatMount, loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { differences, listTree, plant, plantLink, temporaryFolder } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

/**
 * Every hostile name that this system can make, as a file, in a folder, and as a folder. Returns how many.
 */
async function plantAll(source: string): Promise<number> {
  let planted = 0;
  for (const { id, bytes, linux } of hostileNames) {
    if (!linux) continue;
    await plant(source, Buffer.concat([Buffer.from('files/'), bytes]), { bytes: `file ${id}` });
    await plant(source, Buffer.concat([Buffer.from('folders/'), bytes, Buffer.from('/IMG_0001.jpg')]), {
      bytes: `inside ${id}`,
    });
    planted += 2;
  }
  return planted;
}

async function comesBack(t: ExecutionContext, place: Desk, how: { timeStepUs?: number } = {}): Promise<void> {
  const target = path.join(await temporaryFolder(t), 'restored');
  await place.must('restore', 'Photos', '--to', target);
  t.deepEqual(await differences(place.source, target, how), []);
}

test('the list of names is the one that was agreed upon', (t) => {
  t.is(hostileNames.length, 155);
  t.true(hostileNames.filter((each) => each.linux).length > 120);
});

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'all names are kept as they are where the drive can hold them',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
    const place = await desk(t, { drive: drive.path, fill: plantAll });
    const { kept } = await place.must('backup');
    t.is(kept, 2 * hostileNames.filter((each) => each.linux).length);
    t.deepEqual(await vaultFaults(place.vault), []);
    await comesBack(t, place);
    t.deepEqual((await place.must('verify')).bad, []);
    t.is((await place.must('backup')).bytesCopied, 0, 'nothing is copied again');
  },
);

for (const [fs, mount] of [
  ['exfat', exfatMount],
  ['fat', fatMount],
] as const) {
  testWith(
    [...volumeNeeds[fs], 'b3sum'],
    `all names are kept, escaped where need be, on ${fs}`,
    async (t) => {
      const drive = await mount(t, { sizeBytes: 256 << 20 });
      const place = await desk(t, { drive: drive.path, fill: plantAll });
      const { kept } = await place.must('backup');
      t.is(kept, 2 * hostileNames.filter((each) => each.linux).length);
      t.deepEqual(await vaultFaults(place.vault), []);
      await comesBack(t, place);
      await drive.unmount();
      await drive.mount();
      t.is((await place.must('backup')).bytesCopied, 0, 'nothing is copied again');
      t.deepEqual((await place.must('verify')).bad, []);
      await comesBack(t, place);
    },
  );
}

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'names that differ only in case or normal form are all kept',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20 });
    const twins = ['IMG.jpg', 'img.jpg', 'Img.JPG', 'caf\u00e9.jpg', 'cafe\u0301.jpg', 'CAF\u00c9.jpg'];
    const fill = async (source: string): Promise<void> => {
      for (const twin of twins) {
        await plant(source, twin, { bytes: twin });
        await plant(source, `folder ${twin}/a.jpg`, { bytes: `in ${twin}` });
      }
    };
    const place = await desk(t, { drive: drive.path, fill });
    t.is((await place.must('backup')).kept, twins.length * 2);
    await comesBack(t, place);
  },
);

for (const [fs, mount] of [
  ['exfat', exfatMount],
  ['fat', fatMount],
] as const) {
  testWith([...volumeNeeds[fs], 'b3sum'], `names that are one name on ${fs} are kept apart`, async (t) => {
    const drive = await mount(t, { sizeBytes: 64 << 20 });
    const twins = [
      'IMG.jpg',
      'img.jpg',
      'Img.JPG',
      'caf\u00e9.jpg',
      'cafe\u0301.jpg',
      'CAF\u00c9.jpg',
      'con',
      'CON.jpg',
    ];
    const fill = async (source: string): Promise<void> => {
      for (const twin of twins) await plant(source, twin, { bytes: twin });
    };
    const place = await desk(t, { drive: drive.path, fill });
    t.is((await place.must('backup')).kept, twins.length);
    await plant(place.source, 'img.jpg', { bytes: 'edited' });
    t.is((await place.must('backup')).kept, 1);
    t.deepEqual(await vaultFaults(place.vault), []);
    await comesBack(t, place);
  });
}

testWith(
  ['b3sum', 'python3'],
  'links, sockets, pipes, hard links and empty files are each what they are',
  async (t) => {
    const fill = async (source: string): Promise<void> => {
      await plant(source, 'empty.txt', { bytes: '' });
      await plant(source, 'a.jpg', { bytes: 'a' });
      await mustRun('ln', [path.join(source, 'a.jpg'), path.join(source, 'same as a.jpg')]);
      await plantLink(source, 'to a', 'a.jpg');
      await plantLink(source, 'dangling', 'nowhere');
      await plantLink(source, 'out of the source', '/etc');
      await plantLink(source, 'not UTF-8', Buffer.from([0x61, 0xff]));
      await plantLink(source, 'loop', 'loop');
      await mkdir(path.join(source, 'empty/nested'), { recursive: true });
      await mustRun('mkfifo', [path.join(source, 'pipe')]);
    };
    const place = await desk(t, { fill });
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(path.join(place.source, 'socket'), resolve));
    t.teardown(() => server.close());
    const answer = await place.ask('backup');
    t.is(answer.status, 2, answer.stdout);
    t.deepEqual(codesOf(answer.document), ['file-special']);
    t.deepEqual(answer.document.incomplete?.map((left) => path.basename(left.path)).sort(), [
      'pipe',
      'socket',
    ]);
    t.deepEqual(await vaultFaults(place.vault), []);
    const found = await differences(place.source, place.pictures);
    t.deepEqual(
      found.filter((sentence) => !/"(pipe|socket)"/.test(sentence)),
      [],
    );
    const target = path.join(await temporaryFolder(t), 'restored');
    await place.ask('restore', 'Photos', '--to', target);
    t.deepEqual(
      [...(await listTree(target)).keys()].sort(),
      [...(await listTree(place.pictures)).keys()].sort(),
    );
    t.deepEqual(await differences(place.pictures, target), []);
    t.true(
      (await lstat(path.join(target, 'out of the source'))).isSymbolicLink(),
      'links are never followed',
    );
  },
);
