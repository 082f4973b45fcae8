/** Pictures with a bad place in them: what can be had is saved apart, and nobody takes it for a copy. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Problem, problem } from '../../../src/base/errors.js';
import { openDestinations } from '../../../src/work/ingest/destination.js';
import { salvageUnread } from '../../../src/work/ingest/salvage.js';
import { verifyReceipts } from '../../../src/work/receipts/verify-receipts.js';
import { layCard, layouts, type Layout } from '../../support/cards.js';
import { mustRun } from '../../support/commands.js';
import { type IngestBench, ingestBench } from '../../support/ingesting.js';
import { type LyingMount, lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';
import { startReferenceTool } from '../../support/reference-tool.js';
import { differences, listTree } from '../../support/trees.js';

const bad = 'DCIM/100CANON/IMG_9999.CR3';
const savedAs = 'Damaged (not copies)/CARD/DCIM/100CANON/IMG_9999.CR3.partial';
const sector = 512;
/** 700,000 lies in it. */
const hole = { from: 699_904, to: 700_416 };

interface Lying {
  readonly bench: IngestBench;
  readonly mount: LyingMount;
  readonly card: string;
}

async function lyingCard(t: ExecutionContext, layout: Layout = layouts.canon): Promise<Lying> {
  const bench = await ingestBench(t, {});
  const mount = await lyingMount(t);
  await layCard(path.join(mount.backing, 'CARD'), layout);
  return { bench, mount, card: path.join(mount.path, 'CARD') };
}

async function filesIn(folder: string | undefined): Promise<string[]> {
  const found = [...(await listTree(folder ?? ''))];
  return found.flatMap(([name, { kind }]) => (kind === 'file' ? [name] : []));
}

testWith(lyingNeeds, 'of a card that has gone, and when it is to stop, nothing is saved', async (t) => {
  const { bench, mount, card } = await lyingCard(t);
  const { deps } = bench.bench;
  const where = { job: 'Smith', cardRoot: card, vaultFolders: [], away: [] };
  const { destinations } = await openDestinations(deps, bench.to, where);
  const file = { path: bad, bytes: 1_500_000, modifiedUs: 0 };
  const wanted = [{ file, to: `CARD/${bad}`, destinations, b3: undefined, had: [] }];
  const incomplete: Problem[] = [problem('card-unreadable', `${card}/${bad}`, { detail: 'EIO' }).problem];
  const order = {
    cardRoot: card,
    cardDevice: undefined,
    cardName: 'CARD',
    incomplete,
    salvaged: () => t.fail(),
  };
  const stopped = { ...deps, signal: AbortSignal.abort() };
  await t.throwsAsync(salvageUnread(stopped, order, wanted), { message: /^stopped/ });
  await mount.kill();
  await t.throwsAsync(salvageUnread(deps, order, wanted), { message: /^card-gone/ });
  for (const folder of bench.to) t.deepEqual(await filesIn(folder), []);
});

testWith(lyingNeeds, 'of a file that gives nothing nothing is saved, and trying has an end', async (t) => {
  const { bench, mount, card } = await lyingCard(t, { ...layouts.repeated, [bad]: 150_000 });
  const everywhere = Array.from({ length: 300 }, (_, at) => ({ name: 'IMG_9999.CR3', offset: at * sector }));
  await mount.lie({ readError: everywhere, log: true });
  const { incomplete, salvaged, copied } = await bench.run({ card });
  t.is(copied.length, 3);
  t.deepEqual(salvaged, []);
  t.deepEqual(
    incomplete.map(({ code, facts }) => [code, facts]),
    [['card-unreadable', { gaveUpAfter: 64 }]],
  );
  const reads = (await mount.calls()).filter(([call, name]) => call === 'read' && name.endsWith('9999.CR3'));
  t.true(reads.length < 80, String(reads.length));
  t.deepEqual(
    (await readdir(path.join(bench.to[0] ?? '', 'Smith'))).filter((name) => name.startsWith('Damaged')),
    [],
  );
});

