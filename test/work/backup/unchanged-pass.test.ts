/** Passes over what did not change: which folders are looked at once more, and which may be left alone. */
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { native, type WalkOptions } from '../../../src/platform/native.js';
import { falseMemories } from '../../support/memories.js';
import { type Workbench, workbench } from '../../support/workbench.js';

/** A workbench with a drive, whose walks note every folder that was told of: those that were compared. */
async function watchedBench(t: ExecutionContext): Promise<{ bench: Workbench; compared: () => string[] }> {
  const bench = await workbench(t);
  await bench.addDrive('D');
  let told: string[] = [];
  async function* walk(root: string | Buffer, options?: WalkOptions) {
    for await (const listing of native.walk(root, options)) {
      told.push(listing.folder);
      yield listing;
    }
  }
  bench.deps = { ...bench.deps, native: { ...native, walk } };
  const compared = (): string[] => {
    const folders = told.sort();
    told = [];
    return folders;
  };
  return { bench, compared };
}

async function plantMany(root: string, folder: string, count: number): Promise<void> {
  await mkdir(path.join(root, folder), { recursive: true });
  for (let n = 0; n < count; n++) await writeFile(path.join(root, folder, `${n}.jpg`), `picture ${n}`);
}

function memoriesOf({ deps, root, sourceKey }: Workbench): Promise<string[]> {
  return falseMemories(deps.catalog, { root, sourceKey, scratch: deps.scratchFolder });
}

/** How many vaults are known to lack nothing but what was touched since, and how many files that is. */
function remembered({ deps }: Workbench): unknown {
  const database = new Database(deps.catalog.file, { readonly: true });
  try {
    return database
      .prepare(
        'SELECT (SELECT count(*) FROM complete) AS complete, (SELECT count(*) FROM touched) AS touched',
      )
      .get();
  } finally {
    database.close();
  }
}

const nothing = { kept: 0, moved: 0, retired: 0, outcome: 'good' } as const;

test('removals that wait for an answer are asked about at every pass, until there is one', async (t) => {
  const { bench, compared } = await watchedBench(t);
  await plantMany(bench.root, 'a', 100);
  await plantMany(bench.root, 'b', 5);
  await bench.backup();
  for (let n = 0; n < 60; n++) await rm(path.join(bench.root, 'a', `${n}.jpg`));
  compared();
  for (let pass = 0; pass < 2; pass++) {
    const report = await bench.backup();
    t.like(report, { retired: 0, outcome: 'incomplete' });
    t.deepEqual(
      report.problems.map(({ code, facts }) => [code, facts]),
      [['many-removed', { missing: 60, known: 105 }]],
    );
    t.deepEqual(compared(), ['a']);
    t.deepEqual(await memoriesOf(bench), []);
  }
  t.like(await bench.backup({ confirmRemovals: true }), { retired: 60, outcome: 'good' });
  t.deepEqual(await memoriesOf(bench), []);
  t.like(await bench.backup(), nothing);
});

test('a folder that went and came back as it was needs no second look', async (t) => {
  const { bench, compared } = await watchedBench(t);
  await plantMany(bench.root, 'a', 80);
  await plantMany(bench.root, 'b', 5);
  await bench.backup();
  await rename(path.join(bench.root, 'a'), path.join(bench.folder, 'away'));
  t.like(await bench.backup(), { retired: 0, outcome: 'incomplete' });
  await rename(path.join(bench.folder, 'away'), path.join(bench.root, 'a'));
  compared();
  t.like(await bench.backup(), nothing);
  t.false(compared().includes('a'));
  t.deepEqual(await memoriesOf(bench), []);
});

test('what cannot be kept is named at every pass', async (t) => {
  const { bench } = await watchedBench(t);
  await plantMany(bench.root, 'a', 2);
  execFileSync('mkfifo', [path.join(bench.root, 'a', 'pipe')]);
  for (let pass = 0; pass < 3; pass++) {
    const { incomplete } = await bench.backup();
    t.deepEqual(
      incomplete.map(({ code, subject }) => [code, subject]),
      [['file-special', 'Photos/a/pipe']],
    );
  }
});

