/** Giving pictures back into places that resist, and names that most programs break on. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { pathBytes } from '../../../src/base/paths.js';
import { native, type Native } from '../../../src/platform/native.js';
import { restore, type RestoreOptions, type RestoreReport } from '../../../src/work/restore/restore.js';
import { mustRun, systemPython } from '../../support/commands.js';
import { hostileNames } from '../../support/hostile-names.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { exfatMount, fatMount, loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, fillTree, listTree, plant } from '../../support/trees.js';
import { type Workbench, workbench } from '../../support/workbench.js';

function giveBack(
  bench: Workbench,
  folder: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreReport> {
  return restore(bench.deps, {
    vaults: bench.drives.map((drive) => drive.setting),
    paths: [{ sourceKey: bench.sourceKey, path: '' }],
    toFolder: folder,
    ...options,
  });
}

async function noParts(t: ExecutionContext, folder: string): Promise<void> {
  const names = [...(await listTree(folder)).keys()];
  t.deepEqual(
    names.filter((name) => name.includes('.glassine-')),
    [],
  );
}

const mebibyte = 1 << 20;

testWith(volumeNeeds.ext4, 'a target that runs full keeps what fits, and the rest is named', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await plant(bench.root, 'small.jpg', { bytes: Buffer.alloc(1000, 1) });
  await plant(bench.root, 'x/large.jpg', { bytes: Buffer.alloc(12 * mebibyte, 2) });
  await plant(bench.root, 'y/small.jpg', { bytes: Buffer.alloc(1000, 3) });
  await bench.backup();
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 10 * mebibyte });
  const report = await giveBack(bench, path.join(volume.path, 'to'));
  t.is(report.outcome, 'incomplete');
  const subject = path.join(volume.path, 'to/x/large.jpg');
  t.like(report.incomplete, [{ code: 'target-unwritable', subject, detail: 'ENOSPC' }]);
  t.is(report.restored, 2);
  await noParts(t, volume.path);
});

testWith(volumeNeeds.ext4, 'a target that is read-only is refused as a whole', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await plant(bench.root, 'a.jpg', { bytes: 'one' });
  await bench.backup();
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 10 * mebibyte });
  await volume.remountReadOnly();
  const error = await t.throwsAsync(giveBack(bench, volume.path));
  t.regex(error.message, /^target-unwritable: .* \(EROFS\)$/);
});

testWith(lyingNeeds, 'a target that gives back other bytes than were written is found out', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await plant(bench.root, 'bad.jpg', { bytes: 'x'.repeat(5000) });
  await plant(bench.root, 'good/good.jpg', { bytes: 'short' });
  await bench.backup();
  const mount = await lyingMount(t, { flip: [{ name: '.part', offset: 4000 }] });
  const report = await giveBack(bench, path.join(mount.path, 'to'));
  t.like(report.incomplete, [{ code: 'target-unwritable', subject: path.join(mount.path, 'to/bad.jpg') }]);
  t.is(report.restored, 1);
  t.deepEqual(report.damaged, []);
  await noParts(t, mount.path);
});

for (const [fileSystem, mount] of [
  ['exfat', exfatMount],
  ['fat', fatMount],
] as const) {
  testWith(
    volumeNeeds[fileSystem],
    `names and twins that ${fileSystem} cannot hold are kept apart and told`,
    async (t) => {
      const bench = await workbench(t);
      await bench.addDrive('D');
      const names = ['a.jpg', 'A.jpg', 'what?.jpg', 'Folder/x.jpg', 'folder/X.jpg', 'fine.jpg', 'dot./y.jpg'];
      for (const name of names) await plant(bench.root, name, { bytes: `content of ${name}` });
      await bench.backup();
      const volume = await mount(t, { sizeBytes: 40 * mebibyte });
      const report = await giveBack(bench, path.join(volume.path, 'to'));
      t.deepEqual(report.incomplete, []);
      t.is(report.restored, names.length);
      const calledThere = new Map(report.renamed.map((each) => [each.path, each.name]));
      for (const name of names) {
        const there = calledThere.get(`Photos/${name}`) ?? name;
        t.is(await readFile(path.join(volume.path, 'to', there), 'utf8'), `content of ${name}`);
      }
      const twins = [...calledThere.keys()].filter((name) => /photos\/(a|folder\/x)\.jpg$/i.test(name));
      t.is(twins.length, 2, 'one of each pair');
      t.true(calledThere.has('Photos/what?.jpg'));
      t.false(calledThere.has('Photos/fine.jpg'));
      await noParts(t, volume.path);
    },
  );
}

testWith(['linux'], 'every name of the list comes back as the bytes it was', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  const root = Buffer.from(bench.root);
  let planted = 0;
  for (const [at, { bytes, linux }] of hostileNames.entries()) {
    if (!linux) continue;
    await plant(bench.root, Buffer.concat([Buffer.from(`${at}/`), bytes]), { bytes: `content ${at}` });
    await plant(bench.root, Buffer.concat([Buffer.from('all/'), bytes, Buffer.from(`/inside`)]), {
      bytes: `in ${at}`,
    });
    planted += 2;
  }
  t.true(planted > 250 && root.length > 0);
  t.deepEqual((await bench.backup()).incomplete, []);
  const to = path.join(bench.folder, 'to');
  const report = await giveBack(bench, to);
  t.deepEqual(report.incomplete, []);
  t.is(report.restored, planted);
  t.deepEqual(report.renamed, []);
  t.deepEqual(await differences(bench.root, to), []);
});

testWith(['linux'], 'a folder three hundred levels deep comes back', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  const deep = Array.from({ length: 300 }, (_, level) => `level ${level}`).join('/');
  t.true(pathBytes(deep).length < 3_000);
  await plant(bench.root, `${deep}/a.jpg`, { bytes: 'deep' });
  t.deepEqual((await bench.backup()).incomplete, []);
  const to = path.join(bench.folder, 'to'.repeat(60), 'to'.repeat(120), 'to'.repeat(120), 'to'.repeat(120));
  await mkdir(to, { recursive: true });
  const report = await giveBack(bench, to);
  t.deepEqual(report.incomplete, []);
  t.is(report.restored, 1);
  const second = await giveBack(bench, to);
  t.is(second.restored, 0);
  t.is(second.incomplete[0]?.code, 'target-exists');
});

/** The real addon until the ledger is written: its next renames never happen, as in a crash. */
function crashBeforeRenames(): Native {
  return {
    ...native,
    arrange: (steps) => {
      if (steps.some((step) => step.do === 'rename')) return Promise.reject(new Error('crashed'));
      return native.arrange(steps);
    },
  };
}

