/** Pruning: what stays although the rule would let it go, and what goes only as the rule says. */
import { mkdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GlassineError } from '../../../src/base/errors.js';
import type { Clock } from '../../../src/base/time.js';
import { keepForever, parseRetention } from '../../../src/rules/retention.js';
import { native, type Native } from '../../../src/platform/native.js';
import { readLines } from '../../../src/store/ledger/reader.js';
import { prune, type PruneOptions, type PruneReport } from '../../../src/work/prune/prune.js';
import { restore } from '../../../src/work/restore/restore.js';
import { verify } from '../../../src/work/verify/verify.js';
import { differences, listTree } from '../../support/trees.js';
import { type Drive, type Workbench, workbench } from '../../support/workbench.js';

const dayMs = 86_400_000;

/** A clock that is put forward by hand, and never tells the same moment twice. */
class HandClock implements Clock {
  ms = Date.UTC(2026, 0, 5, 12);

  now(): number {
    this.ms += 1;
    return this.ms;
  }
}

interface Setting {
  readonly bench: Workbench;
  readonly clock: HandClock;
}

async function setting(t: ExecutionContext): Promise<Setting> {
  const bench = await workbench(t);
  const clock = new HandClock();
  bench.deps = { ...bench.deps, clock };
  return { bench, clock };
}

async function write(bench: Workbench, name: string, content: string): Promise<void> {
  const file = path.join(bench.root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** Edits a file so many times, a backup after each, so long apart. */
async function edits(
  { bench, clock }: Setting,
  name: string,
  { times, apartMs }: { times: number; apartMs: number },
): Promise<void> {
  for (let n = 1; n <= times; n++) {
    await write(bench, name, `${name} edit ${n}`);
    await bench.backup();
    clock.ms += apartMs;
  }
}

function thin(bench: Workbench, keep: string, options: Partial<PruneOptions> = {}): Promise<PruneReport> {
  const vaults = bench.drives.map((drive) => drive.setting);
  return prune(bench.deps, { vaults, rule: parseRetention(keep), ...options });
}

async function aside(drive: Drive): Promise<string[]> {
  const tree = await listTree(path.join(drive.setting.folder, 'Versions'));
  return [...tree]
    .filter(([, entry]) => entry.kind === 'file')
    .map(([name]) => name)
    .sort();
}

async function contentsAside(drive: Drive): Promise<string[]> {
  const folder = path.join(drive.setting.folder, 'Versions');
  return (
    await Promise.all((await aside(drive)).map((name) => readFile(path.join(folder, name), 'utf8')))
  ).sort();
}

const last = 'last 1, removed for 0 days';

test('nothing goes while damage, a mass removal or a silent change is not dealt with', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  const drive = await bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 4, apartMs: dayMs });
  const before = await aside(drive);
  t.is(before.length, 3);
  for (const code of ['copy-mismatch', 'many-removed', 'file-changed-silently', 'ledger-damaged']) {
    bench.deps.catalog.addEvent({ at: 1, code, subject: 'something' });
    const report = await thin(bench, last);
    t.is(report.outcome, 'failed');
    t.like(report.incomplete, [{ code: 'alarm-open', subject: 'something' }]);
    t.is(report.removed, 0);
    t.is(report.kept, 3);
    t.deepEqual(await aside(drive), before);
    bench.deps.catalog.resolveEvents(code, 'something', 2);
  }
  t.is((await thin(bench, last)).removed, 3);
});

test('nothing goes while any copy is known to be damaged, even if another computer found it', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  const drive = await bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 3, apartMs: dayMs });
  const owner = bench.deps;
  await writeFile(path.join(drive.pictures, 'a.jpg'), 'rotten');
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, clock: here.clock, writer: randomUUID(), computer: 'laptop' };
  t.is((await verify(bench.deps, { vaults: [drive.setting] })).bad.length, 1);
  bench.deps = owner;
  const report = await thin(bench, last);
  t.deepEqual(
    report.incomplete.map(({ code }) => code),
    ['alarm-open'],
  );
  t.is((await aside(drive)).length, 2);
});

test('a rule that keeps everything removes nothing', async (t) => {
  const here = await setting(t);
  const drive = await here.bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 6, apartMs: dayMs });
  const report = await thin(here.bench, '', { rule: keepForever });
  t.like(report, { outcome: 'good', removed: 0, kept: 5, bytes: 0, decisions: [] });
  t.is((await aside(drive)).length, 5);
});

