/** Reading vaults anew: from sound ledgers, and from nothing but the files when there is no other way. */
import { chmod, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GlassineError } from '../../../src/base/errors.js';
import { native, type Native } from '../../../src/platform/native.js';
import { verifyLedgers } from '../../../src/store/vault/open-vault.js';
import { restore } from '../../../src/work/restore/restore.js';
import { adoptVault } from '../../../src/work/vaults/adopt-vault.js';
import { rebuildVault } from '../../../src/work/vaults/rebuild-vault.js';
import { verify } from '../../../src/work/verify/verify.js';
import { mustRun } from '../../support/commands.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, fillTree, listTree, plant, plantLink } from '../../support/trees.js';
import { type Drive, type Workbench, workbench } from '../../support/workbench.js';

function ledgers(drive: Drive): string {
  return path.join(drive.setting.folder, 'Ledger');
}

function segmentOf(drive: Drive, writer: string): string {
  return path.join(ledgers(drive), writer, '00000001.jsonl');
}

/** Flips a bit in the middle of a ledger. */
async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.indexOf('"bytes":', Math.floor(bytes.length / 2)) + 8;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(file, bytes);
}

function newComputer(bench: Workbench, writer: string = randomUUID(), computer = 'laptop'): void {
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, writer, computer };
}

interface Past {
  readonly atMs: number;
  readonly like: string;
}

/** Two states of a source, kept in a drive: edits, a removal, a rename, links, an empty folder, modes. */
async function history(bench: Workbench): Promise<Past[]> {
  await fillTree(bench.root, { files: 40, seed: 51, largestBytes: 3000 });
  await plantLink(bench.root, 'link', 'somewhere');
  await chmod(await plant(bench.root, 'private.jpg', { bytes: 'mine' }), 0o600);
  const past: Past[] = [];
  const remember = async (name: string): Promise<void> => {
    await bench.backup();
    const like = path.join(bench.folder, name);
    await mustRun('cp', ['-a', bench.root, like]);
    past.push({ atMs: bench.deps.clock.now(), like });
  };
  await remember('first');
  const files = [...(await listTree(bench.root))]
    .filter(([, { kind }]) => kind === 'file')
    .map(([name]) => name);
  for (const name of files.slice(0, 6)) await writeFile(path.join(bench.root, name), `${name} edited`);
  for (const name of files.slice(6, 9)) await unlink(path.join(bench.root, name));
  await rename(path.join(bench.root, '2016'), path.join(bench.root, 'renamed'));
  await remember('second');
  await rm(path.join(bench.root, 'link'));
  await plantLink(bench.root, 'link', 'elsewhere');
  await plant(bench.root, files[7] ?? '', { bytes: 'there again' });
  await remember('third');
  return past;
}

async function givesBack(bench: Workbench, drive: Drive, { like, atMs }: { like: string; atMs?: number }) {
  const { t } = bench;
  const toFolder = path.join(bench.folder, `to ${(await readdir(bench.folder)).length}`);
  const source = { sourceKey: bench.sourceKey, path: '' };
  const report = await restore(bench.deps, { vaults: [drive.setting], paths: [source], toFolder, atMs });
  t.deepEqual(report.incomplete, []);
  t.deepEqual(await differences(like, toFolder, { modes: true }), []);
}

async function isSound(t: ExecutionContext, bench: Workbench, drive: Drive): Promise<void> {
  const states = await verifyLedgers({ root: drive.setting.folder, native });
  t.true(states.length > 0 && states.every((state) => !state.problem));
  const report = await verify(bench.deps, { vaults: [drive.setting] });
  t.deepEqual(report.bad, []);
  t.is(report.outcome, 'good');
  t.deepEqual(report.vaults[0]?.strangers, { files: 0, names: [] });
}

test('a sound ledger fills the catalog again, and nothing in the vault is touched', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  const past = await history(bench);
  const before = await readFile(segmentOf(drive, bench.deps.writer));
  const { catalog } = bench.deps;
  const key = catalog.vaultKey(drive.setting.id);
  const rows = catalog.storedIn(key, { limit: 1000 }).map((row) => ({ ...row, key: 0 }));
  const report = await rebuildVault(bench.deps, drive.setting);
  t.is(report.from, 'ledgers');
  t.deepEqual(report.setAside, []);
  t.deepEqual(
    catalog.storedIn(key, { limit: 1000 }).map((row) => ({ ...row, key: 0 })),
    rows,
  );
  t.true(before.equals((await readFile(segmentOf(drive, bench.deps.writer))).subarray(0, before.length)));
  for (const each of past) await givesBack(bench, drive, each);
});

