/** Cards copied into protected folders: their vaults have the pictures at once, and the next pass nothing to read. */
import { cp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { deviceOf } from '../../../src/platform/devices.js';
import type { TransferItem } from '../../../src/platform/native.js';
import { parseTemplate } from '../../../src/rules/cards/naming.js';
import { cardsNow } from '../../../src/work/ingest/cards-now.js';
import { verify } from '../../../src/work/verify/verify.js';
import { layouts } from '../../support/cards.js';
import { feedBench, type FeedBench, receiptsIn, toldTo } from '../../support/feeding.js';
import { falseMemories } from '../../support/memories.js';
import { exfatMount, loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, listTree } from '../../support/trees.js';
import { vaultFaults } from '../../support/vault-check.js';
import type { Drive } from '../../support/workbench.js';

/** The files of a card that were copied in each transfer that wrote anything. */
function watchTransfers({ bench }: FeedBench): TransferItem[][] {
  const seen: TransferItem[][] = [];
  const { native } = bench.deps;
  bench.deps = {
    ...bench.deps,
    native: {
      ...native,
      transfer(items, options) {
        const writing = items.filter(({ targets }) => targets.length > 0);
        if (writing.length > 0) seen.push(writing);
        return native.transfer(items, options);
      },
    },
  };
  return seen;
}

/** Pictures, clips and what belongs to them in a vault, that are not as the card has them. */
function missingIn({ jobIn, card }: FeedBench, drive: Drive): Promise<string[]> {
  return differences(card, path.join(jobIn(drive), 'CARD_A'), { ignoreEmptyFolders: true });
}

test('an ingest whose destination lies in no source feeds nothing', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const drive = await made.bench.addDrive('D');
  const transfers = watchTransfers(made);
  const report = await made.ingest({ destinations: [...made.ingestBench.to] });
  t.is(report.outcome, 'good');
  t.deepEqual(report.vaults, []);
  t.true(transfers.flat().every(({ targets }) => targets.length === 2));
  t.deepEqual(await readdir(path.join(drive.setting.folder, 'Ledger')), []);
});

test('a source that is another disk now is not fed', async (t) => {
  const made = await feedBench(t, layouts.canon, { volume: 'of another drive' });
  const drive = await made.bench.addDrive('D');
  t.like(await made.ingest(), { outcome: 'good', vaults: [] });
  t.deepEqual(await readdir(path.join(drive.setting.folder, 'Ledger')), []);
});

test('a vault that is away gets it all from the pass that finds it', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const here = await made.bench.addDrive('D');
  const away = await made.bench.addDrive('E');
  await away.unplug();
  const report = await made.ingest();
  t.like(report, { outcome: 'good' });
  t.deepEqual(
    report.vaults.map(({ name, kept }) => [name, kept]),
    [['D', 7]],
  );
  await away.plug();
  t.like(await made.pass(), { outcome: 'good', vaults: [{ name: 'D' }, { name: 'E' }] });
  t.deepEqual(await missingIn(made, here), []);
  t.deepEqual(await missingIn(made, away), []);
});

testWith(
  ['b3sum'],
  'the card is read once for the source and all its vaults, and the next pass reads the receipt alone',
  async (t) => {
    const made = await feedBench(t, layouts.canon);
    const { bench } = made;
    await writeFile(path.join(bench.root, 'older.jpg'), 'kept before');
    const drives = [await bench.addDrive('D'), await bench.addDrive('E')];
    await made.pass();
    const transfers = watchTransfers(made);
    const report = await made.ingest();
    t.is(report.outcome, 'good');
    t.is(transfers.flat().length, 7);
    t.true(transfers.flat().every(({ targets }) => targets.length === 3));
    t.deepEqual(
      report.vaults,
      ['D', 'E'].map((name) => ({ name, kept: 7, bytesCopied: report.bytes })),
    );
    for (const drive of drives) t.deepEqual(await missingIn(made, drive), []);
    const receipts = await receiptsIn(made.job);
    const pass = await made.pass();
    t.like(pass, { outcome: 'good', kept: receipts.files, moved: 0, retired: 0 });
    t.is(pass.bytesRead, receipts.bytes);
    t.is(pass.bytesCopied, receipts.bytes * 2);
    t.like(await made.pass(), { bytesRead: 0, kept: 0, moved: 0, retired: 0 });
    for (const drive of drives) {
      t.deepEqual(await vaultFaults(drive.setting.folder), []);
      t.deepEqual(await differences(bench.root, drive.pictures), []);
    }
    const vaults = drives.map((drive) => drive.setting);
    t.like(await verify(bench.deps, { vaults }), { outcome: 'good', bad: [] });
    const { sourceKey, deps, root } = bench;
    t.deepEqual(await falseMemories(deps.catalog, { root, sourceKey, scratch: deps.scratchFolder }), []);
    const picture = '2026/Smith/CARD_A/DCIM/100CANON/IMG_9999.CR3';
    t.is(deps.catalog.versionsOf(sourceKey, picture).length, 1);
  },
);