test('what the rule lets go goes, with its reasons in report and ledger', async (t) => {
  const here = await setting(t);
  const { bench, clock } = here;
  const drive = await bench.addDrive('D');
  await edits(here, '2026/a.xmp', { times: 10, apartMs: dayMs / 4 });
  await edits(here, 'b.xmp', { times: 1, apartMs: 60 * dayMs });
  const foreseen = await thin(bench, 'daily for 90 days', { dryRun: true });
  t.is(foreseen.outcome, 'good');
  t.is((await aside(drive)).length, 9, 'a dry run removes nothing');
  const report = await thin(bench, 'daily for 90 days');
  t.deepEqual(report.decisions, foreseen.decisions);
  t.true(report.removed > 4 && report.removed < 9);
  t.is(report.kept, 9 - report.removed);
  t.true(
    report.decisions.every(({ path: name, reasons }) => name === 'Photos/2026/a.xmp' && reasons.length > 0),
  );
  t.is((await aside(drive)).length, report.kept);
  const folder = path.join(drive.setting.folder, 'Ledger', bench.deps.writer);
  const lines = [...readLines(folder, { after: 0, upTo: 1e9 })].filter((line) => line.do === 'prune');
  t.deepEqual(lines.map(({ stored }) => stored).sort(), report.decisions.map(({ stored }) => stored).sort());
  t.true(lines.every(({ reasons }) => reasons.length > 0));
  t.is((await verify(bench.deps, { vaults: [drive.setting] })).outcome, 'good');
  t.deepEqual(await differences(bench.root, drive.pictures), []);
  const again = await thin(bench, 'daily for 90 days');
  t.is(again.removed, 0);
  clock.ms += 200 * dayMs;
  t.is((await thin(bench, 'daily for 90 days')).kept, 0);
  await t.throwsAsync(stat(path.join(drive.setting.folder, 'Versions/Photos/2026')), { code: 'ENOENT' });
});

test('what a removed file was stays for ever, or as long as the rule says', async (t) => {
  const here = await setting(t);
  const { bench, clock } = here;
  const drive = await bench.addDrive('D');
  await edits(here, 'gone.jpg', { times: 2, apartMs: dayMs });
  await write(bench, 'stays.jpg', 'stays');
  await unlink(path.join(bench.root, 'gone.jpg'));
  await bench.backup();
  clock.ms += 400 * dayMs;
  t.is((await thin(bench, 'last 1')).removed, 1);
  t.deepEqual(await contentsAside(drive), ['gone.jpg edit 2']);
  t.is((await thin(bench, last.replace('0 days', '500 days'))).removed, 0);
  clock.ms += 200 * dayMs;
  t.is((await thin(bench, 'daily for 30 days, removed for 500 days')).removed, 1);
  t.deepEqual(await contentsAside(drive), []);
});

test('the last copy of a content stays while a kept version under another path has it', async (t) => {
  const here = await setting(t);
  const { bench, clock } = here;
  const drive = await bench.addDrive('D');
  await write(bench, 'original.jpg', 'treasure');
  await write(bench, 'other.jpg', 'other');
  await bench.backup();
  const whenMs = clock.now();
  clock.ms += dayMs;
  await rename(path.join(bench.root, 'original.jpg'), path.join(bench.root, 'renamed.jpg'));
  t.is((await bench.backup()).moved, 1);
  clock.ms += dayMs;
  // Nothing but the version aside of renamed.jpg holds what original.jpg was.
  await edits(here, 'renamed.jpg', { times: 2, apartMs: dayMs });
  t.deepEqual(await contentsAside(drive), ['renamed.jpg edit 1', 'treasure']);
  const report = await thin(bench, 'last 1');
  t.deepEqual(await contentsAside(drive), ['treasure'], 'original.jpg was removed: kept for ever');
  t.is(report.removed, 1);
  const toFolder = path.join(bench.folder, 'to');
  const back = await restore(bench.deps, {
    vaults: [drive.setting],
    paths: [{ sourceKey: bench.sourceKey, path: 'original.jpg' }],
    toFolder,
    atMs: whenMs,
  });
  t.is(back.outcome, 'good');
  t.is(await readFile(path.join(toFolder, 'original.jpg'), 'utf8'), 'treasure');
});

