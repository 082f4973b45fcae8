/** Superblocks as the makers of file systems write them, held against blkid; and bytes that are none. */
import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { parseSuperblock, superblockBytes } from '../../src/platform/volume-superblock.js';
import { namesOfDevice, parseUdev } from '../../src/platform/volume-uuid.js';
import { mustRun } from '../support/commands.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';

test('bytes that are no superblock have no names, however many there are', (t) => {
  for (const size of [0, 1, 100, 2000, 70_000]) t.is(parseSuperblock(Buffer.alloc(size)), undefined);
  const cut = Buffer.alloc(1090);
  cut.write('\x53\xef', 1080, 'latin1');
  t.deepEqual(parseSuperblock(cut), { fileSystem: 'ext4' });
});

test('a superblock that is nonsense but for its name is read without harm', (t) => {
  for (const [name, at] of [
    ['EXFAT   ', 3],
    ['NTFS    ', 3],
    ['FAT32   ', 82],
    ['FAT16   ', 54],
    ['XFSB', 0],
  ] as const) {
    for (let round = 0; round < 500; round++) {
      const bytes = round === 0 ? Buffer.alloc(superblockBytes) : randomBytes(superblockBytes);
      bytes.write(name, at, 'latin1');
      const { elsewhere } = parseSuperblock(bytes) ?? {};
      if (!elsewhere) continue;
      t.true(elsewhere.bytes <= 32_768 && elsewhere.at >= 0, name);
      t.notThrows(() => elsewhere.find(randomBytes(elsewhere.bytes)));
      t.notThrows(() => elsewhere.find(Buffer.alloc(0)));
    }
  }
});

/** Makes an image and holds what we read against what blkid reads. */
async function agreesWithBlkid(
  t: ExecutionContext,
  make: readonly [program: string, ...args: string[]],
  sizeBytes: number,
): Promise<string | undefined> {
  const image = path.join(await temporaryFolder(t), 'image');
  const file = await open(image, 'w');
  await file.truncate(sizeBytes);
  await file.close();
  const [program, ...args] = make;
  await mustRun(program, [...args, image]);
  const tell = async (tag: string): Promise<string> =>
    (await mustRun('blkid', ['-p', '-s', tag, '-o', 'value', image])).trimEnd();
  const names = await namesOfDevice(undefined, image);
  t.is(names.uuid, await tell('UUID'), make.join(' '));
  t.is(names.label ?? '', await tell('LABEL'), make.join(' '));
  t.truthy(names.uuid);
  return names.label;
}

testWith(['mkfs.ext4'], 'the label of ext4 is read as blkid reads it, with every letter', async (t) => {
  t.is(await agreesWithBlkid(t, ['mkfs.ext4', '-q', '-F', '-L', 'Zoë bl 🎞'], 8 << 20), 'Zoë bl 🎞');
  t.is(
    await agreesWithBlkid(t, ['mkfs.ext4', '-q', '-F', '-L', 'sixteen letters!'], 8 << 20),
    'sixteen letters!',
  );
  t.is(await agreesWithBlkid(t, ['mkfs.ext4', '-q', '-F'], 8 << 20), undefined);
});

testWith(['mkfs.xfs'], 'the label of XFS is read as blkid reads it', async (t) => {
  t.is(await agreesWithBlkid(t, ['mkfs.xfs', '-q', '-f', '-L', 'twelve chars'], 320 << 20), 'twelve chars');
  t.is(await agreesWithBlkid(t, ['mkfs.xfs', '-q', '-f'], 320 << 20), undefined);
});

testWith(['mkfs.btrfs'], 'the label of btrfs is read as blkid reads it', async (t) => {
  const label = 'A drive with a long name, for Anna';
  t.is(await agreesWithBlkid(t, ['mkfs.btrfs', '-q', '-f', '-L', label], 128 << 20), label);
  t.is(await agreesWithBlkid(t, ['mkfs.btrfs', '-q', '-f'], 128 << 20), undefined);
});

testWith(['mkfs.exfat'], 'the label of exFAT is found in its root folder', async (t) => {
  t.is(await agreesWithBlkid(t, ['mkfs.exfat', '-L', 'EOS_DIGITAL'], 32 << 20), 'EOS_DIGITAL');
  t.is(await agreesWithBlkid(t, ['mkfs.exfat', '-c', '131072', '-L', 'Blätter é'], 64 << 20), 'Blätter é');
  t.is(await agreesWithBlkid(t, ['mkfs.exfat'], 32 << 20), undefined);
});

testWith(
  ['mkfs.vfat'],
  'the label and serial number of every FAT are read as blkid reads them',
  async (t) => {
    for (const bits of ['12', '16', '32']) {
      const make = ['mkfs.vfat', '-F', bits, '-i', '1a2B3c4D'] as const;
      t.is(await agreesWithBlkid(t, [...make, '-n', 'NIKON Z 8'], 64 << 20), 'NIKON Z 8', bits);
      t.is(await agreesWithBlkid(t, make, 64 << 20), undefined, bits);
    }
  },
);

testWith(['mkfs.vfat'], 'the serial number of FAT is written as people see it', async (t) => {
  const image = path.join(await temporaryFolder(t), 'image');
  await mustRun('truncate', ['-s', '64M', image]);
  await mustRun('mkfs.vfat', ['-i', '1a2B3c4D', image]);
  t.is(parseSuperblock((await readFile(image)).subarray(0, superblockBytes))?.uuid, '1A2B-3C4D');
});

testWith(['mkntfs'], 'the label of NTFS is found in its table of files', async (t) => {
  const label = 'Studio B – Jobs 2026';
  t.is(await agreesWithBlkid(t, ['mkntfs', '-F', '-Q', '-q', '-L', label], 16 << 20), label);
  t.is(await agreesWithBlkid(t, ['mkntfs', '-F', '-Q', '-q'], 16 << 20), undefined);
});

test('what cannot be opened has no names', async (t) => {
  t.deepEqual(await namesOfDevice(undefined, '/dev/none'), {});
  t.deepEqual(await namesOfDevice('999:999', 'server:/share'), {});
  t.deepEqual(await namesOfDevice(undefined, '/dev'), {});
});

test('what udev found is unescaped', (t) => {
  const text = [
    'S:disk/by-label/Zo\\xc3\\xab\\x20B',
    'E:ID_FS_LABEL=Zo_B',
    'E:ID_FS_LABEL_ENC=Zo\\xc3\\xab\\x20B\\x5c',
    'E:ID_FS_UUID=1A2B-3C4D',
    'E:ID_FS_UUID_ENC=1A2B-3C4D',
    '',
  ].join('\n');
  t.deepEqual(parseUdev(text), { uuid: '1A2B-3C4D', label: 'Zoë B\\' });
  t.deepEqual(parseUdev(''), {});
});
