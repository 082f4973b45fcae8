/** Copying cards: what is refused, what is copied, what is not copied again, and what is said of the card. */
import { cp, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { GlassineError } from '../../../src/base/errors.js';
import { parseTemplate } from '../../../src/rules/cards/naming.js';
import { cardsNow, deliverJob } from '../../../src/work/ingest/cards-now.js';
import { layCard, layouts } from '../../support/cards.js';
import { mustRun } from '../../support/commands.js';
import { type IngestBench, ingestBench } from '../../support/ingesting.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, listTree, seededBytes } from '../../support/trees.js';

const jobIn = (folder: string | undefined, card = 'CARD_A'): string => path.join(folder ?? '', 'Smith', card);

/** No destination has anything but these differences from the card. */
async function copiesOf({ card, to }: IngestBench): Promise<string[]> {
  const found: string[] = [];
  for (const folder of to) found.push(...(await differences(card, jobIn(folder))));
  return found;
}

test('a card that is not there, and a folder that is none, are refused', async (t) => {
  const { run, bench } = await ingestBench(t, layouts.canon);
  await t.throwsAsync(run({ card: path.join(bench.folder, 'away') }), { message: /^card-gone/ });
  const plain = path.join(bench.folder, 'plain');
  await mkdir(path.join(plain, '2026'), { recursive: true });
  await t.throwsAsync(run({ card: plain }), { message: /^card-unlike/ });
  t.is((await run({ card: plain, anyFolder: true })).outcome, 'good');
});

test('destinations that cannot be are refused, and where none is left nothing begins', async (t) => {
  const { run, card, to, bench } = await ingestBench(t, layouts.canon);
  await t.throwsAsync(run({ destinations: [] }), { message: /^no-destination/ });
  await t.throwsAsync(run({ destinations: [path.join(card, 'DCIM')] }), { message: /^destination-on-card/ });
  const vault = path.join(bench.folder, 'D');
  await mkdir(vault);
  await t.throwsAsync(run({ destinations: [vault], vaultFolders: [vault] }), {
    message: /^target-unwritable/,
  });
  const [first = ''] = to;
  const report = await run({ destinations: [first, `${first}/`, path.join(card, 'MISC')] });
  t.is(report.outcome, 'incomplete');
  t.deepEqual(
    report.destinations.map(({ outcome, problem }) => [outcome, problem?.code]),
    [
      ['good', undefined],
      ['failed', 'destination-twice'],
      ['failed', 'destination-on-card'],
    ],
  );
  t.deepEqual(await differences(card, jobIn(first)), []);
});

for (const [name, layout] of Object.entries(layouts)) {
  test(`every byte of the card ${name} comes to every destination`, async (t) => {
    const bench = await ingestBench(t, layout);
    const report = await bench.run();
    t.is(report.outcome, 'good');
    t.deepEqual(report.incomplete, []);
    const kept = Object.keys(layout).filter((each) => !each.endsWith('/'));
    t.is(report.files, kept.length);
    t.is(report.copied.length + report.left.length, kept.length);
    for (const { places } of report.copied) t.is(places.length, 2);
    const found = await copiesOf(bench);
    const left = report.left.flatMap((each) => [each.path, path.dirname(each.path)]);
    t.deepEqual(
      found.filter((line) => !left.some((each) => line.includes(each.split('/')[0] ?? each))),
      [],
    );
    if (report.left.length === 0) t.deepEqual(found, []);
  });
}

test('what a computer left on a card is told, and not copied', async (t) => {
  const { run, to } = await ingestBench(t, layouts.touched);
  const { left, copied } = await run();
  t.deepEqual(
    left.map(({ path: name, why }) => [name, why]).sort(),
    [
      ['.Trashes/501/DSCF0002.RAF', 'thrown-away'],
      ['DCIM/100_FUJI/._DSCF0001.RAF', 'of-a-computer'],
      ['System Volume Information/WPSettings.dat', 'of-a-computer'],
    ].sort(),
  );
  t.is(copied.length, 1);
  const names = await readdir(path.join(to[0] ?? '', 'Smith'));
  t.deepEqual(
    names.filter((name) => !/BLAKE3SUMS|ascmhl|\.html$/.test(name)),
    ['CARD_A'],
  );
});

testWith(
  ['b3sum'],
  'every destination gets a receipt that b3sum checks, and a second one for what came later',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const report = await bench.run();
    await layCard(bench.card, { 'DCIM/101CANON/IMG_0003.CR3': 5000 }, 7);
    const later = await bench.run();
    for (const [at, folder] of bench.to.entries()) {
      const job = path.join(folder, 'Smith');
      const checked = await mustRun('b3sum', ['--check', 'BLAKE3SUMS'], { cwd: job });
      t.is(checked.split('\n').filter((line) => line.endsWith(': OK')).length, 8);
      const manifests = (await readdir(path.join(job, 'ascmhl'))).filter((name) => name.endsWith('.mhl'));
      t.is(manifests.length, 2);
      for (const { destinations } of [report, later]) {
        const page = await readFile(destinations[at]?.receipt ?? '', 'utf8');
        t.true(page.includes('CARD_A') && page.includes('Not yet.'));
      }
    }
    t.is((await bench.run()).destinations[0]?.receipt, undefined);
  },
);