test('what a crashed writer kept but could not put in its place is found where it waits', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await fillTree(bench.root, { files: 12, seed: 11 });
  await bench.backup();
  const names = [...(await listTree(bench.root)).entries()].filter(([, entry]) => entry.kind === 'file');
  await writeFile(path.join(bench.root, names[3]?.[0] ?? ''), 'edited before the crash');
  await plant(bench.root, 'new.jpg', { bytes: 'new before the crash' });
  const { deps } = bench;
  bench.deps = { ...deps, native: crashBeforeRenames() };
  await bench.backup().catch(() => undefined);
  t.deepEqual(await readdir(drive.pictures).then((found) => found.includes('new.jpg')), false);
  bench.forgetCatalog();
  bench.deps = { ...bench.deps, writer: randomUUID() };
  const known = await restore(bench.deps, {
    vaults: [drive.setting],
    paths: [],
    toFolder: path.join(bench.folder, 'nothing'),
  });
  t.is(known.outcome, 'good');
  const to = path.join(bench.folder, 'to');
  const report = await giveBack(bench, to);
  t.deepEqual(report.incomplete, []);
  t.deepEqual(report.damaged, []);
  t.deepEqual(await differences(bench.root, to), []);
  await rm(to, { recursive: true });
});

testWith([...volumeNeeds.ext4, 'python3'], 'tags of a file come back with it', async (t) => {
  const bench = await workbench(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 16 * mebibyte });
  await bench.addDrive('D');
  const root = path.join(volume.path, 'A');
  const file = (await plant(root, 'a.jpg', { bytes: 'tagged' })).toString();
  const tag = 'user.com.apple.metadata:_kMDItemUserTags';
  await mustRun(systemPython, ['-c', `import os; os.setxattr('${file}', '${tag}', b'red')`]);
  const { uuid } = await native.volumeOf(root);
  const source = { ...bench.source, root, ...(uuid !== undefined && { volume: uuid }) };
  t.is((await bench.backup({ sources: [source] })).outcome, 'good');
  const to = path.join(volume.path, 'to');
  t.is((await giveBack(bench, to)).outcome, 'good');
  const read = `import os; print(os.getxattr('${to}/a.jpg', '${tag}').decode())`;
  t.is((await mustRun(systemPython, ['-c', read])).trim(), 'red');
});