test('a damaged ledger is set aside and written anew, and every moment can still be had', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  const past = await history(bench);
  const { writer } = bench.deps;
  await damage(segmentOf(drive, writer));
  const damaged = await readFile(segmentOf(drive, writer));
  t.is((await verify(bench.deps, { vaults: [drive.setting] })).vaults[0]?.ledger, 'ledger-damaged');
  const report = await rebuildVault(bench.deps, drive.setting);
  t.is(report.from, 'files');
  t.deepEqual(report.problems, []);
  t.is(report.setAside.length, 1);
  const old = path.join(ledgers(drive), report.setAside[0] ?? '', '00000001.jsonl');
  t.true(damaged.equals(await readFile(old)), 'what was damaged is still there');
  await isSound(t, bench, drive);
  t.deepEqual(bench.deps.catalog.openEvents(), []);
  for (const each of past) await givesBack(bench, drive, each);
  t.like(await bench.backup(), { outcome: 'good', bytesCopied: 0, moved: 0, retired: 0 });
  t.deepEqual(await differences(bench.root, drive.pictures), []);
  newComputer(bench);
  t.deepEqual((await adoptVault(bench.deps, drive.setting)).problems, []);
  for (const each of past) await givesBack(bench, drive, each);
});

test('without any ledger and any catalog the files tell what they can', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await plant(bench.root, 'what?.jpg', { bytes: 'one', modifiedUs: 1_600_000_000_000_000 });
  await plant(bench.root, 'trip/a.jpg', { bytes: 'a', modifiedUs: 1_600_000_001_000_000 });
  await plant(bench.root, 'trip/gone.jpg', { bytes: 'gone', modifiedUs: 1_600_000_002_000_000 });
  await plantLink(bench.root, 'link', '/absolute');
  await bench.backup();
  const firstMs = bench.deps.clock.now();
  await plant(bench.root, 'trip/a.jpg', { bytes: 'a edited' });
  await unlink(path.join(bench.root, 'trip/gone.jpg'));
  await bench.backup();
  await rm(ledgers(drive), { recursive: true });
  newComputer(bench);
  const report = await rebuildVault(bench.deps, drive.setting);
  t.is(report.from, 'files');
  t.like(report.sources, [{ name: 'Photos', files: 5 }]);
  await isSound(t, bench, drive);
  const { catalog } = bench.deps;
  const sourceKey = catalog.sources()[0]?.key ?? -1;
  const names = (atMs?: number) =>
    [...catalog.aliveAt(sourceKey, { atMs })].map((version) => version.path).sort();
  t.deepEqual(names(), ['link', 'trip/a.jpg', 'what?.jpg']);
  t.is(catalog.versionsOf(sourceKey, 'trip/a.jpg').length, 2);
  t.true(names(firstMs).includes('trip/gone.jpg'), 'its name says when it was kept');
  const toFolder = path.join(bench.folder, 'to');
  const options = { vaults: [drive.setting], paths: [{ sourceKey, path: '' }], toFolder };
  t.is((await restore(bench.deps, options)).outcome, 'good');
  t.deepEqual(await differences(bench.root, toFolder), []);
  const source = { ...bench.source, id: catalog.sources()[0]?.id ?? '' };
  t.like(await bench.backup({ sources: [source] }), { outcome: 'good', bytesCopied: 0, retired: 0 });
  t.deepEqual(await differences(bench.root, drive.pictures), []);
});

test('a copy that rotted meanwhile is told as what it should be, and as damaged', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await plant(bench.root, 'good.jpg', { bytes: 'good picture' });
  await plant(bench.root, 'rotten.jpg', { bytes: 'good picture too' });
  await bench.backup();
  const file = path.join(drive.pictures, 'rotten.jpg');
  const { atime, mtime } = await stat(file);
  await writeFile(file, 'good pictur3 too');
  const { utimes } = await import('node:fs/promises');
  await utimes(file, atime, mtime);
  await damage(segmentOf(drive, bench.deps.writer));
  const report = await rebuildVault(bench.deps, drive.setting);
  t.is(report.from, 'files');
  const row = bench.deps.catalog.damagedCopy();
  t.is(row?.stored, 'Pictures/Photos/rotten.jpg');
  t.is(row?.b3, native.hash(Buffer.from('good picture too')));
  const found = await verify(bench.deps, { vaults: [drive.setting] });
  t.like(found.bad, [{ stored: 'Pictures/Photos/rotten.jpg', code: 'copy-mismatch' }]);
});

