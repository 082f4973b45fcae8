/** Verifying: damage of every kind is found and named, and nothing is called checked that was not. */
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GlassineError } from '../../../src/base/errors.js';
import { native, type Native } from '../../../src/platform/native.js';
import { readLines } from '../../../src/store/ledger/reader.js';
import { verify, type VerifyOptions, type VerifyReport } from '../../../src/work/verify/verify.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { fillTree, plant, plantLink } from '../../support/trees.js';
import { type Drive, meanwhile, type Workbench, workbench } from '../../support/workbench.js';

function look(bench: Workbench, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  return verify(bench.deps, { vaults: bench.drives.map((drive) => drive.setting), ...options });
}

/** Flips one bit and leaves size and time as they were: what a dying disk does. */
async function flipBit(file: string): Promise<void> {
  const { atime, mtime } = await stat(file);
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(file, bytes);
  const { utimes } = await import('node:fs/promises');
  await utimes(file, atime, mtime);
}

function ledgerFolder(bench: Workbench, drive: Drive): string {
  return path.join(drive.setting.folder, 'Ledger', bench.deps.writer);
}

function linesIn(bench: Workbench, drive: Drive) {
  return [...readLines(ledgerFolder(bench, drive), { after: 0, upTo: Number.MAX_SAFE_INTEGER })];
}

function named(report: VerifyReport): string[] {
  return report.bad.map(({ vault, stored, code }) => `${vault} ${stored} ${code}`).sort();
}

async function filled(
  t: ExecutionContext,
  files = 40,
): Promise<{ bench: Workbench; drive: Drive; names: string[] }> {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  const names = await fillTree(bench.root, { files, seed: 21, largestBytes: 9000 });
  t.is((await bench.backup()).outcome, 'good');
  return { bench, drive, names };
}

test('a flipped bit, a missing file, a changed link and a missing folder are each named', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  for (const name of ['flipped.jpg', 'missing.jpg', 'good.jpg'])
    await plant(bench.root, name, { bytes: `${name} it is` });
  await plantLink(bench.root, 'link', 'here');
  await plantLink(bench.root, 'good link', 'here');
  await mkdir(path.join(bench.root, 'empty'));
  await bench.backup();
  await flipBit(path.join(drive.pictures, 'flipped.jpg'));
  await unlink(path.join(drive.pictures, 'missing.jpg'));
  await unlink(path.join(drive.pictures, 'link'));
  await symlink('elsewhere', path.join(drive.pictures, 'link'));
  await rm(path.join(drive.pictures, 'empty'), { recursive: true });
  const report = await look(bench);
  t.is(report.outcome, 'failed');
  t.deepEqual(named(report), [
    'D Pictures/Photos/empty copy-missing',
    'D Pictures/Photos/flipped.jpg copy-mismatch',
    'D Pictures/Photos/link copy-mismatch',
    'D Pictures/Photos/missing.jpg copy-missing',
  ]);
  t.is(report.checked, 4, 'good, good link, and the two that hold something else');
  t.like(report.vaults[0], { name: 'D', outcome: 'failed', bad: 4, left: 0, ledger: 'sound' });
  const subjects = bench.deps.catalog.openEvents().map(({ subject }) => subject);
  t.true(subjects.includes('D/Pictures/Photos/flipped.jpg'));
});

test('what was found is in the ledger, and a catalog made anew knows it', async (t) => {
  const { bench, drive, names } = await filled(t);
  const bad = path.join(drive.pictures, names[7] ?? '');
  await flipBit(bad);
  await look(bench);
  const stored = `Pictures/Photos/${names[7] ?? ''}`;
  const scrubs = linesIn(bench, drive).filter((line) => line.do === 'scrub');
  t.true(scrubs.length > 0);
  t.deepEqual(
    scrubs.flatMap((line) => line.bad),
    [stored],
  );
  t.is(
    scrubs.reduce((sum, line) => sum + line.files, 0),
    40,
  );
  const damaged = linesIn(bench, drive).filter((line) => line.do === 'damaged');
  t.like(damaged, [{ stored, found: native.hash(await readFile(bad)) }]);
  bench.forgetCatalog();
  const again = await look(bench);
  t.deepEqual(named(again), [`D ${stored} copy-mismatch`]);
  const row = bench.deps.catalog.storedAt(bench.deps.catalog.vaultKey(drive.setting.id), stored);
  t.true(row?.damagedAt !== undefined);
});

