/** Giving pictures back: from good copies, from bad ones, into places that resist. */
import {
  chmod,
  lutimes,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { mustRun } from '../../support/commands.js';
import { differences, fillTree, listTree } from '../../support/trees.js';
import { meanwhile, workbench } from '../../support/workbench.js';
import { codes, flipBit, giveBack, noParts, throwsCode, toFolder, write } from './restore-kit.js';

test('a path that was never kept is named, and the others are restored', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await write(bench, 'a.jpg', 'one');
  await bench.backup();
  const report = await giveBack(bench, {}, ['nowhere.jpg', 'a.jpg']);
  t.is(report.outcome, 'incomplete');
  t.like(report.incomplete, [{ code: 'path-unknown', subject: 'Photos/nowhere.jpg' }]);
  t.is(report.restored, 1);
  t.is(await readFile(toFolder(bench, 'a.jpg'), 'utf8'), 'one');
});

test('a file that is there already is left alone and named, and replaced only when told', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await write(bench, 'a.jpg', 'kept');
  await write(bench, 'b.jpg', 'kept too');
  await bench.backup();
  await mkdir(toFolder(bench, 'b.jpg'), { recursive: true });
  await writeFile(toFolder(bench, 'a.jpg'), 'precious');
  const careful = await giveBack(bench);
  t.is(careful.outcome, 'failed');
  t.deepEqual(codes(careful.incomplete), ['target-exists', 'target-exists']);
  t.is(await readFile(toFolder(bench, 'a.jpg'), 'utf8'), 'precious');
  const told = await giveBack(bench, { overwrite: true });
  t.is(told.outcome, 'incomplete');
  t.like(told.incomplete, [{ code: 'target-exists', subject: toFolder(bench, 'b.jpg'), detail: 'folder' }]);
  t.is(await readFile(toFolder(bench, 'a.jpg'), 'utf8'), 'kept');
  await noParts(t, toFolder(bench));
});

test('a link at a file gives way to the file when told, and what it points to is not touched', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await write(bench, 'a.jpg', 'kept');
  await bench.backup();
  const precious = path.join(bench.folder, 'precious');
  await writeFile(precious, 'precious');
  await mkdir(toFolder(bench));
  await symlink(precious, toFolder(bench, 'a.jpg'));
  t.deepEqual(codes((await giveBack(bench)).incomplete), ['target-exists']);
  t.is((await giveBack(bench, { overwrite: true })).outcome, 'good');
  t.is(await readFile(toFolder(bench, 'a.jpg'), 'utf8'), 'kept');
  t.is(await readFile(precious, 'utf8'), 'precious');
});

test('a link in the place of a folder is never followed', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await write(bench, 'trip/a.jpg', 'kept');
  await write(bench, 'b.jpg', 'kept too');
  await bench.backup();
  const elsewhere = path.join(bench.folder, 'elsewhere');
  await mkdir(elsewhere);
  await mkdir(toFolder(bench));
  await symlink(elsewhere, toFolder(bench, 'trip'));
  const report = await giveBack(bench, { overwrite: true });
  t.like(report.incomplete, [{ code: 'target-exists', subject: toFolder(bench, 'trip/a.jpg') }]);
  t.deepEqual(await readdir(elsewhere), []);
  t.is(report.restored, 1);
});

test('a folder that cannot be made or lies in a vault is refused as a whole', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a.jpg', 'kept');
  await bench.backup();
  await writeFile(path.join(bench.folder, 'file'), '');
  const inFile = path.join(bench.folder, 'file', 'to');
  await throwsCode(t, giveBack(bench, { toFolder: inFile }), 'target-unwritable');
  const before = [...(await listTree(drive.setting.folder)).keys()].sort();
  const sneaky = path.join(bench.folder, 'sneaky');
  await symlink(path.join(drive.setting.folder, 'Pictures'), sneaky);
  for (const folder of [path.join(drive.setting.folder, 'Pictures', 'new'), path.join(sneaky, 'new')]) {
    await throwsCode(t, giveBack(bench, { toFolder: folder }), 'target-unwritable');
  }
  t.deepEqual([...(await listTree(drive.setting.folder)).keys()].sort(), before);
});

