/** One pass: what stands in its way first, then what it keeps, moves and retires. */
import { mkdir, rename, rm, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { differences } from '../../support/trees.js';
import { type Drive, type Workbench, workbench } from '../../support/workbench.js';

async function write(bench: Workbench, name: string, content: string): Promise<string> {
  const file = path.join(bench.root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

async function shows(t: ExecutionContext, bench: Workbench, ...drives: Drive[]): Promise<void> {
  for (const drive of drives) t.deepEqual(await differences(bench.root, drive.pictures), []);
}

function codes(problems: readonly { code: string }[]): string[] {
  return problems.map((problem) => problem.code);
}

test('a source whose folder is not there waits, and nothing of it is retired', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a.jpg', 'one');
  await bench.backup();
  await rename(bench.root, `${bench.root} (away)`);
  const report = await bench.backup();
  t.is(report.outcome, 'failed');
  t.deepEqual(codes(report.problems), ['source-missing']);
  t.is(report.retired, 0);
  t.deepEqual(await differences(`${bench.root} (away)`, drive.pictures), []);
});

test('a source that is on another volume than it was added on is not looked at', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await write(bench, 'a.jpg', 'one');
  const source = { ...bench.source, volume: 'not-the-volume-of-any-test' };
  const report = await bench.backup({ sources: [source] });
  t.deepEqual(codes(report.problems), ['source-other-volume']);
  t.is(report.kept, 0);
});

test('a source that is suddenly empty waits, and nothing of it is retired', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  const file = await write(bench, 'a.jpg', 'one');
  await bench.backup();
  await unlink(file);
  const report = await bench.backup({ confirmRemovals: true });
  t.deepEqual(codes(report.problems), ['source-empty']);
  t.is(report.retired, 0);
  t.true((await stat(path.join(drive.pictures, 'a.jpg'))).isFile());
});

test('losing more than a tenth and more than fifty files is put to the person first', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  for (let n = 0; n < 120; n++) await write(bench, `IMG_${n}.jpg`, `picture ${n}`);
  await bench.backup();
  for (let n = 0; n < 60; n++) await unlink(path.join(bench.root, `IMG_${n}.jpg`));
  await write(bench, 'new.jpg', 'kept all the same');
  const asked = await bench.backup();
  t.is(asked.outcome, 'incomplete');
  t.like(asked.problems[0], { code: 'many-removed', facts: { missing: 60 } });
  t.is(asked.retired, 0);
  t.is(asked.kept, 1);
  t.is(bench.deps.catalog.openEvents('many-removed').length, 1);
  const agreed = await bench.backup({ confirmRemovals: true });
  t.is(agreed.retired, 60);
  t.is(agreed.outcome, 'good');
  t.deepEqual(bench.deps.catalog.openEvents('many-removed'), []);
  await shows(t, bench, drive);
});

test('other bytes under the same size and time never replace the version that is kept', async (t) => {
  const bench = await workbench(t);
  const first = await bench.addDrive('D1');
  const file = await write(bench, 'a.jpg', 'good bytes');
  await utimes(file, 1_700_000_000, 1_700_000_000);
  await bench.backup();
  await writeFile(file, 'bad bytes!');
  await utimes(file, 1_700_000_000, 1_700_000_000);
  const second = await bench.addDrive('D2');
  const report = await bench.backup();
  t.deepEqual(codes(report.incomplete), ['file-changed-silently']);
  t.is(report.kept, 0);
  t.is((await stat(path.join(first.pictures, 'a.jpg'))).size, 10);
  await t.throwsAsync(stat(path.join(second.pictures, 'a.jpg')));
  t.is(bench.deps.catalog.openEvents('file-changed-silently').length, 1);
  // The person says otherwise by saving or touching the file.
  await utimes(file, 1_700_000_100, 1_700_000_100);
  t.is((await bench.backup()).kept, 1);
  await shows(t, bench, first, second);
});