testWith(
  [...lyingNeeds, 'b3sum'],
  'a bad sector costs its picture alone: named, held, and saved apart with zeros for the sector',
  async (t) => {
    const { bench, mount, card } = await lyingCard(t);
    await mount.lie({ readError: [{ name: 'IMG_9999.CR3', offset: 700_000 }] });
    const report = await bench.run({ card });
    t.is(report.outcome, 'incomplete');
    t.is(report.copied.length, 6);
    t.true(report.verdict?.reasons.some(({ code, files }) => code === 'files-unreadable' && files === 1));
    t.deepEqual(
      report.incomplete.map(({ code, subject, facts }) => [code, subject, facts]),
      [
        [
          'card-unreadable',
          `${card}/${bad}`,
          {
            ...{ savedAs: path.join(bench.to[0] ?? '', 'Smith', savedAs), bytes: 1_500_000 },
            ...{ missingBytes: sector, missing: '699904 to 700415' },
          },
        ],
      ],
    );
    const [salvaged] = report.salvaged;
    t.deepEqual([salvaged?.path, salvaged?.bytes, salvaged?.missing], [bad, 1_500_000, [hole]]);
    const expected = await readFile(path.join(mount.backing, 'CARD', bad));
    expected.fill(0, hole.from, hole.to);
    for (const folder of bench.to) {
      const job = path.join(folder, 'Smith');
      t.deepEqual(await readFile(path.join(job, savedAs)), expected);
      const others = (await filesIn(job)).filter((name) => name.includes('IMG_9999.CR3'));
      t.deepEqual(others, [savedAs]);
      t.false((await readFile(path.join(job, 'BLAKE3SUMS'), 'utf8')).includes('IMG_9999.CR3'));
      await mustRun('b3sum', ['--check', 'BLAKE3SUMS'], { cwd: job });
      const page = await readFile(path.join(job, 'Glassine receipt 0001.html'), 'utf8');
      t.true(page.includes('IMG_9999.CR3.partial: 512 bytes of 1.5 MB are zeros'));
      const checked = await verifyReceipts(bench.bench.deps, job);
      t.is(checked.outcome, 'good');
      t.deepEqual(checked.ignored, [savedAs]);
      t.is(checked.checked, 6);
    }
  },
);

testWith(lyingNeeds, 'the same damage is saved once, and the picture is copied when it can be', async (t) => {
  const { bench, mount, card } = await lyingCard(t);
  const job = path.join(bench.to[0] ?? '', 'Smith');
  const partials = async (): Promise<string[]> =>
    (await filesIn(job)).filter((name) => name.endsWith('.partial')).sort();
  const damage = { name: 'IMG_9999.CR3', offset: 700_000 };
  await mount.lie({ readError: [damage] });
  await bench.run({ card });
  const again = await bench.run({ card });
  t.deepEqual(again.copied, []);
  t.deepEqual(
    again.salvaged[0]?.places.map(({ to }) => to),
    [savedAs, savedAs],
  );
  t.deepEqual(await partials(), [savedAs]);
  await mount.lie({ readError: [damage, { ...damage, offset: 0 }] });
  const worse = await bench.run({ card });
  t.deepEqual(worse.salvaged[0]?.missing, [{ from: 0, to: sector }, hole]);
  t.deepEqual(await partials(), [savedAs.replace('.partial', ' (2).partial'), savedAs]);
  await mount.lie({});
  const whole = await bench.run({ card });
  t.is(whole.outcome, 'good');
  t.is(whole.copied.length, 1);
  t.deepEqual(await differences(card, path.join(job, 'CARD')), []);
  t.is((await verifyReceipts(bench.bench.deps, job)).outcome, 'good');
});

testWith(lyingNeeds, 'a destination without room for it does not keep it from the other', async (t) => {
  const { bench, mount, card } = await lyingCard(t, { ...layouts.repeated, [bad]: 1_500_000 });
  const [honest = ''] = bench.to;
  // Room for the pictures and their receipt, but not for this.
  const full = await lyingMount(t, { fullAfterBytes: 1_200_000 });
  await mount.lie({ readError: [{ name: 'IMG_9999.CR3', offset: 700_000 }] });
  const report = await bench.run({ card, destinations: [full.path, honest] });
  t.is(report.destinations[0]?.problem?.code, 'destination-full');
  t.is(report.destinations[1]?.outcome, 'good');
  t.deepEqual(
    report.salvaged[0]?.places.map(({ destination }) => destination.name),
    [honest],
  );
  const left = (await filesIn(full.backing)).filter((name) => /partial|glassine-/.test(name));
  t.deepEqual(left, []);
});

testWith(
  [...lyingNeeds, 'asc-mhl-reference', 'python3'],
  'the reference tool finds the receipt good beside what was saved in part, also where nothing else came',
  async (t) => {
    const tool = await startReferenceTool(t);
    const { bench, mount, card } = await lyingCard(t, { ...layouts.repeated, [bad]: 1_500_000 });
    const job = path.join(bench.to[0] ?? '', 'Smith');
    await mount.lie({ readError: [{ name: 'IMG_9999.CR3', offset: 700_000 }] });
    for (const copied of [3, 0]) {
      const report = await bench.run({ card });
      t.deepEqual([report.copied.length, report.salvaged.length], [copied, 1]);
      t.truthy(report.destinations[0]?.receipt);
      const { status, stdout, stderr } = await tool.verify(job);
      t.is(status, 0, stdout + stderr);
    }
    await writeFile(path.join(job, 'CARD/extra'), 'x');
    t.is((await tool.verify(job)).status, 21);
  },
);