test('a whole source comes back with its times, modes, links and empty folders', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await fillTree(bench.root, { files: 300, seed: 7 });
  await mkdir(path.join(bench.root, 'empty', 'inside'), { recursive: true });
  await symlink('2015/nowhere.jpg', path.join(bench.root, 'relative'));
  await symlink('/absolute/nowhere', path.join(bench.root, 'absolute'));
  await lutimes(path.join(bench.root, 'absolute'), 1_500_000_000, 1_500_000_000);
  await chmod(await write(bench, 'private.jpg', 'for me alone'), 0o600);
  await chmod(await write(bench, 'run.sh', '#!/bin/sh'), 0o755);
  await write(bench, 'nothing.jpg', '');
  t.is((await bench.backup()).outcome, 'good');
  const report = await giveBack(bench);
  t.is(report.outcome, 'good');
  t.is(report.restored, 305);
  t.deepEqual(report.renamed, []);
  t.deepEqual(await differences(bench.root, toFolder(bench), { modes: true }), []);
  const tree = await listTree(toFolder(bench));
  t.is(tree.get('absolute')?.modifiedNs, 1_500_000_000_000_000_000n);
  t.is(tree.get('empty/inside')?.kind, 'folder');
  t.deepEqual(await differences(bench.root, drive.pictures), []);
});

test('every earlier state comes back byte for byte', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await fillTree(bench.root, { files: 60, seed: 3, largestBytes: 2000 });
  const states: { atMs: number; copy: string }[] = [];
  const remember = async (name: string) => {
    t.is((await bench.backup()).outcome, 'good');
    const copy = path.join(bench.folder, name);
    await mustRun('cp', ['-a', bench.root, copy]);
    states.push({ atMs: bench.deps.clock.now(), copy });
  };
  await remember('first');
  for (let n = 1; n <= 20; n++) {
    const name =
      [...(await listTree(bench.root)).values()].filter(({ kind }) => kind === 'file')[n]?.name ?? '';
    await writeFile(Buffer.concat([Buffer.from(`${bench.root}/`), Buffer.from(name)]), `edited ${n}`);
  }
  await remember('edited');
  await rename(path.join(bench.root, '2015'), path.join(bench.root, 'renamed'));
  await remember('moved');
  await rm(path.join(bench.root, 'renamed'), { recursive: true });
  await write(bench, '2015', 'a file where a folder was');
  await remember('removed');
  for (const [at, { atMs, copy }] of states.entries()) {
    const to = path.join(bench.folder, `to ${at}`);
    const report = await giveBack(bench, { atMs, toFolder: to });
    t.is(report.outcome, 'good');
    t.deepEqual(await differences(copy, to, { modes: true }), []);
  }
});

test('the last name of a wanted path appears in the target, and twins of two folders both', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await write(bench, '2026/Wedding/raw/a.dng', 'a');
  await write(bench, '2026/Wedding/b.jpg', 'b');
  await write(bench, '2025/cover.jpg', 'older cover');
  await write(bench, '2026/cover.jpg', 'newer cover');
  await bench.backup();
  const report = await giveBack(bench, {}, ['2026/Wedding', '2025/cover.jpg', '2026/cover.jpg']);
  t.is(report.outcome, 'good');
  const [other] = report.renamed;
  t.is(other?.path, 'Photos/2026/cover.jpg');
  t.regex(other?.name ?? '', /^cover \(~[0-9a-f]{6}\)\.jpg$/);
  const names = ['Wedding/b.jpg', 'Wedding/raw/a.dng', 'cover.jpg', other?.name ?? ''];
  const files = [...(await listTree(toFolder(bench))).values()].filter(({ kind }) => kind === 'file');
  t.deepEqual(files.map(({ name }) => String(name)).sort(), names.sort());
  t.is(await readFile(toFolder(bench, 'cover.jpg'), 'utf8'), 'older cover');
  t.is(await readFile(toFolder(bench, other?.name ?? ''), 'utf8'), 'newer cover');
});

