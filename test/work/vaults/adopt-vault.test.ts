/** Taking over vaults: from one computer, from several in turn, from damaged and read-only drives. */
import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { GlassineError } from '../../../src/base/errors.js';
import { native, type Native } from '../../../src/platform/native.js';
import { restore } from '../../../src/work/restore/restore.js';
import { adoptVault } from '../../../src/work/vaults/adopt-vault.js';
import { verify } from '../../../src/work/verify/verify.js';
import { mustRun } from '../../support/commands.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, fillTree, listTree, plant } from '../../support/trees.js';
import { type Drive, type Workbench, workbench } from '../../support/workbench.js';

/** Another installation, which knows nothing: a catalog of its own, and this name among writers. */
function newComputer(bench: Workbench, writer: string, computer = 'laptop'): void {
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, writer, computer };
}

async function files(folder: string): Promise<string[]> {
  const tree = await listTree(folder);
  return [...tree]
    .filter(([, { kind }]) => kind === 'file')
    .map(([name]) => name)
    .sort();
}

/** Restores the source from the drive as it was at a moment, and compares it with `like`. */
async function givesBack(
  bench: Workbench,
  drive: Drive,
  { like, atMs }: { like: string; atMs?: number },
): Promise<void> {
  const { t } = bench;
  const toFolder = path.join(bench.folder, `to ${(await readdir(bench.folder)).length}`);
  const source = { sourceKey: bench.sourceKey, path: '' };
  const report = await restore(bench.deps, { vaults: [drive.setting], paths: [source], toFolder, atMs });
  t.deepEqual(report.incomplete, []);
  t.deepEqual(await differences(like, toFolder), []);
}

test('a vault that is not there or is no vault is refused', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await drive.unplug();
  const away = await t.throwsAsync(adoptVault(bench.deps, drive.setting), { instanceOf: GlassineError });
  t.is(away.code, 'vault-away');
  await drive.plug();
  const other = { ...drive.setting, id: 'another-vault' };
  const wrong = await t.throwsAsync(adoptVault(bench.deps, other), { instanceOf: GlassineError });
  t.is(wrong.code, 'vault-other');
});

test('a new computer knows every version, and gives back every moment', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await fillTree(bench.root, { files: 30, seed: 31 });
  await bench.backup();
  const firstMs = bench.deps.clock.now();
  const before = path.join(bench.folder, 'before');
  await mkdir(before);
  await fillTree(before, { files: 30, seed: 31 });
  const [first = '', second = ''] = await files(bench.root);
  await writeFile(path.join(bench.root, first), 'edited');
  await unlink(path.join(bench.root, second));
  await rename(path.join(bench.root, '2016'), path.join(bench.root, 'renamed'));
  await bench.backup();
  newComputer(bench, 'ffffffff-new-computer');
  const found = await adoptVault(bench.deps, drive.setting);
  t.like(found, { files: 31, problems: [] });
  t.like(found.sources, [{ name: 'Photos', computer: 'desk', files: 31 }]);
  await givesBack(bench, drive, { like: bench.root });
  await givesBack(bench, drive, { like: before, atMs: firstMs });
});

/** Each order of the writers' names: ledgers are read in it, and must not depend on it. */
for (const [first, second] of [
  ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'],
  ['22222222-2222-4222-8222-222222222222', '11111111-1111-4111-8111-111111111111'],
] as const) {
  test(`computers that kept a source in turn are read in turn (${first.slice(0, 4)} first)`, async (t) => {
    const bench = await workbench(t);
    const drive = await bench.addDrive('D');
    newComputer(bench, first, 'desk');
    for (const name of ['moved.jpg', 'edited.jpg', 'removed.jpg', 'stays.jpg']) {
      await plant(bench.root, name, { bytes: `${name} of the first` });
    }
    t.is((await bench.backup()).kept, 4);
    const moments: { atMs: number; like: string }[] = [];
    const remember = async (name: string) => {
      const like = path.join(bench.folder, name);
      await mustRun('cp', ['-a', bench.root, like]);
      moments.push({ atMs: bench.deps.clock.now(), like });
    };
    await remember('first');
    newComputer(bench, second);
    await adoptVault(bench.deps, drive.setting);
    await rename(path.join(bench.root, 'moved.jpg'), path.join(bench.root, 'moved there.jpg'));
    await plant(bench.root, 'edited.jpg', { bytes: 'edited on the second' });
    await unlink(path.join(bench.root, 'removed.jpg'));
    t.like(await bench.backup(), { outcome: 'good', moved: 1, kept: 1, retired: 1 });
    await remember('second');
    // And back to the first, which has been away.
    newComputer(bench, first, 'desk');
    await adoptVault(bench.deps, drive.setting);
    const back = await bench.backup();
    t.deepEqual(
      back.problems.map(({ code }) => code),
      ['source-continued-elsewhere'],
    );
    newComputer(bench, '00000000-third', 'third');
    const found = await adoptVault(bench.deps, drive.setting);
    t.deepEqual(found.problems, []);
    for (const { atMs, like } of moments) await givesBack(bench, drive, { like, atMs });
    t.is((await verify(bench.deps, { vaults: [drive.setting] })).outcome, 'good');
  });
}

