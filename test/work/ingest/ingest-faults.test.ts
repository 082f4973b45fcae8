/** Cards that fail, are pulled and lie, and destinations that do. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Native } from '../../../src/platform/native.js';
import { layCard, layouts } from '../../support/cards.js';
import { mustRun } from '../../support/commands.js';
import { type IngestBench, ingestBench } from '../../support/ingesting.js';
import { type LyingMount, lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { differences, listTree } from '../../support/trees.js';

type Transfer = Native['transfer'];

/** From now on the bench's transfers go through `around`. */
function intercept(
  { bench }: IngestBench,
  around: (real: Transfer, ...args: Parameters<Transfer>) => ReturnType<Transfer>,
): void {
  const { native } = bench.deps;
  bench.deps = {
    ...bench.deps,
    native: { ...native, transfer: (...args) => around((...each) => native.transfer(...each), ...args) },
  };
}

async function lyingCard(
  t: ExecutionContext,
): Promise<{ bench: IngestBench; mount: LyingMount; card: string }> {
  const bench = await ingestBench(t, {});
  const mount = await lyingMount(t);
  const card = path.join(mount.path, 'CARD');
  await layCard(path.join(mount.backing, 'CARD'), layouts.canon);
  return { bench, mount, card };
}

testWith(lyingNeeds, 'a folder that cannot be listed is named, and holds the card', async (t) => {
  const bench = await ingestBench(t, {});
  const mount = await lyingMount(t, { listError: '101CANON' });
  await layCard(path.join(mount.backing, 'Köln 100%'), layouts.canon);
  const card = path.join(mount.path, 'Köln 100%');
  const { copied, incomplete, verdict } = await bench.run({ card });
  t.is(copied.length, 4);
  t.deepEqual(
    incomplete.map(({ code, subject }) => [code, subject]),
    [['card-unreadable', `${card}/DCIM/101CANON`]],
  );
  t.deepEqual(verdict?.reasons[0], { code: 'card-not-listed', files: 0 });
});

testWith(
  lyingNeeds,
  'a card that reads differently the second time is caught, and no copy of it is kept',
  async (t) => {
    const { bench, mount, card } = await lyingCard(t);
    intercept(bench, async (real, items, options) => {
      const results = await real(items, options);
      // Between the first reading and the second.
      if (items.some(({ targets }) => targets.length > 0))
        await mount.lie({ flip: [{ name: 'IMG_9998.JPG', offset: 17 }] });
      return results;
    });
    const report = await bench.run({ card, paranoid: true });
    t.deepEqual(
      report.incomplete.map(({ code }) => code),
      ['card-reads-differ'],
    );
    t.is(report.copied.length, 6);
    t.false(report.verdict?.safe);
    const names = [...(await listTree(bench.to[0] ?? '')).keys()];
    t.false(names.some((name) => name.includes('IMG_9998.JPG') || name.includes('.glassine-')));
  },
);

testWith(lyingNeeds, 'a flipped bit on read-back is found, and the copy is made again', async (t) => {
  const bench = await ingestBench(t, layouts.canon);
  const mount = await lyingMount(t, { flip: [{ name: '.part', offset: 5 }] });
  intercept(bench, async (real, ...args) => {
    const results = await real(...args);
    await mount.lie({});
    return results;
  });
  const report = await bench.run({ destinations: [mount.path] });
  t.is(report.outcome, 'good');
  t.deepEqual(await differences(bench.card, path.join(mount.path, 'Smith/CARD_A')), []);
});

testWith(
  lyingNeeds,
  'a destination that goes on lying drops out, and the other one is complete',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const mount = await lyingMount(t, { flip: [{ name: '.part', offset: 5 }] });
    const [honest = ''] = bench.to;
    const report = await bench.run({ destinations: [mount.path, honest] });
    t.is(report.destinations[0]?.problem?.code, 'destination-lies');
    t.is(report.destinations[1]?.outcome, 'good');
    t.false(report.verdict?.safe);
    t.deepEqual(await differences(bench.card, path.join(honest, 'Smith/CARD_A')), []);
    const left = [...(await listTree(mount.backing)).values()].filter(({ kind }) => kind === 'file');
    t.deepEqual(left, []);
  },
);

testWith(
  volumeNeeds.ext4,
  'a destination that is read-only, and one that is yanked, do not hold up the other',
  async (t) => {
    const bench = await ingestBench(t, layouts.canon);
    const [honest = ''] = bench.to;
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
    await drive.remountReadOnly();
    const first = await bench.run({ destinations: [drive.path, honest] });
    t.is(first.destinations.find(({ name }) => name === drive.path)?.problem?.code, 'target-unwritable');
    t.is(first.destinations.find(({ name }) => name === honest)?.outcome, 'good');
    await drive.remountWritable();
    intercept(bench, async (real, ...args) => {
      await drive.shutdown();
      return real(...args);
    });
    const other = path.join(bench.bench.folder, 'three');
    await mkdir(other);
    const second = await bench.run({ destinations: [drive.path, other] });
    t.is(second.destinations[0]?.problem?.code, 'target-unwritable');
    t.is(second.destinations[1]?.outcome, 'good');
    t.deepEqual(await differences(bench.card, path.join(other, 'Smith/CARD_A')), []);
  },
);