test('a catalog that is made anew from the ledgers knows the same, and the pass still reads nothing', async (t) => {
  const made = await feedBench(t, layouts.canon);
  await made.bench.addDrive('D');
  await made.ingest();
  made.bench.forgetCatalog();
  const { bytes } = await receiptsIn(made.job);
  t.is((await made.pass()).bytesRead, bytes);
});

test('the ledgers of vaults that were fed remember the card and its receipt', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const drive = await made.bench.addDrive('D');
  const report = await made.ingest();
  const lines = toldTo(made.bench, drive).filter((line) => line.do === 'ingest');
  const [name = ''] = (await readdir(path.join(made.job, 'ascmhl'))).filter((each) => each.endsWith('.mhl'));
  const receipt = `ascmhl/${name}`;
  const [read] = await made.bench.deps.native.transfer([
    { source: path.join(made.job, receipt), targets: [] },
  ]);
  t.like(lines, [
    {
      ...{ job: 'Smith', card: { name: 'CARD_A', maker: 'Canon' }, files: 7, bytes: report.bytes },
      destinations: [{ folder: made.job, files: 7, receipt, b3: read?.b3 }],
    },
  ]);
  // Nothing came: there is nothing to remember.
  await made.ingest();
  t.is(toldTo(made.bench, drive).filter((line) => line.do === 'ingest').length, 1);
});

test('what was fed is known as a scan would have seen it: a folder that is renamed before is a move', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const drive = await made.bench.addDrive('D');
  await made.ingest();
  const { bytes } = await receiptsIn(made.job);
  await rename(made.job, path.join(path.dirname(made.job), 'Jones'));
  t.like(await made.pass(), { outcome: 'good', moved: 7, retired: 0, bytesRead: bytes });
  t.deepEqual(await differences(made.bench.root, drive.pictures), []);
});

test('the same picture twice on a card is kept twice, and names from a template are those in the vault', async (t) => {
  const template = parseTemplate('{date}/{name}');
  if ('fault' in template) throw new Error(template.fault);
  const made = await feedBench(t, layouts.repeated);
  const drive = await made.bench.addDrive('D');
  const [first, twin] = ['100CANON', '101CANON'].map((each) => path.join(made.card, 'DCIM', each));
  await rm(path.join(twin ?? '', 'IMG_0001.CR2'));
  await cp(path.join(first ?? '', 'IMG_0001.CR2'), path.join(twin ?? '', 'IMG_0001.CR2'), {
    preserveTimestamps: true,
  });
  const report = await made.ingest({ template });
  t.deepEqual(
    report.vaults.map(({ kept }) => kept),
    [3],
  );
  const { bytes } = await receiptsIn(made.job);
  t.like(await made.pass(), { outcome: 'good', bytesRead: bytes });
  t.deepEqual(await differences(made.bench.root, drive.pictures), []);
  const names = await readdir(path.join(made.jobIn(drive), '2026-03-20'));
  t.deepEqual(names.sort(), ['IMG_0001 (2).CR2', 'IMG_0001 (3).CR2', 'IMG_0001.CR2']);
});