test('a copy that is put right is good again, and its alarm is closed', async (t) => {
  const { bench, drive, names } = await filled(t);
  const bad = path.join(drive.pictures, names[3] ?? '');
  await flipBit(bad);
  t.is((await look(bench)).outcome, 'failed');
  t.is(bench.deps.catalog.openEvents().length, 1);
  t.truthy(bench.deps.catalog.damagedCopy());
  await flipBit(bad);
  const report = await look(bench);
  t.is(report.outcome, 'good');
  t.is(report.checked, 40);
  t.deepEqual(bench.deps.catalog.openEvents(), []);
  t.is(bench.deps.catalog.damagedCopy(), undefined);
});

test('everything that is good is proven from the medium, versions aside among it', async (t) => {
  const { bench, drive, names } = await filled(t);
  await writeFile(path.join(bench.root, names[0] ?? ''), 'edited');
  await rm(path.join(bench.root, names[1] ?? ''));
  await bench.backup();
  const beforeMs = bench.deps.clock.now();
  const report = await look(bench);
  t.is(report.outcome, 'good');
  t.is(report.checked, 41);
  const key = bench.deps.catalog.vaultKey(drive.setting.id);
  for (const row of bench.deps.catalog.storedIn(key, { limit: 100 })) {
    t.true((row.provenAt ?? 0) >= beforeMs, row.stored);
    t.is(row.evidence, 'proven');
  }
});

test('a vault that is away is not called verified', async (t) => {
  const { bench, drive } = await filled(t);
  await drive.unplug();
  const alone = await look(bench);
  t.is(alone.outcome, 'failed');
  t.is(alone.checked, 0);
  t.like(alone.incomplete, [{ code: 'vault-away', subject: 'D' }]);
  t.like(alone.vaults[0], { outcome: 'failed', ledger: 'not-checked' });
  await bench.addDrive('D2');
  await bench.backup();
  const both = await look(bench);
  t.is(both.outcome, 'incomplete');
  t.is(both.checked, 40);
  await drive.plug();
  t.is((await look(bench)).outcome, 'good');
});

test('a drive unplugged in the middle has no damaged copies, only unchecked ones', async (t) => {
  const { bench, drive } = await filled(t, 700);
  bench.deps = {
    ...bench.deps,
    native: meanwhile((transfers) => (transfers === 2 ? drive.unplug() : undefined)),
  };
  const report = await look(bench);
  t.is(report.outcome, 'incomplete');
  t.deepEqual(report.bad, []);
  t.is(report.checked, 256);
  t.is(report.vaults[0]?.left, 444);
  t.like(report.incomplete, [{ code: 'vault-away' }]);
  t.is(bench.deps.catalog.damagedCopy(), undefined);
  t.deepEqual(bench.deps.catalog.openEvents(), []);
});

testWith(lyingNeeds, 'a sector that cannot be read is named, and not counted as checked', async (t) => {
  const bench = await workbench(t);
  const mount = await lyingMount(t);
  await bench.addDrive('D', mount.path);
  await plant(bench.root, 'bad.dng', { bytes: Buffer.alloc(300_000, 7) });
  await plant(bench.root, 'good.dng', { bytes: Buffer.alloc(300_000, 8) });
  await bench.backup();
  await mount.lie({ readError: [{ name: 'Photos/bad.dng', offset: 200_000 }] });
  const report = await look(bench);
  t.deepEqual(named(report), ['D Pictures/Photos/bad.dng copy-unreadable']);
  t.is(report.checked, 1);
  t.is(report.bytes, 300_000);
  await mount.lie({});
  t.is((await look(bench)).outcome, 'good');
});

testWith(lyingNeeds, 'a drive that errs once and not again has no damaged copies', async (t) => {
  const bench = await workbench(t);
  const mount = await lyingMount(t);
  await bench.addDrive('D', mount.path);
  await plant(bench.root, 'a.dng', { bytes: Buffer.alloc(300_000, 7) });
  await bench.backup();
  await mount.lie({ readError: [{ name: 'Photos/a.dng', offset: 200_000 }] });
  bench.deps = {
    ...bench.deps,
    native: meanwhile((transfers) => (transfers === 2 ? mount.lie({}) : undefined)),
  };
  const report = await look(bench);
  t.is(report.outcome, 'good');
  t.is(report.checked, 1);
});