test('a ledger whose predecessor is damaged is written anew with it, others are not', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  const past = await history(bench);
  const first = bench.deps.writer;
  const other = path.join(bench.folder, 'B');
  await plant(other, 'b.jpg', { bytes: 'of the other computer' });
  newComputer(bench, 'other-computer', 'other');
  t.is((await bench.backup({ sources: [{ id: 'others', name: 'Other', root: other }] })).outcome, 'good');
  const theirs = await readFile(segmentOf(drive, 'other-computer'));
  newComputer(bench, 'aaaaaaaa-successor');
  await adoptVault(bench.deps, drive.setting);
  await rename(path.join(bench.root, 'renamed'), path.join(bench.root, 'renamed again'));
  t.true((await bench.backup()).moved > 0);
  past.push({ atMs: bench.deps.clock.now(), like: bench.root });
  await damage(segmentOf(drive, first));
  const report = await rebuildVault(bench.deps, drive.setting);
  t.deepEqual(report.setAside.map((name) => name.split(' ')[0]).sort(), ['aaaaaaaa-successor', first].sort());
  t.true(theirs.equals(await readFile(segmentOf(drive, 'other-computer'))));
  await isSound(t, bench, drive);
  newComputer(bench, 'aaaaaaaa-successor');
  await adoptVault(bench.deps, drive.setting);
  for (const each of past) await givesBack(bench, drive, each);
  t.is((await bench.backup()).bytesCopied, 0);
  const sourceKey = bench.deps.catalog.source('others')?.key ?? -1;
  t.is([...bench.deps.catalog.aliveAt(sourceKey)].length, 1);
});

test('a rebuild that is cut short leaves everything as it was, and can be done again', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await fillTree(bench.root, { files: 60, seed: 61, largestBytes: 500, filesPerFolder: 5 });
  await bench.backup();
  await damage(segmentOf(drive, bench.deps.writer));
  const { deps } = bench;
  const before = await readFile(segmentOf(drive, deps.writer));
  const stopping = new AbortController();
  let transfers = 0;
  const slow: Native = {
    ...native,
    transfer: (items, options) => {
      transfers += 1;
      if (transfers === 5) stopping.abort();
      return native.transfer(items, options);
    },
  };
  const stopped = rebuildVault({ ...deps, native: slow, signal: stopping.signal }, drive.setting);
  t.is((await t.throwsAsync(stopped, { instanceOf: GlassineError })).code, 'stopped');
  t.deepEqual(await readdir(ledgers(drive)), [deps.writer]);
  t.true(before.equals(await readFile(segmentOf(drive, deps.writer))));
  t.deepEqual(await readdir(path.join(drive.setting.folder, 'Incoming', deps.writer)), []);
  t.is((await rebuildVault(deps, drive.setting)).files, 60);
  await isSound(t, bench, drive);
});

test('a ledger from a newer Glassine is not written over', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await plant(bench.root, 'a.jpg', { bytes: 'one' });
  await bench.backup();
  const file = segmentOf(drive, bench.deps.writer);
  const text = await readFile(file, 'utf8');
  const end = /"link":"([0-9a-f]{32})"\}\n$/.exec(text)?.[1] ?? '';
  const n = text.trimEnd().split('\n').length + 1;
  const body = Buffer.from(`{"n":${n},"at":"2030-01-01T00:00:00.000Z","do":"keep","source":5`);
  const link = native.hash(Buffer.concat([Buffer.from(end, 'hex'), body])).slice(0, 32);
  await writeFile(file, `${text}${body.toString()},"link":"${link}"}\n`);
  const error = await t.throwsAsync(rebuildVault(bench.deps, drive.setting), { instanceOf: GlassineError });
  t.is(error.code, 'ledger-newer');
  t.deepEqual(await readdir(ledgers(drive)), [bench.deps.writer]);
});

testWith(
  volumeNeeds.ext4,
  'a drive that is read-only or away is refused before anything is read',
  async (t) => {
    const bench = await workbench(t);
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    const drive = await bench.addDrive('D', volume.path);
    await plant(bench.root, 'a.jpg', { bytes: 'one' });
    await bench.backup();
    await damage(segmentOf(drive, bench.deps.writer));
    await volume.remountReadOnly();
    const refused = await t.throwsAsync(rebuildVault(bench.deps, drive.setting), {
      instanceOf: GlassineError,
    });
    t.is(refused.code, 'vault-read-only');
    await volume.unmount();
    const away = await t.throwsAsync(rebuildVault(bench.deps, drive.setting), { instanceOf: GlassineError });
    t.is(away.code, 'vault-away');
    t.deepEqual(await readdir(volume.path), []);
  },
);
