/** A card that is let go of early: never before everything is proven, and nothing is safe before all is done. */
import { cp, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { News } from '../../../src/base/events.js';
import type { TransferItem } from '../../../src/platform/native.js';
import { cardsNow } from '../../../src/work/ingest/cards-now.js';
import type { IngestReport } from '../../../src/work/ingest/ingest.js';
import { layCard, layouts } from '../../support/cards.js';
import { type IngestBench, ingestBench } from '../../support/ingesting.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { loopImage, type TestVolume, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, seededBytes } from '../../support/trees.js';

const drive = (t: ExecutionContext, sizeBytes = 64 << 20): Promise<TestVolume> =>
  loopImage(t, { fs: 'ext4', sizeBytes });

const jobIn = (folder: string, card = 'CARD_A'): string => path.join(folder, 'Smith', card);

class Release {
  readonly news: Extract<News, { kind: 'released' }>[] = [];
  /** Every file that was read to be written somewhere. */
  readonly items: TransferItem[] = [];

  private constructor(readonly bench: IngestBench) {}

  /** `afterwards` is done before the first file is fed. */
  static of(bench: IngestBench, afterwards: () => Promise<void> = async () => undefined): Release {
    const release = new Release(bench);
    const { deps } = bench.bench;
    const { native } = deps;
    let isDone = false;
    bench.bench.deps = {
      ...deps,
      listener: (news) => {
        if (news.kind === 'released') release.news.push(news);
      },
      native: {
        ...native,
        transfer: async (items, options) => {
          if (release.news.length > 0 && !isDone) {
            isDone = true;
            await afterwards();
          }
          release.items.push(...items.filter(({ targets }) => targets.length > 0));
          return native.transfer(items, options);
        },
      },
    };
    return release;
  }

  run(destinations: readonly string[], card = this.bench.card): Promise<IngestReport> {
    return this.bench.run({ destinations, card, releaseEarly: true });
  }
}

testWith(
  lyingNeeds,
  'a card that cannot give a file is not let go of, and the rest comes to all',
  async (t) => {
    const bench = await ingestBench(t, {});
    const mount = await lyingMount(t, { readError: [{ name: 'IMG_9999.CR3', offset: 700_000 }] });
    await layCard(path.join(mount.backing, 'CARD'), layouts.canon);
    const card = path.join(mount.path, 'CARD');
    const release = Release.of(bench);
    const report = await release.run(bench.to, card);
    t.deepEqual([release.news, report.releasedAt], [[], undefined]);
    t.deepEqual(
      report.incomplete.map(({ code }) => code),
      ['card-unreadable'],
    );
    t.deepEqual(
      report.destinations.map(({ outcome, copied }) => [outcome, copied]),
      [
        ['good', 6],
        ['good', 6],
      ],
    );
    t.is(report.salvaged[0]?.places.length, 2);
    const asked = release.items.filter(({ source }) => source.toString().endsWith('IMG_9999.CR3'));
    t.is(asked.length, 1);
  },
);

testWith(volumeNeeds.ext4, 'a file that comes to the card meanwhile keeps it', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const [a, b] = [await drive(t), await drive(t)];
  const { deps } = bench.bench;
  const late = path.join(bench.card, 'DCIM/101CANON/IMG_0009.CR3');
  bench.bench.deps = {
    ...deps,
    native: {
      ...deps.native,
      transfer: async (...args) => {
        await writeFile(late, 'new');
        return deps.native.transfer(...args);
      },
    },
  };
  const release = Release.of(bench);
  const report = await release.run([a.path, b.path]);
  t.deepEqual([release.news, report.releasedAt], [[], undefined]);
  t.deepEqual(
    report.verdict?.reasons.map(({ code }) => code),
    ['files-appeared'],
  );
  t.is(report.destinations[1]?.copied, 7);
});

test('copies that nobody could read past the cache do not let a card go', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const { native } = bench.bench.deps;
  const transfer: typeof native.transfer = async (...args) =>
    (await native.transfer(...args)).map((result) => ({
      ...result,
      targets: result.targets.map((target) => ({ ...target, cacheBypassed: false })),
    }));
  bench.bench.deps = { ...bench.bench.deps, native: { ...native, transfer } };
  const release = Release.of(bench);
  const report = await release.run(bench.to);
  t.deepEqual(release.news, []);
  t.is(report.outcome, 'good');
  for (const folder of bench.to) t.deepEqual(await differences(bench.card, jobIn(folder)), []);
});

testWith(
  volumeNeeds.ext4,
  'where the first destination cannot hold it all, the others get it off the card',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const [small, large] = [await drive(t, 16 << 20), await drive(t)];
    await writeFile(path.join(small.path, 'blocker'), seededBytes(1, 10 << 20));
    const release = Release.of(bench);
    const report = await release.run([small.path, large.path]);
    t.deepEqual(release.news, []);
    t.is(report.destinations[0]?.problem?.code, 'destination-full');
    t.is(report.destinations[1]?.outcome, 'good');
    t.false(report.verdict?.safe);
    t.deepEqual(await differences(bench.card, jobIn(large.path)), []);
  },
);