test('a ledger with a changed byte is named, and the copies are read all the same', async (t) => {
  const { bench, drive, names } = await filled(t);
  const segment = path.join(ledgerFolder(bench, drive), '00000001.jsonl');
  const bytes = await readFile(segment);
  const at = bytes.indexOf('"bytes":', 2000) + 9;
  bytes.writeUInt8(bytes.readUInt8(at) === 0x31 ? 0x32 : 0x31, at);
  await writeFile(segment, bytes);
  await flipBit(path.join(drive.pictures, names[5] ?? ''));
  const report = await look(bench);
  t.is(report.outcome, 'failed');
  t.like(report.vaults[0], { ledger: 'ledger-damaged', checked: 40, bad: 1 });
  t.like(report.vaults[0]?.problems, [{ code: 'ledger-damaged', subject: 'D' }]);
  t.true(bench.deps.catalog.openEvents('ledger-damaged').length === 1);
  t.true(bytes.equals(await readFile(segment)), 'nothing is written to it');
});

test('a ledger that is gone or older than it was is no sound ledger', async (t) => {
  const { bench, drive } = await filled(t);
  const folder = ledgerFolder(bench, drive);
  const segment = path.join(folder, '00000001.jsonl');
  const before = await readFile(segment);
  await plant(bench.root, 'later.jpg', { bytes: 'later' });
  await bench.backup();
  const after = await readFile(segment);
  await writeFile(segment, before);
  t.is((await look(bench)).vaults[0]?.ledger, 'ledger-behind');
  await rename(folder, `${folder} (gone)`);
  const gone = await look(bench);
  t.is(gone.outcome, 'failed');
  t.not(gone.vaults[0]?.ledger, 'sound');
  await rm(folder, { recursive: true, force: true });
  await rename(`${folder} (gone)`, folder);
  await writeFile(segment, after);
  t.is((await look(bench)).vaults[0]?.ledger, 'sound');
  t.deepEqual(bench.deps.catalog.openEvents(), []);
});

test('the ledger of another computer that is gone or damaged is named too', async (t) => {
  const { bench, drive } = await filled(t);
  const first = bench.deps.writer;
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, writer: randomUUID(), computer: 'laptop' };
  t.is((await look(bench)).outcome, 'good');
  const theirs = path.join(drive.setting.folder, 'Ledger', first);
  const segment = path.join(theirs, '00000001.jsonl');
  const sound = await readFile(segment);
  await writeFile(segment, Buffer.concat([sound.subarray(0, 500), Buffer.from('x'), sound.subarray(501)]));
  const { vaults } = await look(bench);
  t.is(vaults[0]?.ledger, 'ledger-damaged');
  const kept = linesIn(bench, drive).filter((line) => line.do === 'scrub');
  t.is(kept.length, 2, 'what was found is kept in our own ledger all the same');
  await writeFile(segment, sound);
  await rename(theirs, path.join(bench.folder, 'theirs'));
  t.is((await look(bench)).vaults[0]?.ledger, 'ledger-missing-segment');
});