test('sockets and pipes are named and skipped, and the rest is kept', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a.jpg', 'one');
  const { mustRun } = await import('../../support/commands.js');
  await mustRun('mkfifo', [path.join(bench.root, 'pipe')]);
  const report = await bench.backup();
  t.is(report.outcome, 'incomplete');
  t.like(report.incomplete[0], { code: 'file-special', subject: 'Photos/pipe' });
  t.is(report.kept, 1);
  await unlink(path.join(bench.root, 'pipe'));
  await shows(t, bench, drive);
});

test('no vault connected is a failure and not a pass', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a.jpg', 'one');
  await drive.unplug();
  const report = await bench.backup();
  t.is(report.outcome, 'failed');
  t.like(report.vaults[0], { outcome: 'failed', problem: { code: 'vault-away', subject: 'D' } });
});

test('a second pass over unchanged files reads nothing and writes nothing', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  for (let n = 0; n < 30; n++) await write(bench, `day ${n % 3}/IMG_${n}.jpg`, `picture ${n}`);
  t.like(await bench.backup(), { outcome: 'good', kept: 30 });
  t.like(await bench.backup(), {
    outcome: 'good',
    kept: 0,
    moved: 0,
    retired: 0,
    bytesRead: 0,
    bytesCopied: 0,
  });
});

test('a renamed folder of a thousand files moves in the vault, and no byte is read or copied', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await mkdir(path.join(bench.root, 'Wedding'));
  for (let n = 0; n < 1000; n++)
    await writeFile(path.join(bench.root, 'Wedding', `IMG_${n}.jpg`), `picture ${n}`);
  await bench.backup();
  await rename(path.join(bench.root, 'Wedding'), path.join(bench.root, 'Hochzeit'));
  const report = await bench.backup();
  t.like(report, { outcome: 'good', kept: 0, moved: 1000, retired: 0, bytesRead: 0, bytesCopied: 0 });
  await shows(t, bench, drive);
});

test('a touched file gets its new time, and no byte is copied', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  const file = await write(bench, 'a.jpg', 'one');
  await bench.backup();
  await utimes(file, 1_600_000_000, 1_600_000_000);
  t.like(await bench.backup(), { outcome: 'good', kept: 0, bytesCopied: 0 });
  await shows(t, bench, drive);
  t.is((await stat(path.join(drive.pictures, 'a.jpg'))).mtimeMs, 1_600_000_000_000);
  t.is(bench.deps.catalog.versionsOf(bench.sourceKey, 'a.jpg').length, 1);
});

test('a drive that was away for a rename follows it without copying', async (t) => {
  const bench = await workbench(t);
  const here = await bench.addDrive('D1');
  const away = await bench.addDrive('D2');
  await write(bench, 'old/a.jpg', 'one');
  await write(bench, 'b.jpg', 'two');
  await bench.backup();
  await away.unplug();
  await rename(path.join(bench.root, 'old'), path.join(bench.root, 'new'));
  await unlink(path.join(bench.root, 'b.jpg'));
  await write(bench, 'c.jpg', 'three');
  t.like(await bench.backup(), { outcome: 'good', kept: 1, moved: 1, retired: 1 });
  await away.plug();
  const report = await bench.backup();
  t.like(report, { kept: 1, moved: 1, retired: 1, bytesCopied: 5 });
  await shows(t, bench, here, away);
});

test('names that were swapped, or passed on in a row, end up with the right contents', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  for (const name of ['a', 'b', 'c', 'd', 'e']) await write(bench, name, `content of ${name}`);
  await bench.backup();
  const move = (from: string, to: string) => rename(path.join(bench.root, from), path.join(bench.root, to));
  await move('a', 'x');
  await move('b', 'a');
  await move('x', 'b');
  await move('e', 'f');
  await move('d', 'e');
  await move('c', 'd');
  t.is((await bench.backup()).outcome, 'good');
  await shows(t, bench, drive);
});