testWith(
  volumeNeeds.ext4,
  'a copy that reads differently is fed to nobody, is no copy any more, and holds the card',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const [a, b] = [await drive(t), await drive(t)];
    const name = 'DCIM/100CANON/IMG_9999.CR3';
    const release = Release.of(bench, async () => {
      const file = await open(path.join(jobIn(a.path), name), 'r+');
      await file.write(Buffer.from('!'), 0, 1, 1234);
      await file.close();
    });
    const report = await release.run([a.path, b.path]);
    t.is(release.news.length, 1);
    t.deepEqual(
      report.incomplete.map(({ code, subject }) => [code, subject]),
      [['copy-mismatch', path.join(jobIn(a.path), name)]],
    );
    for (const each of report.destinations) {
      t.is(each.problem?.code, 'destination-unreadable');
      t.is(each.problem?.subject, a.path);
    }
    t.deepEqual(report.verdict?.reasons, [{ code: 'copies-too-few', files: 1, example: name }]);
    t.deepEqual(await differences(bench.card, jobIn(b.path)), [`only in ${bench.card}: "${name}"`]);
    // What is wrong stays where it is; the name is not given to another.
    const again = await release.run([a.path, b.path]);
    t.is(again.outcome, 'good');
    t.true(again.verdict?.safe);
    t.deepEqual(
      again.copied.map(({ places }) => places.map(({ to }) => path.basename(to))),
      [['IMG_9999 (2).CR3', 'IMG_9999 (2).CR3']],
    );
  },
);

testWith(
  volumeNeeds.ext4,
  'a first destination that is yanked after the release makes nothing safe, and the next ingest goes on',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const [a, b] = [await drive(t), await drive(t)];
    const release = Release.of(bench, () => a.shutdown());
    const report = await release.run([a.path, b.path]);
    t.is(release.news.length, 1);
    t.deepEqual(
      report.destinations.map(({ problem }) => problem?.code),
      ['destination-unreadable', 'destination-unreadable'],
    );
    t.false(report.verdict?.safe);
    await a.unmount();
    await a.mount();
    const again = await release.run([a.path, b.path]);
    t.is(again.outcome, 'good');
    t.true(again.verdict?.safe);
    for (const { path: folder } of [a, b]) t.deepEqual(await differences(bench.card, jobIn(folder)), []);
  },
);

testWith(
  volumeNeeds.ext4,
  'cut short after the release, nothing is safe, and the next ingest feeds the others from the first',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const { deps } = bench.bench;
    const destinations = [(await drive(t)).path, (await drive(t)).path];
    const stop = new AbortController();
    const listener: typeof deps.listener = (news) => {
      if (news.kind === 'released') stop.abort();
    };
    bench.bench.deps = { ...deps, listener, signal: stop.signal };
    await t.throwsAsync(bench.run({ destinations, releaseEarly: true }), { message: /^stopped/ });
    bench.bench.deps = deps;
    const [now] = await cardsNow(deps, { policy: 'two-copies', vaults: [] });
    t.deepEqual(
      now?.verdict.reasons.map(({ code }) => code),
      ['card-not-listed', 'copies-too-few'],
    );
    const release = Release.of(bench);
    const report = await release.run(destinations);
    t.is(release.news.length, 1);
    t.deepEqual(
      report.destinations.map(({ copied }) => copied),
      [0, 7],
    );
    t.true(report.verdict?.safe);
    const sources = release.items.map(({ source }) => source.toString());
    t.true(sources.every((source) => source.startsWith(destinations[0] ?? '-')));
  },
);

testWith(
  volumeNeeds.ext4,
  'a card that is taken out when it is let go of is safe when all is done, and was read once',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const [a, b, c] = [await drive(t), await drive(t), await drive(t)];
    const kept = path.join(bench.bench.folder, 'kept');
    await cp(bench.card, kept, { recursive: true, preserveTimestamps: true });
    const release = Release.of(bench, () => rm(bench.card, { recursive: true }));
    const report = await release.run([a.path, b.path, c.path]);
    t.deepEqual(release.news, [{ kind: 'released', card: 'CARD_A', from: a.path }]);
    t.truthy(report.releasedAt);
    t.is(report.outcome, 'good');
    t.deepEqual(report.verdict, { safe: true, reasons: [], files: 7, devices: 3 });
    t.is(report.copied.length, 7);
    for (const { places } of report.copied) {
      t.is(places.length, 3);
      t.true(places.every(({ evidence }) => evidence === 'proven'));
    }
    for (const { path: folder } of [a, b, c]) t.deepEqual(await differences(kept, jobIn(folder)), []);
    const offCard = release.items.filter(({ source }) => source.toString().startsWith(bench.card));
    t.deepEqual(
      offCard.map(({ targets }) => targets.length),
      Array.from({ length: 7 }, () => 1),
    );
    t.is(release.items.length, 14);
    t.true(report.destinations.every(({ receipt }) => receipt !== undefined));
  },
);
