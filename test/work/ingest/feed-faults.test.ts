/** Vaults that fail while they are fed, files that change meanwhile, and kills: the ingest goes on, the pass heals. */
import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Native } from '../../../src/platform/native.js';
import { layCard, layouts } from '../../support/cards.js';
import { feedBench, type FeedBench, receiptsIn } from '../../support/feeding.js';
import { desk } from '../../support/glassine.js';
import { buildInjector, killAtNeeds } from '../../support/kill-at.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, listTree, seededBytes } from '../../support/trees.js';
import { vaultFaults } from '../../support/vault-check.js';

/** From now on the addon is asked through what `around` makes of it. */
function intercept({ bench }: FeedBench, around: (real: Native) => Partial<Native>): void {
  const { native } = bench.deps;
  bench.deps = { ...bench.deps, native: { ...native, ...around(native) } };
}

/** Fills a volume until so many bytes are free. */
async function leaveFree({ bench }: FeedBench, folder: string, bytes: number): Promise<string> {
  const { freeBytes } = await bench.deps.native.volumeOf(folder);
  const blocker = path.join(folder, 'blocker');
  await writeFile(blocker, seededBytes(1, freeBytes - bytes));
  return blocker;
}

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a vault that runs full keeps what fits, and the pass does the rest',
  async (t) => {
    const made = await feedBench(t, layouts.canon);
    const small = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const full = await made.bench.addDrive('Full', small.path);
    const roomy = await made.bench.addDrive('Roomy');
    const blocker = await leaveFree(made, small.path, 4 << 20);
    const report = await made.ingest();
    t.is(report.outcome, 'good');
    t.like(report.vaults, [
      { name: 'Full', kept: 6, problem: { code: 'vault-full' } },
      { name: 'Roomy', kept: 7 },
    ]);
    t.deepEqual(await vaultFaults(full.setting.folder), []);
    await rm(blocker);
    const pass = await made.pass();
    const { bytes } = await receiptsIn(made.job);
    t.is(pass.bytesRead - bytes, layouts.canon['DCIM/101CANON/MVI_0002.MP4']);
    for (const drive of [full, roomy]) {
      t.deepEqual(await vaultFaults(drive.setting.folder), []);
      t.deepEqual(await differences(made.bench.root, drive.pictures), []);
    }
  },
);

testWith(volumeNeeds.ext4, 'a vault never takes the room that a destination beside it needs', async (t) => {
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
  const made = await feedBench(t, layouts.canon, { root: path.join(volume.path, 'Photos') });
  await made.bench.addDrive('D', path.join(volume.path, 'Drive'));
  const blocker = await leaveFree(made, volume.path, 12 << 20);
  const report = await made.ingest();
  t.is(report.destinations[0]?.outcome, 'good');
  t.like(report.vaults, [{ name: 'D', kept: 0, problem: { code: 'vault-full' } }]);
  await rm(blocker);
  t.like(await made.pass(), { outcome: 'good' });
});

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a vault that is pulled out drops out of the feeding alone',
  async (t) => {
    const made = await feedBench(t, layouts.canon);
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
    const pulled = await made.bench.addDrive('Pulled', volume.path);
    const other = await made.bench.addDrive('Other');
    const { deps } = made.bench;
    intercept(made, (real) => ({
      async transfer(items, options) {
        if (items.some(({ targets }) => targets.length > 0)) await volume.shutdown();
        return real.transfer(items, options);
      },
    }));
    const report = await made.ingest();
    t.is(report.outcome, 'good');
    t.like(report.vaults, [
      { name: 'Pulled', kept: 0, problem: { code: 'vault-io' } },
      { name: 'Other', kept: 7 },
    ]);
    made.bench.deps = deps;
    await volume.unmount();
    await volume.mount();
    t.like(await made.pass(), { outcome: 'good' });
    for (const drive of [pulled, other]) {
      t.deepEqual(await vaultFaults(drive.setting.folder), []);
      t.deepEqual(await differences(made.bench.root, drive.pictures), []);
    }
  },
);

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a vault that is pulled out before its ledger is told keeps nothing, and is made whole later',
  async (t) => {
    const made = await feedBench(t, layouts.canon);
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
    const pulled = await made.bench.addDrive('Pulled', volume.path);
    const { deps } = made.bench;
    intercept(made, (real) => ({
      async transfer(items, options) {
        const results = await real.transfer(items, options);
        if (items.some(({ targets }) => targets.length > 1)) await volume.shutdown();
        return results;
      },
    }));
    const report = await made.ingest();
    t.is(report.outcome, 'good');
    t.like(report.vaults, [{ name: 'Pulled', kept: 0 }]);
    made.bench.deps = deps;
    await volume.unmount();
    await volume.mount();
    t.like(await made.pass(), { outcome: 'good' });
    t.deepEqual(await vaultFaults(pulled.setting.folder), []);
    t.deepEqual(await differences(made.bench.root, pulled.pictures), []);
  },
);

