/** Probing what names a volume can hold: true on each kind, cheap, and nothing is left behind. */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { storedName } from '../../../src/rules/stored-names.js';
import { probeNames } from '../../../src/store/vault/probe.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { exfatMount, fatMount, loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { temporaryFolder } from '../../support/trees.js';

const unrestricted = {
  caseSensitive: true,
  normalizing: false,
  refusedCharacters: '',
  trailingDots: true,
  reservedNames: true,
  longestName: { length: 255, unit: 'bytes' },
  links: true,
};

test("a Linux file system's names are bytes, 255 of them", async (t) => {
  const folder = await temporaryFolder(t);
  t.deepEqual(await probeNames(folder), unrestricted as Awaited<ReturnType<typeof probeNames>>);
  t.deepEqual(await readdir(folder), []);
});

test('files that are there already are let be', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, '6b01e23d-1'), 'waits');
  await probeNames(folder);
  t.deepEqual(await readdir(folder), ['6b01e23d-1']);
});

test('what an earlier probe left behind does not change the answer', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['probe-aA', 'probe-\u00e9', 'probe-dot.', 'probe-"*:<>?\\|x']) {
    await writeFile(path.join(folder, name), '');
  }
  t.deepEqual(await probeNames(folder), unrestricted as Awaited<ReturnType<typeof probeNames>>);
});

testWith(volumeNeeds.exfat, 'exFAT folds case, refuses nine characters and counts in UTF-16', async (t) => {
  const drive = await exfatMount(t, { sizeBytes: 64 << 20 });
  const rules = await probeNames(drive.path);
  t.false(rules.caseSensitive);
  t.false(rules.links);
  t.is(rules.highestCharacter, undefined);
  t.deepEqual(rules.longestName, { length: 255, unit: 'utf16' });
  for (const character of '"*:<>?\\|\u0001\u001f')
    t.true(rules.refusedCharacters.includes(character), character);
  t.deepEqual(await readdir(drive.path), []);
});

testWith(volumeNeeds.fat, 'a driver that knows only ASCII is found out', async (t) => {
  const drive = await fatMount(t, { sizeBytes: 64 << 20 });
  const rules = await probeNames(drive.path);
  t.is(rules.highestCharacter, 0x7f);
  t.deepEqual(await readdir(drive.path), []);
});

/** Names that some volume somewhere refuses. */
const hostile = [
  ...[
    'con',
    'NUL.txt',
    'a.',
    'a ',
    ' a',
    'a:b',
    'a?b*',
    'tab\tnewline\n',
    'ä',
    'e\u0301',
    '😀',
    '\u202e',
    '%41',
  ],
  ...['あ'.repeat(255), 'x'.repeat(255), '.', '..'.concat('.'), '-rf', '\u007f', '~1', 'A~1.JPG', '\'"`$('],
];

for (const [fs, mount] of [
  ['exfat', exfatMount],
  ['fat', fatMount],
] as const) {
  testWith(
    volumeNeeds[fs],
    `every stored name that the probed rules give can be made on ${fs}`,
    async (t) => {
      const drive = await mount(t, { sizeBytes: 64 << 20 });
      const rules = await probeNames(drive.path);
      for (const [at, name] of hostile.entries()) {
        const folder = path.join(drive.path, String(at));
        await mkdir(folder);
        const stored = storedName(name, rules);
        await t.notThrowsAsync(writeFile(path.join(folder, stored), 'x'), JSON.stringify([name, stored]));
        t.deepEqual(await readdir(folder), [stored]);
      }
    },
  );
}

testWith(lyingNeeds, 'a drive without links is found out', async (t) => {
  const drive = await lyingMount(t, { noLinks: true });
  t.false((await probeNames(drive.path)).links);
});

testWith(volumeNeeds.ext4, 'a probe that cannot be done is an error, not an answer', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  await drive.remountReadOnly();
  await t.throwsAsync(probeNames(drive.path), { code: 'EROFS' });
  await drive.remountWritable();
  await chmod(drive.path, 0o755);
  await t.throwsAsync(probeNames(path.join(drive.path, 'none')));
});