test('a plan writes nothing anywhere', async (t) => {
  const { run, to, bench } = await ingestBench(t, layouts.canon);
  const report = await run({ dryRun: true });
  t.is(report.planned.length, 7);
  t.deepEqual(report.copied, []);
  t.is(report.verdict, undefined);
  for (const folder of to) t.deepEqual(await readdir(folder), []);
  t.deepEqual(bench.deps.catalog.cards.all(), []);
});

test('a card put in twice is recognised, and only its new pictures are copied', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  await bench.run();
  const again = await bench.run();
  t.is(again.outcome, 'good');
  t.deepEqual(again.copied, []);
  t.is(again.skipped.length, 7);
  await layCard(bench.card, { 'DCIM/101CANON/IMG_0003.CR3': 5000 }, 7);
  const third = await bench.run({ job: 'Another day' });
  t.deepEqual(
    third.copied.map(({ wanted }) => wanted.file.path),
    ['DCIM/101CANON/IMG_0003.CR3'],
  );
  t.is(bench.bench.deps.catalog.cards.all().length, 1);
});

test('a card with the same names, sizes and times is another card', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  await bench.run();
  const twin = path.join(bench.bench.folder, 'CARD_B');
  await layCard(twin, layouts.canon, 2);
  const report = await bench.run({ card: twin });
  t.is(report.copied.length, 7);
  t.deepEqual(await differences(twin, jobIn(bench.to[0], 'CARD_B')), []);
  t.is(bench.bench.deps.catalog.cards.all().length, 2);
});

test('nothing is copied again when the clock of the wall moved', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  await bench.run();
  for (const [name, { kind, modifiedNs }] of await listTree(bench.card)) {
    const moved = Number(modifiedNs / 1_000_000_000n) + 3600;
    if (kind === 'file') await utimes(path.join(bench.card, name), moved, moved);
  }
  const again = await bench.run();
  t.deepEqual(again.copied, []);
  t.is(again.skipped.length, 7);
});

test('a copy that is no longer where it was put is made again', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  await bench.run();
  await rm(path.join(jobIn(bench.to[1]), 'DCIM/100CANON/IMG_9999.CR3'));
  const again = await bench.run();
  t.is(again.copied.length, 1);
  t.deepEqual(
    again.destinations.map(({ copied }) => copied),
    [0, 1],
  );
  t.deepEqual(await copiesOf(bench), []);
});

test('nothing that a destination has is ever written over', async (t) => {
  const { run, to, card } = await ingestBench(t, layouts.repeated);
  const [first = ''] = to;
  const occupied = path.join(jobIn(first), 'DCIM/100CANON/img_0001.cr2');
  await mkdir(path.dirname(occupied), { recursive: true });
  await writeFile(occupied, 'mine');
  const report = await run({ destinations: [first] });
  t.is(report.outcome, 'good');
  const names = await readdir(path.dirname(occupied));
  t.deepEqual(names.sort(), ['IMG_0001 (2).CR2', 'img_0001.cr2']);
  t.is((await listTree(card)).size, 7);
});