test('a bad copy is named and remembered, and the file comes from the next vault', async (t) => {
  const bench = await workbench(t);
  const first = await bench.addDrive('D1');
  const second = await bench.addDrive('D2');
  for (const name of ['flipped', 'missing', 'good', 'lost'])
    await write(bench, `${name}.jpg`, `${name} picture`);
  await bench.backup();
  await flipBit(path.join(first.pictures, 'flipped.jpg'));
  await unlink(path.join(first.pictures, 'missing.jpg'));
  await unlink(path.join(first.pictures, 'lost.jpg'));
  await flipBit(path.join(second.pictures, 'lost.jpg'));
  const report = await giveBack(bench);
  t.is(report.outcome, 'incomplete');
  t.like(report.incomplete, [{ code: 'no-good-copy', subject: 'Photos/lost.jpg' }]);
  t.is(report.restored, 3);
  for (const name of ['flipped', 'missing', 'good']) {
    t.is(await readFile(toFolder(bench, `${name}.jpg`), 'utf8'), `${name} picture`);
  }
  const bad = report.damaged.map(({ vault, stored, code }) => `${vault} ${stored} ${code}`).sort();
  t.deepEqual(bad, [
    'D1 Pictures/Photos/flipped.jpg copy-mismatch',
    'D1 Pictures/Photos/lost.jpg copy-missing',
    'D1 Pictures/Photos/missing.jpg copy-missing',
    'D2 Pictures/Photos/lost.jpg copy-mismatch',
  ]);
  t.deepEqual(
    bench.deps.catalog
      .openEvents()
      .map(({ subject }) => subject)
      .sort(),
    bad.map((each) => each.split(' ').slice(0, 2).join('/')),
  );
  await noParts(t, toFolder(bench));
});

test('a content is found under any name that has it', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a.jpg', 'the same');
  await write(bench, 'b.jpg', 'the same');
  await bench.backup();
  await unlink(path.join(drive.pictures, 'a.jpg'));
  t.is((await giveBack(bench, {}, ['a.jpg'])).outcome, 'good');
  t.is(await readFile(toFolder(bench, 'a.jpg'), 'utf8'), 'the same');
});

test('what only a vault that is away has is named with that vault', async (t) => {
  const bench = await workbench(t);
  const first = await bench.addDrive('D1');
  await write(bench, 'old.jpg', 'only on the first');
  await bench.backup();
  await first.unplug();
  await bench.addDrive('D2');
  await rm(path.join(bench.root, 'old.jpg'));
  await write(bench, 'new.jpg', 'on the second');
  await bench.backup();
  const before = bench.deps.catalog.versionsOf(bench.sourceKey, 'old.jpg')[0]?.since;
  const report = await giveBack(bench, { atMs: before });
  t.like(report.incomplete, [{ code: 'no-good-copy', subject: 'Photos/old.jpg', facts: { vaults: 'D1' } }]);
  t.like(report.away, [{ code: 'vault-away', subject: 'D1' }]);
  await throwsCode(t, giveBack(bench, { fromVault: first.setting.id }), 'vault-away');
  await throwsCode(t, giveBack(bench, { fromVault: 'nobody' }), 'vault-unknown');
  await first.plug();
  t.is((await giveBack(bench, { atMs: before, fromVault: first.setting.id })).outcome, 'good');
});

test('a drive unplugged in the middle has no damaged copies, and the other one goes on', async (t) => {
  const bench = await workbench(t);
  const first = await bench.addDrive('D1');
  await fillTree(bench.root, { files: 20, seed: 5 });
  await bench.backup();
  bench.deps = {
    ...bench.deps,
    native: meanwhile((transfers) => (transfers === 1 ? first.unplug() : undefined)),
  };
  const alone = await giveBack(bench);
  t.is(alone.outcome, 'failed');
  t.is(alone.incomplete.length, 20);
  t.true(alone.incomplete.every(({ code }) => code === 'no-good-copy'));
  t.deepEqual(alone.damaged, []);
  t.deepEqual(codes(alone.away), ['vault-away']);
  t.deepEqual(bench.deps.catalog.openEvents(), []);
  await first.plug();
  await bench.addDrive('D2');
  await bench.backup();
  bench.deps = {
    ...bench.deps,
    native: meanwhile((transfers) => (transfers === 1 ? first.unplug() : undefined)),
  };
  const both = await giveBack(bench);
  t.is(both.outcome, 'good');
  t.deepEqual(both.damaged, []);
  t.deepEqual(await differences(bench.root, toFolder(bench)), []);
});

test('a link is restored as a link, and one in the way is named', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await symlink('../somewhere', path.join(bench.root, 'link'));
  await bench.backup();
  await mkdir(toFolder(bench));
  await symlink('elsewhere', toFolder(bench, 'link'));
  t.deepEqual(codes((await giveBack(bench)).incomplete), ['target-exists']);
  t.is(await readlink(toFolder(bench, 'link')), 'elsewhere');
  t.is((await giveBack(bench, { overwrite: true })).outcome, 'good');
  t.is(await readlink(toFolder(bench, 'link')), '../somewhere');
  t.true((await stat(toFolder(bench))).isDirectory());
});