test('a copy goes when another of the same content stays beside it, read again before', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  const drive = await bench.addDrive('D');
  await write(bench, 'twin.jpg', 'a.jpg edit 1');
  await edits(here, 'a.jpg', { times: 3, apartMs: dayMs });
  await unlink(path.join(drive.pictures, 'twin.jpg'));
  const refused = await thin(bench, last);
  t.is(refused.outcome, 'failed');
  t.like(refused.incomplete, [{ code: 'copy-missing', subject: 'D/Pictures/Photos/twin.jpg' }]);
  t.is(refused.removed, 0);
  t.is((await aside(drive)).length, 2);
  t.is((await thin(bench, last)).incomplete[0]?.code, 'alarm-open', 'what was found is an alarm');
  await writeFile(path.join(drive.pictures, 'twin.jpg'), 'a.jpg edit 1');
  t.is((await verify(bench.deps, { vaults: [drive.setting] })).outcome, 'good');
  t.is((await thin(bench, last)).removed, 2);
  t.is(await readFile(path.join(drive.pictures, 'twin.jpg'), 'utf8'), 'a.jpg edit 1');
});

test('a vault that is behind keeps what it shows, however old', async (t) => {
  const here = await setting(t);
  const { bench, clock } = here;
  const first = await bench.addDrive('D1');
  const second = await bench.addDrive('D2');
  await edits(here, 'a.jpg', { times: 2, apartMs: dayMs });
  await second.unplug();
  await edits(here, 'a.jpg', { times: 3, apartMs: dayMs });
  clock.ms += 1000 * dayMs;
  const away = await thin(bench, last);
  t.is(away.outcome, 'incomplete');
  t.like(away.incomplete, [{ code: 'vault-away', subject: 'D2' }]);
  t.deepEqual(await contentsAside(first), []);
  await second.plug();
  const report = await thin(bench, last);
  t.is(report.outcome, 'good');
  t.deepEqual(await contentsAside(second), []);
  t.is(await readFile(path.join(second.pictures, 'a.jpg'), 'utf8'), 'a.jpg edit 2');
});

test('what another computer keeps in the same vault is not ours to thin', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  const drive = await bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 4, apartMs: dayMs });
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, clock: here.clock, writer: randomUUID(), computer: 'laptop' };
  const report = await thin(bench, last);
  t.is(report.removed, 0);
  t.is((await aside(drive)).length, 3);
});

test('a catalog made anew from the ledgers decides the same', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  await bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 8, apartMs: dayMs / 3 });
  await rename(path.join(bench.root, 'a.jpg'), path.join(bench.root, 'b.jpg'));
  await edits(here, 'b.jpg', { times: 5, apartMs: dayMs / 3 });
  const rule = 'daily for 30 days, removed for 0 days';
  const before = await thin(bench, rule, { dryRun: true });
  const { clock } = here;
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, clock };
  const after = await thin(bench, rule, { dryRun: true });
  t.true(before.removed > 3);
  t.deepEqual(after.decisions, before.decisions);
});

test('a crash between the ledger and the removal is finished at the next opening', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  const drive = await bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 4, apartMs: dayMs });
  const { deps } = bench;
  const crashing: Native = {
    ...native,
    arrange: (steps) => {
      if (steps.some((step) => step.do === 'remove')) return Promise.reject(new Error('crashed'));
      return native.arrange(steps);
    },
  };
  bench.deps = { ...deps, native: crashing };
  await thin(bench, last).catch(() => undefined);
  t.is((await aside(drive)).length, 3);
  bench.deps = deps;
  const report = await thin(bench, last);
  t.is(report.outcome, 'good');
  t.deepEqual(await aside(drive), []);
  t.deepEqual(await differences(bench.root, drive.pictures), []);
  t.is((await verify(bench.deps, { vaults: [drive.setting] })).outcome, 'good');
});

test('a pruning that is stopped has removed only what the ledger says', async (t) => {
  const here = await setting(t);
  const { bench } = here;
  const drive = await bench.addDrive('D');
  await edits(here, 'a.jpg', { times: 3, apartMs: dayMs });
  const stopping = new AbortController();
  stopping.abort();
  bench.deps = { ...bench.deps, signal: stopping.signal };
  const error = await t.throwsAsync(thin(bench, last), { instanceOf: GlassineError });
  t.is(error.code, 'stopped');
  t.is((await aside(drive)).length, 2);
  await rm(path.join(bench.root, 'nothing'), { force: true });
});