testWith([...lyingNeeds, 'b3sum'], 'a vault that gives back other bytes drops out', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const mount = await lyingMount(t);
  const liar = await made.bench.addDrive('Liar', path.join(mount.path, 'drive'));
  const honest = await made.bench.addDrive('Honest');
  await mount.lie({ flip: ['-1', '-2', '-3'].map((name) => ({ name, offset: 5 })) });
  const report = await made.ingest();
  t.is(report.outcome, 'good');
  t.like(report.vaults, [
    { name: 'Liar', kept: 0, problem: { code: 'vault-lies' } },
    { name: 'Honest', kept: 7 },
  ]);
  await mount.lie({});
  t.like(await made.pass(), { outcome: 'good' });
  t.deepEqual(await vaultFaults(path.join(mount.backing, 'drive/Glassine')), []);
  for (const drive of [liar, honest]) t.deepEqual(await differences(made.bench.root, drive.pictures), []);
});

testWith([...lyingNeeds, 'b3sum'], 'one lie costs a vault that file alone', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const mount = await lyingMount(t);
  const liar = await made.bench.addDrive('Liar', path.join(mount.path, 'drive'));
  await mount.lie({ flip: [{ name: '-2', offset: 5 }] });
  t.like((await made.ingest()).vaults, [{ name: 'Liar', kept: 6, problem: undefined }]);
  await mount.lie({});
  t.like(await made.pass(), { outcome: 'good' });
  t.deepEqual(await vaultFaults(path.join(mount.backing, 'drive/Glassine')), []);
  t.deepEqual(await differences(made.bench.root, liar.pictures), []);
});

testWith(lyingNeeds, 'what a destination lost comes into no vault', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const mount = await lyingMount(t, { flip: [{ name: '.part', offset: 5 }] });
  const drive = await made.bench.addDrive('D');
  const source = { ...made.bench.source, root: mount.path };
  const report = await made.ingest({
    destinations: [mount.path, made.ingestBench.to[0] ?? ''],
    feed: { sources: [source], vaults: [drive.setting] },
  });
  t.is(report.destinations[0]?.problem?.code, 'destination-lies');
  t.deepEqual(report.vaults, []);
  t.deepEqual(await readdir(path.join(drive.setting.folder, 'Pictures')), []);
  const [writer = ''] = await readdir(path.join(drive.setting.folder, 'Incoming'));
  t.deepEqual(await readdir(path.join(drive.setting.folder, 'Incoming', writer)), []);
});

testWith(
  ['b3sum'],
  'a file that changes as soon as it is there is left to the pass, as it is then',
  async (t) => {
    const made = await feedBench(t, layouts.canon);
    const drive = await made.bench.addDrive('D');
    const edited = path.join(made.job, 'CARD_A/DCIM/100CANON/IMG_9998.JPG');
    const { deps } = made.bench;
    intercept(made, (real) => ({
      async arrange(steps) {
        const results = await real.arrange(steps);
        const isIt = steps.some((step) => step.do === 'rename' && String(step.to) === edited);
        if (isIt) await appendFile(edited, 'edited');
        return results;
      },
    }));
    t.like((await made.ingest()).vaults, [{ name: 'D', kept: 6 }]);
    made.bench.deps = deps;
    t.like(await made.pass(), { outcome: 'good' });
    t.deepEqual(await differences(made.bench.root, drive.pictures), []);
    const aside = [...(await listTree(path.join(drive.setting.folder, 'Versions'))).keys()];
    t.false(aside.some((name) => name.endsWith('.JPG')));
    t.deepEqual(await vaultFaults(drive.setting.folder), []);
  },
);

testWith(
  [...killAtNeeds, 'b3sum'],
  'an ingest that is killed on the way leaves what one pass makes whole',
  async (t) => {
    const injector = await buildInjector(t);
    const place = await desk(t);
    const below = path.dirname(place.home);
    const card = path.join(below, 'CARD_A');
    await mkdir(card);
    await layCard(card, layouts.repeated);
    const ingest = (to: string) =>
      place.command('ingest', card, '--to', path.join(place.source, to), '--job', 'Smith', '--json');
    const whole = await injector.run(ingest('0'), { below, env: place.env, at: 0 });
    t.is(whole.status, 0, whole.stderr);
    await place.must('backup');
    // The later ones are those that matter: from the first file in `Incoming/` to the receipts.
    for (const part of [0.4, 0.5, 0.55, 0.6, 0.65, 0.9]) {
      const at = Math.ceil(whole.calls * part);
      const { call } = await injector.run(ingest(String(part)), { below, env: place.env, at });
      await place.must('backup');
      t.deepEqual(await vaultFaults(place.vault), [], `${part}: ${call}`);
      t.deepEqual(await differences(place.source, place.pictures), [], `${part}: ${call}`);
    }
    t.deepEqual((await place.must('verify')).bad, []);
  },
);