testWith(
  volumeNeeds.ext4,
  'a card that is pulled five times comes over whole, and nothing twice',
  async (t) => {
    const card = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
    const many = Object.fromEntries(
      Array.from({ length: 1400 }, (_, at) => [
        `DCIM/100CANON/IMG_${String(at + 1).padStart(4, '0')}.JPG`,
        900 + at,
      ]),
    );
    await layCard(card.path, many);
    const bench = await ingestBench(t, {});
    const honest = bench.bench.deps;
    const asked = { card: card.path, anyFolder: true };
    let copied = 0;
    for (let pull = 0; pull < 5; pull++) {
      await card.unmount();
      await card.mount();
      let batches = 0;
      intercept(bench, async (real, items, options) => {
        if (items.some(({ targets }) => targets.length > 0) && ++batches === 2) await card.shutdown();
        return real(items, options);
      });
      const report = await bench.run(asked);
      bench.bench.deps = honest;
      t.is(report.outcome, 'incomplete', String(pull));
      t.true(report.incomplete.some(({ code }) => code === 'card-gone'));
      t.false(report.verdict?.safe);
      copied += report.copied.length;
    }
    await card.unmount();
    await card.mount();
    const last = await bench.run(asked);
    t.is(last.outcome, 'good');
    t.is(copied + last.copied.length, 1400);
    const found = await differences(
      card.path,
      path.join(bench.to[0] ?? '', 'Smith', path.basename(card.path)),
    );
    t.deepEqual(
      found.filter((line) => !line.includes('lost+found')),
      [],
    );
  },
);

for (const readTwice of [false, true]) {
  testWith(
    volumeNeeds.ext4,
    `a card that is pulled and leaves a bare folder is gone, its files are not unreadable${readTwice ? ' (paranoid)' : ''}`,
    async (t) => {
      const card = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20 });
      await layCard(card.path, layouts.canon);
      const bench = await ingestBench(t, {});
      intercept(bench, async (real, items, options) => {
        const before = await real(items.slice(0, 3), options);
        await card.unmount();
        return [...before, ...(await real(items.slice(3), options))];
      });
      const report = await bench.run({ card: card.path, anyFolder: true, paranoid: readTwice });
      t.deepEqual(
        report.incomplete.map(({ code }) => code),
        ['card-gone'],
      );
      const reasons = report.verdict?.reasons.map(({ code }) => code) ?? [];
      t.true(reasons.includes('files-not-copied'));
      t.false(reasons.includes('files-unreadable'));
      t.is(report.copied.length, readTwice ? 0 : 3);
    },
  );
}

testWith(
  volumeNeeds.ext4,
  'a card that is pulled while it is read a second time is gone, and has not read differently',
  async (t) => {
    const card = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20 });
    await layCard(card.path, layouts.canon);
    const bench = await ingestBench(t, {});
    intercept(bench, async (real, items, options) => {
      const isSecond = items.every(({ targets }) => targets.length === 0);
      if (isSecond && card.mounted) await card.unmount();
      return await real(items, options);
    });
    const report = await bench.run({ card: card.path, anyFolder: true, paranoid: true });
    t.deepEqual(
      report.incomplete.map(({ code }) => code),
      ['card-gone'],
    );
    t.is(report.copied.length, 0);
    t.false(report.verdict?.safe);
  },
);

// On ext4, where the kernel itself minds times of access: the server for exFAT does not know of O_NOATIME.
testWith(volumeNeeds.ext4, 'a card is left as it was, bit by bit', async (t) => {
  const card = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20 });
  await mustRun('mount', ['-o', 'remount,strictatime,noinit_itable', card.path]);
  const bench = await ingestBench(t, layouts.canon);
  await cp(bench.card, card.path, { recursive: true });
  const digest = async (): Promise<string> => {
    await mustRun('sync', []);
    return createHash('sha256')
      .update(await readFile(card.image))
      .digest('hex');
  };
  await digest();
  const before = await digest();
  const report = await bench.run({ card: card.path, anyFolder: true, paranoid: true });
  t.is(report.copied.length, 7);
  t.is(await digest(), before);
  // The check sees what it is there to see.
  await readdir(path.join(card.path, 'DCIM'));
  t.not(await digest(), before);
});

test('ten thousand files in one folder are copied', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [
      `DCIM/100CANON/F${String(at).padStart(7, '0')}.JPG`,
      1 + (at % 7),
    ]),
  );
  const bench = await ingestBench(t, many);
  const report = await bench.run({ destinations: [bench.to[0] ?? ''] });
  t.is(report.copied.length, 10_000);
  t.is((await bench.run({ destinations: [bench.to[0] ?? ''] })).skipped.length, 10_000);
});
