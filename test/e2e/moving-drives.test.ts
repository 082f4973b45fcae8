/** Drives and cards that are mounted at another path than last time, and drives that are there twice. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../support/commands.js';
import { codesOf, desk } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { detach, exfatMount, loopImage, volumeNeeds } from '../support/mounts.js';
import type { TestVolume } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { startAgent } from '../support/running-agent.js';
import { differences, listTree, temporaryFolder } from '../support/trees.js';

const small = { fs: 'ext4', sizeBytes: 24 << 20 } as const;

const withOneFile = (source: string): Promise<void> => writeFile(path.join(source, 'a.jpg'), 'first');

async function mountPoint(t: ExecutionContext): Promise<string> {
  const point = path.join(await temporaryFolder(t), 'elsewhere');
  await mkdir(point);
  t.teardown(() => detach(point));
  return point;
}

async function vaultFolder(place: Desk): Promise<string | undefined> {
  return (await place.must('vault', 'list')).vaults?.[0]?.folder;
}

async function names(folder: string): Promise<string[]> {
  return [...(await listTree(folder)).keys()].sort();
}

async function findsItsVault(t: ExecutionContext, drive: TestVolume, timeStepUs = 1): Promise<void> {
  const place = await desk(t, { drive: drive.path, fill: withOneFile });
  await place.must('backup');
  await drive.unmount();
  const elsewhere = await mountPoint(t);
  await drive.mount({ at: elsewhere });
  const status = await place.must('status');
  t.true(status.vaults?.[0]?.connected, 'who only asks finds it too');
  const file = path.join(place.home, 'config.json');
  t.false((await readFile(file, 'utf8')).includes(elsewhere), 'and writes nothing');
  await writeFile(path.join(place.source, 'b.jpg'), 'second');
  t.is((await place.must('backup')).kept, 1);
  t.is(await vaultFolder(place), path.join(elsewhere, 'Glassine'));
  t.true((await readFile(file, 'utf8')).includes(elsewhere), 'where it is now is remembered');
  const pictures = path.join(elsewhere, 'Glassine/Pictures/Photos');
  t.deepEqual(await differences(place.source, pictures, { timeStepUs }), []);
  t.deepEqual(await names(drive.path), [], 'nothing is written where it was');
}

testWith(volumeNeeds.ext4, 'a vault whose drive is mounted elsewhere is found by itself', async (t) => {
  await findsItsVault(t, await loopImage(t, small));
});

testWith(volumeNeeds.exfat, 'so is one on exFAT, which knows no links and keeps no owners', async (t) => {
  await findsItsVault(t, await exfatMount(t, { sizeBytes: 24 << 20, label: 'BLUE' }), 2_000_000);
});

testWith(volumeNeeds.ext4, 'a vault deep in a drive is found where it lay on it', async (t) => {
  const drive = await loopImage(t, small);
  const deep = path.join(drive.path, 'Backups/of 2026');
  const place = await desk(t, { drive: deep, fill: withOneFile });
  await drive.unmount();
  const elsewhere = await mountPoint(t);
  await drive.mount({ at: elsewhere });
  t.is((await place.must('backup')).kept, 1);
  t.is(await vaultFolder(place), path.join(elsewhere, 'Backups/of 2026/Glassine'));
});

testWith(
  volumeNeeds.ext4,
  'a source on a drive that is mounted elsewhere goes on with its history',
  async (t) => {
    const drive = await loopImage(t, small);
    const place = await desk(t, { source: path.join(drive.path, 'Photos'), fill: withOneFile });
    await place.must('backup');
    await drive.unmount();
    const away = await place.ask('backup');
    t.deepEqual(codesOf(away.document), ['source-missing'], away.stdout);
    const elsewhere = await mountPoint(t);
    await drive.mount({ at: elsewhere });
    await writeFile(path.join(elsewhere, 'Photos/b.jpg'), 'second');
    const { kept, moved, retired } = await place.must('backup');
    t.deepEqual({ kept, moved, retired }, { kept: 1, moved: 0, retired: 0 });
    t.deepEqual(await differences(path.join(elsewhere, 'Photos'), place.pictures), []);
    const history = await place.must('history', path.join(elsewhere, 'Photos/a.jpg'));
    t.is(history.versions?.length, 1);
  },
);

testWith(
  volumeNeeds.ext4,
  'a drive that is there twice is refused by name, and neither is written to',
  async (t) => {
    const drive = await loopImage(t, small);
    const place = await desk(t, { drive: drive.path, fill: withOneFile });
    await place.must('backup');
    await drive.unmount();
    const copy = `${drive.image} (copy)`;
    await copyFile(drive.image, copy);
    await drive.mount();
    const elsewhere = await mountPoint(t);
    await mustRun('mount', ['-o', 'loop', copy, elsewhere]);
    await writeFile(path.join(place.source, 'b.jpg'), 'second');
    const before = [await names(drive.path), await names(elsewhere)];
    const refused = await place.ask('backup');
    t.is(refused.status, 3, refused.stdout);
    t.deepEqual(codesOf(refused.document), ['vault-cloned']);
    t.regex(refused.stdout, /Drive is there twice, at .* and at /);
    t.deepEqual([await names(drive.path), await names(elsewhere)], before);
    const adopted = await place.ask('vault', 'adopt', elsewhere);
    t.deepEqual(codesOf(adopted.document), ['vault-cloned'], adopted.stdout);
    const status = await place.ask('status');
    t.true(
      status.document.needs?.some(({ code }) => code === 'vault-cloned'),
      status.stdout,
    );
    await detach(elsewhere);
    t.is((await place.must('backup')).kept, 1);
  },
);

testWith(
  volumeNeeds.ext4,
  'a copy on another drive is not taken for the vault, unless a person says so',
  async (t) => {
    const drive = await loopImage(t, small);
    const place = await desk(t, { drive: drive.path, fill: withOneFile });
    await place.must('backup');
    const other = await loopImage(t, small);
    await mustRun('cp', ['-a', place.vault, other.path]);
    await drive.unmount();
    const before = await names(other.path);
    const refused = await place.ask('backup');
    t.is(refused.status, 3, refused.stdout);
    t.deepEqual(codesOf(refused.document), ['vault-cloned']);
    t.regex(refused.stdout, /A copy of Drive on another drive is at/);
    t.deepEqual(await names(other.path), before);
    await place.must('vault', 'adopt', other.path);
    await writeFile(path.join(place.source, 'b.jpg'), 'second');
    t.is((await place.must('backup')).kept, 1);
    t.is(await vaultFolder(place), path.join(other.path, 'Glassine'));
  },
);

testWith(
  volumeNeeds.ext4,
  'a running agent follows a drive to another mount point, fills it at once, and says when it is done',
  async (t) => {
    const drive = await loopImage(t, small);
    const place = await desk(t, { drive: drive.path, fill: withOneFile });
    const agent = await startAgent(t, place);
    const first = await agent.heard(({ kind }) => kind === 'up-to-date');
    t.like(first, { name: 'Drive', files: 1, bytes: 5 });
    let at = agent.news.length;
    await drive.unmount();
    await agent.heard(({ kind, connected }) => kind === 'vault' && connected === false, at);
    await writeFile(path.join(place.source, 'b.jpg'), 'second');
    const elsewhere = await mountPoint(t);
    at = agent.news.length;
    await drive.mount({ at: elsewhere });
    await agent.heard(({ kind, connected }) => kind === 'vault' && connected === true, at);
    const done = await agent.heard(({ kind }) => kind === 'up-to-date', at);
    t.like(done, { name: 'Drive', files: 1, bytes: 6 });
    t.deepEqual(await differences(place.source, path.join(elsewhere, 'Glassine/Pictures/Photos')), []);
    t.is(await vaultFolder(place), path.join(elsewhere, 'Glassine'));
  },
);