test('a template names pictures, and three of one name stay three', async (t) => {
  const template = parseTemplate('{date}/{name}');
  if ('fault' in template) throw new Error(template.fault);
  const { run, to } = await ingestBench(t, layouts.repeated);
  const report = await run({ template });
  t.is(report.undated.length, 3);
  const names = await readdir(path.join(to[0] ?? '', 'Smith/2026-03-20'));
  t.deepEqual(names.sort(), ['IMG_0001 (2).CR2', 'IMG_0001 (3).CR2', 'IMG_0001.CR2']);
});

test('an ingest that was stopped goes on where it was, and its receipt names all of it', async (t) => {
  const many = 300;
  const names = Array.from(
    { length: many },
    (_, at) => `DCIM/100CANON/IMG_${String(at + 1).padStart(4, '0')}.JPG`,
  );
  const bench = await ingestBench(t, Object.fromEntries(names.map((name, at) => [name, 100 + at])));
  const stop = new AbortController();
  const { deps } = bench.bench;
  const listener: typeof deps.listener = (news) => {
    // The first batch is told of, whichever files the walk put into it, and the second not begun.
    const takenAt = Date.parse('2026-03-20T10:30:00Z') * 1000;
    const isTold = names.some((_, at) => deps.catalog.cards.hasCopyLike(100 + at, takenAt));
    if (news.kind === 'progress' && isTold) stop.abort();
  };
  bench.bench.deps = { ...deps, signal: stop.signal, listener };
  await t.throwsAsync(bench.run(), { message: /^stopped/ });
  bench.bench.deps = deps;
  const report = await bench.run();
  t.is(report.outcome, 'good');
  t.is(report.copied.length, many - 256);
  t.deepEqual(await copiesOf(bench), []);
  const sums = await readFile(path.join(bench.to[0] ?? '', 'Smith/BLAKE3SUMS'), 'utf8');
  t.is(sums.trim().split('\n').length, many);
  const left = [...(await listTree(bench.to[0] ?? '')).keys()].filter((name) => name.includes('.glassine-'));
  t.deepEqual(left, []);
});

test('a file that comes to the card meanwhile holds it', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const { deps } = bench.bench;
  const late = path.join(bench.card, 'DCIM/101CANON/IMG_0009.CR3');
  const native = {
    ...deps.native,
    async transfer(...args: Parameters<typeof deps.native.transfer>) {
      const results = await deps.native.transfer(...args);
      await writeFile(late, 'new');
      return results;
    },
  };
  bench.bench.deps = { ...deps, native };
  const { verdict, outcome } = await bench.run();
  t.is(outcome, 'incomplete');
  t.true(verdict?.reasons.some(({ code }) => code === 'files-appeared'));
});

testWith(volumeNeeds.ext4, 'two destinations on one drive are one copy', async (t) => {
  const { run } = await ingestBench(t, layouts.canon);
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
  const { verdict } = await run({ destinations: [path.join(drive.path, 'a'), path.join(drive.path, 'b')] });
  t.deepEqual(
    verdict?.reasons.map(({ code, files }) => [code, files]),
    [['copies-on-one-device', 7]],
  );
});

test('a copy on the disk of the card itself does not count', async (t) => {
  const { run } = await ingestBench(t, layouts.canon);
  t.is((await run()).verdict?.reasons[0]?.code, 'copies-too-few');
});

test('an empty card is safe, and a card of unknown things is not', async (t) => {
  const empty = await ingestBench(t, layouts.empty);
  t.true((await empty.run()).verdict?.safe);
  const unknown = await ingestBench(t, { 'DCIM/100CANON/': 0, 'letter.docx': 100 });
  const { verdict, copied } = await unknown.run();
  t.is(copied.length, 1);
  t.true(verdict?.reasons.some(({ code }) => code === 'only-unknown-files'));
});