test('a picture that was deleted and is ingested again is what the vault had all along', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const drive = await made.bench.addDrive('D');
  await made.ingest();
  await made.pass();
  await rm(path.join(made.job, 'CARD_A/DCIM/100CANON/IMG_9999.CR3'));
  const again = await made.ingest();
  t.is(again.copied.length, 1);
  t.deepEqual(again.vaults, []);
  const before = await receiptsIn(made.job);
  const pass = await made.pass();
  t.like(pass, { outcome: 'good', retired: 0 });
  t.true(pass.bytesRead <= before.bytes);
  t.deepEqual(await missingIn(made, drive), []);
  const aside = [...(await listTree(path.join(drive.setting.folder, 'Versions'))).keys()];
  t.false(aside.some((name) => name.endsWith('.CR3')));
});

test('another picture in the place of one that is gone puts that one aside', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const drive = await made.bench.addDrive('D');
  await made.ingest();
  await made.pass();
  const name = 'DCIM/100CANON/IMG_9999.CR3';
  await rm(path.join(made.job, 'CARD_A', name));
  await writeFile(path.join(made.card, name), 'another frame of this number');
  const taken = new Date('2026-03-21T08:00:00Z');
  await utimes(path.join(made.card, name), taken, taken);
  t.deepEqual(
    (await made.ingest()).vaults.map(({ kept }) => kept),
    [1],
  );
  t.deepEqual(await missingIn(made, drive), []);
  t.like(await made.pass(), { outcome: 'good', retired: 0 });
  const aside = [...(await listTree(path.join(drive.setting.folder, 'Versions'))).keys()];
  t.is(aside.filter((each) => each.endsWith('.CR3')).length, 1);
});

test('with the card let go early, the vaults are fed by the reading that feeds the source', async (t) => {
  const made = await feedBench(t, layouts.canon);
  const drive = await made.bench.addDrive('D');
  const source = path.dirname(made.job);
  const report = await made.ingest({
    ...{ destinations: [made.ingestBench.to[0] ?? '', source], releaseEarly: true },
  });
  t.is(report.outcome, 'good');
  t.not(report.releasedAt, undefined);
  t.deepEqual(
    report.vaults.map(({ kept }) => kept),
    [7],
  );
  t.is((await made.pass()).bytesRead, (await receiptsIn(made.job)).bytes);
  t.deepEqual(await missingIn(made, drive), []);
});

test('a database on a card is left to the pass', async (t) => {
  const made = await feedBench(t, { ...layouts.canon, 'DCIM/library.db': 900, 'DCIM/library.db-wal': 30 });
  const drive = await made.bench.addDrive('D');
  t.deepEqual(
    (await made.ingest()).vaults.map(({ kept }) => kept),
    [7],
  );
  const names = await readdir(path.join(made.jobIn(drive), 'CARD_A/DCIM'));
  t.false(names.some((name) => name.startsWith('library')));
});

testWith(volumeNeeds.exfat, 'nothing is read again on a source that lies on exFAT', async (t) => {
  const volume = await exfatMount(t, { sizeBytes: 64 << 20 });
  const made = await feedBench(t, layouts.canon, { root: path.join(volume.path, 'Photos') });
  const drive = await made.bench.addDrive('D');
  await made.ingest();
  const { bytes } = await receiptsIn(made.job);
  await volume.unmount();
  await volume.mount();
  t.like(await made.pass(), { outcome: 'good', bytesRead: bytes });
  t.deepEqual(await missingIn(made, drive), []);
});

testWith(
  volumeNeeds.ext4,
  'one destination and one vault on two drives make a card safe to format, at once',
  async (t) => {
    const drives = [
      await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 }),
      await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 }),
    ];
    const [photos = '', kept = ''] = drives.map((drive) => drive.path);
    const made = await feedBench(t, layouts.canon, { root: path.join(photos, 'Photos') });
    const { bench } = made;
    const { setting } = await bench.addDrive('D', kept);
    const device = await deviceOf(bench.deps.native, kept);
    const vaults = [{ id: setting.id, device, offSite: false }];
    const report = await made.ingest({ vaults });
    t.deepEqual(report.verdict, { safe: true, reasons: [], files: 7, devices: 2 });
    const [now] = await cardsNow(bench.deps, { policy: 'two-copies', vaults });
    t.true(now?.verdict.safe);
  },
);