testWith(volumeNeeds.ext4, 'a read-only vault is read, and said not to have been written', async (t) => {
  const bench = await workbench(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  const drive = await bench.addDrive('D', volume.path);
  await plant(bench.root, 'a.jpg', { bytes: 'one' });
  await plant(bench.root, 'b.jpg', { bytes: 'two' });
  await bench.backup();
  await flipBit(path.join(drive.pictures, 'a.jpg'));
  await volume.remountReadOnly();
  const report = await look(bench);
  t.deepEqual(named(report), ['D Pictures/Photos/a.jpg copy-mismatch']);
  t.is(report.checked, 2);
  t.like(report.vaults[0]?.problems, [{ code: 'vault-read-only', subject: 'D' }]);
});

test('when time is short the oldest proofs are renewed first, and the rest counts as left', async (t) => {
  const { bench, drive } = await filled(t, 600);
  const first = await look(bench, { budgetMs: 0 });
  t.is(first.outcome, 'good');
  t.is(first.checked, 256);
  t.is(first.vaults[0]?.left, 344);
  t.is(first.vaults[0]?.strangers, undefined);
  const second = await look(bench, { budgetMs: 0 });
  const third = await look(bench, { budgetMs: 0 });
  t.is(second.checked + third.checked, 344);
  const key = bench.deps.catalog.vaultKey(drive.setting.id);
  const keptAt = Math.max(...bench.deps.catalog.storedIn(key, { limit: 1000 }).map((row) => row.keptAt));
  t.true(bench.deps.catalog.storedIn(key, { limit: 1000 }).every((row) => (row.provenAt ?? 0) > keptAt));
});

test('what was proven since a moment is left out, and not claimed to be read again', async (t) => {
  const { bench, drive } = await filled(t, 30);
  const sinceMs = bench.deps.clock.now();
  await plant(bench.root, '2016/new.jpg', { bytes: 'proven just now' });
  await bench.backup();
  const key = bench.deps.catalog.vaultKey(drive.setting.id);
  const before = bench.deps.catalog.storedAt(key, 'Pictures/Photos/2016/new.jpg')?.provenAt;
  const report = await look(bench, { sinceMs });
  t.is(report.checked, 30);
  t.is(report.vaults[0]?.left, 1);
  t.is(bench.deps.catalog.storedAt(key, 'Pictures/Photos/2016/new.jpg')?.provenAt, before);
  const again = await look(bench, { sinceMs });
  t.is(again.checked, 0);
  t.is(again.vaults[0]?.left, 31);
});

test('files that no ledger knows are said, and are no damage', async (t) => {
  const { bench, drive } = await filled(t);
  await writeFile(path.join(drive.pictures, 'holiday of a friend.jpg'), 'not ours');
  await writeFile(path.join(drive.pictures, '.DS_Store'), 'noise');
  const report = await look(bench);
  t.is(report.outcome, 'good');
  t.deepEqual(report.vaults[0]?.strangers, { files: 1, names: ['Pictures/Photos/holiday of a friend.jpg'] });
});

test('a file that another computer moved meanwhile is not called missing', async (t) => {
  const { bench, drive, names } = await filled(t, 30);
  const owner = bench.deps;
  bench.forgetCatalog();
  const reader = { ...bench.deps, writer: randomUUID(), computer: 'laptop' };
  const old = path.join(bench.root, names[4] ?? '');
  const moved: Native = meanwhile(async (transfers) => {
    if (transfers > 1) return;
    await rename(old, path.join(bench.root, 'moved.jpg'));
    bench.deps = owner;
    t.is((await bench.backup()).moved, 1);
  });
  bench.deps = { ...reader, native: moved };
  const report = await look(bench);
  t.deepEqual(report.bad, []);
  t.is(report.checked, 29);
  t.like(report.incomplete, [{ code: 'file-changing' }]);
  t.true((await readdir(drive.pictures)).includes('moved.jpg'));
});

test('a verification that is stopped keeps what it has found', async (t) => {
  const { bench } = await filled(t, 600);
  const stopping = new AbortController();
  const { deps } = bench;
  const slow = meanwhile((transfers) => (transfers === 2 ? stopping.abort() : undefined));
  bench.deps = { ...deps, native: slow, signal: stopping.signal };
  const error = await t.throwsAsync(look(bench), { instanceOf: GlassineError });
  t.is(error.code, 'stopped');
  bench.deps = deps;
  const proven = deps.catalog.storedIn(deps.catalog.vaultKey(bench.drives[0]?.setting.id ?? ''), {
    limit: 1000,
  });
  const keptAt = Math.max(...proven.map((row) => row.keptAt));
  t.is(proven.filter((row) => (row.provenAt ?? 0) > keptAt).length, 256);
});

test('a copy that its rights keep from being read is named', async (t) => {
  const { bench, drive, names } = await filled(t, 3);
  const file = path.join(drive.pictures, names[0] ?? '');
  await rm(file);
  await mkdir(file);
  const report = await look(bench);
  t.is(report.bad.length, 1);
  t.is(report.checked, 2);
  await chmod(file, 0o755);
  await appendFile(path.join(file, 'inside'), '');
  t.is((await look(bench)).bad.length, 1);
});