testWith(volumeNeeds.ext4, 'two proven copies on two drives make a card safe to format', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const drives = [
    await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 }),
    await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 }),
  ];
  const destinations = drives.map((drive) => drive.path);
  const report = await bench.run({ destinations });
  t.deepEqual(report.verdict, { safe: true, reasons: [], files: 7, devices: 2 });
  for (const { places } of report.copied) t.true(places.every(({ evidence }) => evidence === 'proven'));
  const { deps } = bench.bench;
  const now = () => cardsNow(deps, { policy: 'two-copies', vaults: [] });
  t.true((await now())[0]?.verdict.safe);
  // A drive that is away keeps what it had; what is deleted on one that is here is no copy any more.
  await drives[1]?.unmount();
  t.true((await now())[0]?.verdict.safe);
  await rm(path.join(jobIn(destinations[0]), 'DCIM/100CANON/IMG_9999.CR3'));
  t.deepEqual(
    (await now())[0]?.verdict.reasons.map(({ code }) => code),
    ['copies-too-few'],
  );
});

testWith(
  volumeNeeds.ext4,
  'a destination that runs full keeps what fits, and goes on after room was made',
  async (t) => {
    const bench = await ingestBench(t, { ...layouts.canon, 'DCIM/101CANON/MVI_0003.MP4': 9_000_000 });
    const small = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20 });
    const blocker = path.join(small.path, 'blocker');
    await writeFile(blocker, seededBytes(1, 18 << 20));
    const destinations = [small.path, bench.to[1] ?? ''];
    const report = await bench.run({ destinations });
    t.is(report.outcome, 'incomplete');
    t.is(report.destinations[0]?.problem?.code, 'destination-full');
    t.is(report.destinations[1]?.outcome, 'good');
    t.false(report.verdict?.safe);
    await rm(blocker);
    const again = await bench.run({ destinations });
    t.is(again.outcome, 'good');
    t.deepEqual(await differences(bench.card, jobIn(small.path)), []);
  },
);

test('a delivery is of a job that there is', async (t) => {
  const { run, bench } = await ingestBench(t, layouts.canon);
  t.throws(() => deliverJob(bench.deps, 'Smith'), { instanceOf: GlassineError, message: /^job-unknown/ });
  await run();
  deliverJob(bench.deps, 'Smith');
  const report = await run({ policy: 'delivered' });
  t.false(report.verdict?.reasons.some(({ code }) => code === 'not-delivered'));
});

test('a picture that was ingested before is known by its content under another name', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  await bench.run();
  const other = path.join(bench.bench.folder, 'CARD_C/DCIM/100CANON');
  await mkdir(other, { recursive: true });
  const picture = path.join(bench.card, 'DCIM/100CANON/IMG_9998.CR3');
  await cp(picture, path.join(other, 'IMG_5555.CR3'), { preserveTimestamps: true });
  const report = await bench.run({ card: path.dirname(path.dirname(other)) });
  t.is(report.copied.length, 0);
  t.is(report.skipped.length, 1);
});

test('a job that nobody named is the day and the card, and goes on under its name when it was cut short', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const stop = new AbortController();
  const deps = { ...bench.bench.deps };
  bench.bench.deps = { ...deps, signal: stop.signal, listener: () => stop.abort() };
  await t.throwsAsync(bench.run({ job: undefined }), { message: /^stopped/ });
  const day = 24 * 3_600_000;
  const later = (ms: number): typeof deps => ({ ...deps, clock: { now: () => Date.now() + ms } });
  bench.bench.deps = later(day);
  const report = await bench.run({ job: undefined });
  t.is(report.outcome, 'good');
  t.is(report.job, `${new Date(Date.now()).toISOString().slice(0, 10)} CARD_A`);
  bench.bench.deps = later(2 * day);
  const again = await bench.run({ job: undefined });
  t.is(again.job, `${new Date(Date.now() + 2 * day).toISOString().slice(0, 10)} CARD_A`);
  t.is(again.copied.length, 0);
  t.deepEqual(await readdir(bench.to[0] ?? ''), [report.job], 'a job with nothing new leaves no folder');
});

test('a destination whose drive is away is named, and the card is not safe', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const [one = '', two = ''] = bench.to;
  const report = await bench.run({ destinations: [one], away: [two] });
  t.is(report.outcome, 'incomplete');
  t.deepEqual(
    report.destinations.map(({ outcome, problem }) => [outcome, problem?.code]),
    [
      ['good', undefined],
      ['failed', 'destination-away'],
    ],
  );
  t.false(report.verdict?.safe);
  await t.throwsAsync(bench.run({ destinations: [], away: [two] }), { message: /^destination-away/ });
});