test('files, folders and links may take each other’s names', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a', 'a file');
  await write(bench, 'b/deep/x', 'below');
  await mkdir(path.join(bench.root, 'c'));
  await bench.backup();
  await unlink(path.join(bench.root, 'a'));
  await write(bench, 'a/x', 'a folder now');
  await rm(path.join(bench.root, 'b'), { recursive: true });
  await write(bench, 'b', 'a file now');
  await rmdir(path.join(bench.root, 'c'));
  const { symlink } = await import('node:fs/promises');
  await symlink('a/x', path.join(bench.root, 'c'));
  t.is((await bench.backup()).outcome, 'good');
  await shows(t, bench, drive);
  await unlink(path.join(bench.root, 'c'));
  await mkdir(path.join(bench.root, 'c'));
  await rm(path.join(bench.root, 'a'), { recursive: true });
  await mkdir(path.join(bench.root, 'a'));
  t.is((await bench.backup()).outcome, 'good');
  await shows(t, bench, drive);
});

test('two vaults get a file from one reading', async (t) => {
  const bench = await workbench(t);
  const drives = [await bench.addDrive('D1'), await bench.addDrive('D2')];
  await write(bench, 'a.jpg', 'x'.repeat(100_000));
  t.like(await bench.backup(), { kept: 1, bytesRead: 100_000, bytesCopied: 200_000 });
  await shows(t, bench, ...drives);
});

test('without its catalog an installation learns everything again, and copies nothing again', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  for (let n = 0; n < 30; n++) await write(bench, `day ${n % 3}/IMG_${n}.jpg`, `picture ${n}`);
  await bench.backup();
  await write(bench, 'day 0/IMG_0.jpg', 'edited picture');
  await bench.backup();
  bench.forgetCatalog();
  t.like(await bench.backup(), {
    outcome: 'good',
    kept: 0,
    moved: 0,
    retired: 0,
    bytesRead: 0,
    bytesCopied: 0,
  });
  t.is(bench.deps.catalog.versionsOf(bench.sourceKey, 'day 0/IMG_0.jpg').length, 2);
  await rename(path.join(bench.root, 'day 1'), path.join(bench.root, 'day one'));
  t.like(await bench.backup(), { moved: 10, bytesCopied: 0 });
  await shows(t, bench, drive);
});

test('a dry run tells what is missing, and touches no vault', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a.jpg', 'one');
  t.like(await bench.backup({ dryRun: true }), { kept: 1, bytesCopied: 3 });
  await t.throwsAsync(stat(drive.pictures));
  t.like(await bench.backup(), { kept: 1 });
});

test('a part that changed is looked at alone, with what appeared and vanished below it', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a/one.jpg', 'one');
  await write(bench, 'a/gone/x.jpg', 'x');
  await write(bench, 'b/two.jpg', 'two');
  await bench.backup();
  await write(bench, 'a/three.jpg', 'three');
  await write(bench, 'a/new/deep/four.jpg', 'four');
  await rm(path.join(bench.root, 'a/gone'), { recursive: true });
  await write(bench, 'b/not looked at.jpg', 'five');
  const only = [{ sourceId: bench.source.id, folders: [{ folder: 'a', kind: 'folder' as const }] }];
  t.like(await bench.backup({ only }), { outcome: 'good', kept: 2, retired: 1 });
  t.like(await bench.backup(), { outcome: 'good', kept: 1, retired: 0 });
  await shows(t, bench, drive);
});

test('a part that has gone altogether is found gone', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await write(bench, 'a/one.jpg', 'one');
  await write(bench, 'b/two.jpg', 'two');
  await bench.backup();
  await rm(path.join(bench.root, 'a'), { recursive: true });
  const only = [{ sourceId: bench.source.id, folders: [{ folder: 'a', kind: 'tree' as const }] }];
  t.like(await bench.backup({ only }), { outcome: 'good', retired: 1 });
  await shows(t, bench, drive);
});