test('a folder in which nothing changed is not compared, one in which anything did is', async (t) => {
  const { bench, compared } = await watchedBench(t);
  for (const folder of ['a', 'a/inner', 'b', 'c']) await plantMany(bench.root, folder, 3);
  await bench.backup();
  t.deepEqual(compared(), ['', 'a', 'a/inner', 'b', 'c']);
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), []);
  await writeFile(path.join(bench.root, 'a/inner/1.jpg'), 'another picture');
  await writeFile(path.join(bench.root, 'c/new.jpg'), 'new');
  await rm(path.join(bench.root, 'c/0.jpg'));
  t.like(await bench.backup(), { kept: 2, retired: 1, outcome: 'good' });
  t.deepEqual(compared(), ['a/inner', 'c']);
  // What was removed has been decided on: the folder is looked at once more, and then no more.
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), ['c']);
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), []);
  t.deepEqual(await memoriesOf(bench), []);
});

test('another file of the same size and time is looked at, and is no change by itself', async (t) => {
  const { bench, compared } = await watchedBench(t);
  await plantMany(bench.root, 'a', 3);
  await bench.backup();
  compared();
  const file = path.join(bench.root, 'a/1.jpg');
  const { atime, mtime } = await stat(file);
  await utimes(file, atime, mtime);
  await bench.backup();
  await bench.backup();
  compared();
  await writeFile(`${file}.new`, 'Picture 1');
  await utimes(`${file}.new`, atime, mtime);
  await rename(`${file}.new`, file);
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), ['a']);
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), []);
});

test('a dry run remembers what it saw and what is still to be done', async (t) => {
  const { bench } = await watchedBench(t);
  await plantMany(bench.root, 'a', 10);
  t.like(await bench.backup({ dryRun: true }), { kept: 10 });
  t.deepEqual(await memoriesOf(bench), []);
  t.like(await bench.backup({ dryRun: true }), { kept: 10 });
  t.like(await bench.backup(), { kept: 10, outcome: 'good' });
  t.like(await bench.backup({ dryRun: true }), { kept: 0 });
  t.deepEqual(await memoriesOf(bench), []);
});

test('a vault that comes back gets what was kept without it', async (t) => {
  const { bench } = await watchedBench(t);
  const second = await bench.addDrive('E');
  await plantMany(bench.root, 'a', 10);
  await bench.backup();
  await bench.backup();
  await second.unplug();
  await writeFile(path.join(bench.root, 'a/1.jpg'), 'another picture');
  await bench.backup();
  t.like(await bench.backup(), nothing);
  t.deepEqual(await memoriesOf(bench), []);
  await second.plug();
  t.like(await bench.backup(), { kept: 1, outcome: 'good' });
  t.is(await readFile(path.join(second.pictures, 'a/1.jpg'), 'utf8'), 'another picture');
  t.deepEqual(await memoriesOf(bench), []);
});

test('a row that anybody changes is compared again, and what it lost is had back', async (t) => {
  const { bench, compared } = await watchedBench(t);
  for (const folder of ['a', 'b']) await plantMany(bench.root, folder, 3);
  await bench.backup();
  await bench.backup();
  compared();
  const { catalog } = bench.deps;
  const { rows } = catalog.scan.folder(bench.sourceKey, 'a');
  catalog.scan.retire(rows[0]?.fileKey ?? -1);
  t.deepEqual(await memoriesOf(bench), []);
  await bench.backup();
  t.deepEqual(compared(), ['a']);
  t.like(await bench.backup(), nothing);
  t.deepEqual(
    [...catalog.aliveAt(bench.sourceKey)].map((version) => version.path).sort(),
    ['a', 'b'].flatMap((folder) => [0, 1, 2].map((n) => `${folder}/${n}.jpg`)),
  );
});

test('a pass that leaves nothing missing remembers that, and keeps no list of what it copied', async (t) => {
  const { bench } = await watchedBench(t);
  await plantMany(bench.root, 'a', 20);
  for (let pass = 0; pass < 2; pass++) {
    await writeFile(path.join(bench.root, 'a/1.jpg'), `another ${pass}`);
    await bench.backup();
    t.deepEqual(remembered(bench), { complete: 1, touched: 0 });
    t.deepEqual(await memoriesOf(bench), []);
  }
  await bench.drives[0]?.unplug();
  await writeFile(path.join(bench.root, 'a/2.jpg'), 'not kept yet');
  await bench.backup();
  t.deepEqual(remembered(bench), { complete: 1, touched: 1 });
});

test('after everything was forgotten, all is compared once, and nothing is copied', async (t) => {
  const { bench, compared } = await watchedBench(t);
  for (const folder of ['a', 'b']) await plantMany(bench.root, folder, 3);
  await bench.backup();
  const { native: watched } = bench.deps;
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, native: watched };
  compared();
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), ['', 'a', 'b']);
  t.deepEqual(await memoriesOf(bench), []);
  t.like(await bench.backup(), nothing);
  t.deepEqual(compared(), []);
});