test('a second computer keeps a source of the same name in a folder of its own', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await plant(bench.root, 'a.jpg', { bytes: 'desk' });
  await bench.backup();
  newComputer(bench, 'second-computer');
  const root = path.join(bench.folder, 'B');
  await plant(root, 'a.jpg', { bytes: 'laptop' });
  const source = { id: 'laptops-own', name: 'Photos', root };
  t.is((await bench.backup({ sources: [source] })).outcome, 'good');
  t.deepEqual((await readdir(path.join(drive.setting.folder, 'Pictures'))).sort(), [
    'Photos',
    'Photos (laptop)',
  ]);
  t.is(await readFile(path.join(drive.pictures, 'a.jpg'), 'utf8'), 'desk');
  const found = await adoptVault(bench.deps, drive.setting);
  t.deepEqual(found.sources.map(({ computer, files: count }) => `${computer} ${count}`).sort(), [
    'desk 1',
    'laptop 1',
  ]);
});

test('what a dead computer left half done is finished before its source is gone on with', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await plant(bench.root, 'a.jpg', { bytes: 'one' });
  await plant(bench.root, 'b.jpg', { bytes: 'two' });
  await bench.backup();
  await plant(bench.root, 'a.jpg', { bytes: 'edited before the end' });
  await plant(bench.root, 'new.jpg', { bytes: 'new before the end' });
  const dying: Native = {
    ...native,
    arrange: (steps) => {
      if (steps.some((step) => step.do === 'rename')) return Promise.reject(new Error('died'));
      return native.arrange(steps);
    },
  };
  bench.deps = { ...bench.deps, native: dying };
  await bench.backup().catch(() => undefined);
  t.is(await readFile(path.join(drive.pictures, 'a.jpg'), 'utf8'), 'one');
  newComputer(bench, 'successor');
  await adoptVault(bench.deps, drive.setting);
  await givesBack(bench, drive, { like: bench.root });
  t.like(await bench.backup(), { outcome: 'good', bytesCopied: 0 });
  t.deepEqual(await differences(bench.root, drive.pictures), []);
  t.is((await verify(bench.deps, { vaults: [drive.setting] })).outcome, 'good');
});

test('of a damaged ledger what is sound is taken over, and the damage is told', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await plant(bench.root, 'first.jpg', { bytes: 'first' });
  await bench.backup();
  const ledger = path.join(drive.setting.folder, 'Ledger', bench.deps.writer, '00000001.jsonl');
  const sound = (await readFile(ledger)).length;
  await plant(bench.root, 'second.jpg', { bytes: 'second' });
  await bench.backup();
  const bytes = await readFile(ledger);
  bytes.write('X', bytes.indexOf('second', sound));
  await writeFile(ledger, bytes);
  const { writer } = bench.deps;
  for (const who of ['new-computer', writer]) {
    newComputer(bench, who);
    const found = await adoptVault(bench.deps, drive.setting);
    t.is(found.files, 1);
    t.like(found.problems, [{ code: 'ledger-damaged', subject: 'D' }]);
  }
  t.true(bytes.equals(await readFile(ledger)));
});

testWith(volumeNeeds.ext4, 'a read-only drive can be taken over and given back from', async (t) => {
  const bench = await workbench(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  const drive = await bench.addDrive('D', volume.path);
  await plant(bench.root, 'a.jpg', { bytes: 'one' });
  await bench.backup();
  await volume.remountReadOnly();
  newComputer(bench, 'new-computer');
  const found = await adoptVault(bench.deps, drive.setting);
  t.like(found.problems, [{ code: 'vault-read-only', subject: 'D' }]);
  t.is(found.files, 1);
  await givesBack(bench, drive, { like: bench.root });
});
