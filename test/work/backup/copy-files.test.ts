/** Two batches at once: what becomes of the one that is copied when the one before it cannot be kept. */
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { problem } from '../../../src/base/errors.js';
import type { Step, TransferItem, TransferOptions, TransferResult } from '../../../src/platform/native.js';
import { type Drive, type Workbench, workbench } from '../../support/workbench.js';

/** So slow that nobody waits for the end of it. */
const crawling = { bytesPerSecond: 1 };

/** As many empty files as one batch takes, and a large one for the next. */
async function plantTwoBatches(bench: Workbench): Promise<void> {
  for (let n = 0; n < 512; n++) await writeFile(path.join(bench.root, `IMG_${n}.jpg`), '');
  await mkdir(path.join(bench.root, 'later'));
  await writeFile(path.join(bench.root, 'later/large'), Buffer.alloc(2 << 20, 1));
}

interface TwoBatches {
  readonly bench: Workbench;
  readonly drives: readonly Drive[];
  /** Copies of the large file that are under way. */
  running: number;
}

/**
 * A bench where `meanwhile` is called when the first batch lies in `Incoming/` whole and the second is being
 * read; then the first is judged and told to the ledgers.
 */
async function twoBatches(
  t: ExecutionContext,
  about: { drives: readonly string[]; speed?: TransferOptions },
  meanwhile: (batches: TwoBatches) => Promise<void> | void,
): Promise<TwoBatches> {
  const bench = await workbench(t);
  const drives: Drive[] = [];
  for (const name of about.drives) drives.push(await bench.addDrive(name));
  await plantTwoBatches(bench);
  const batches: TwoBatches = { bench, drives, running: 0 };
  const { native } = bench.deps;
  let tellReading = (): void => undefined;
  const reading = new Promise<void>((resolve) => {
    tellReading = resolve;
  });
  const copyFirst = async (items: readonly TransferItem[], options?: TransferOptions) => {
    const results = await native.transfer(items, options);
    await reading;
    await meanwhile(batches);
    return results;
  };
  const copySecond = async (items: readonly TransferItem[], options?: TransferOptions) => {
    batches.running += 1;
    try {
      return await native.transfer(items, {
        ...options,
        ...(about.speed ?? crawling),
        onProgress(bytes, files) {
          tellReading();
          options?.onProgress?.(bytes, files);
        },
      });
    } finally {
      batches.running -= 1;
    }
  };
  const transfer = (items: readonly TransferItem[], options?: TransferOptions): Promise<TransferResult[]> => {
    if (items.length === 512) return copyFirst(items, options);
    return items.length === 1 ? copySecond(items, options) : native.transfer(items, options);
  };
  bench.deps = { ...bench.deps, native: { ...native, transfer } };
  return batches;
}

test('a fault of ours ends the pass, and the copying that was under way', async (t) => {
  const batches = await twoBatches(t, { drives: ['D'] }, ({ bench }) => {
    t.is(batches.running, 1);
    bench.deps.catalog.apply = () => {
      throw new Error('a mistake');
    };
  });
  await t.throwsAsync(batches.bench.backup(), { message: 'a mistake' });
  t.is(batches.running, 0);
});

test('what is wrong with the history is thrown, and no vault is said to have failed', async (t) => {
  for (const code of ['catalog-damaged', 'catalog-busy', 'home-unwritable'] as const) {
    const batches = await twoBatches(t, { drives: ['D'] }, ({ bench }) => {
      bench.deps.catalog.apply = () => {
        throw problem(code, 'the history');
      };
    });
    await t.throwsAsync(batches.bench.backup(), { code });
    t.is(batches.running, 0);
  }
});

test('copying for a vault that has dropped out is not waited for', async (t) => {
  const batches = await twoBatches(t, { drives: ['D1', 'D2'] }, async ({ drives }) => {
    for (const drive of drives) await drive.unplug();
    t.is(batches.running, 1);
  });
  const report = await batches.bench.backup();
  t.is(batches.running, 0);
  t.deepEqual(
    report.vaults.map((vault) => vault.problem?.code),
    ['vault-away', 'vault-away'],
  );
});

test('what a ledger names waits for its name where the drive had no room for that, and is not removed', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await writeFile(path.join(bench.root, 'IMG_1.jpg'), 'a picture');
  const { deps } = bench;
  const full = { name: 'Error', code: 'ENOSPC', syscall: 'rename', path: 'x', message: 'ENOSPC' };
  const arrange = async (steps: readonly Step[]) => {
    await deps.native.arrange(steps.filter((step) => step.do !== 'rename'));
    return steps.map((step) => (step.do === 'rename' ? full : null));
  };
  bench.deps = { ...deps, native: { ...deps.native, arrange } };
  const first = (await bench.backup()).vaults[0];
  t.is(first?.problem?.code, 'vault-full');
  t.like(first, { outcome: 'incomplete', kept: 1 });
  bench.deps = deps;
  t.like((await bench.backup()).vaults[0], { outcome: 'good' });
  t.is(await readFile(path.join(drive.pictures, 'IMG_1.jpg'), 'utf8'), 'a picture');
});

test('a fault is heard while a large batch is copied and another one waits for that', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await plantTwoBatches(bench);
  await truncate(path.join(bench.root, 'later/large'), 300 << 20);
  await writeFile(path.join(bench.root, 'later/last'), 'the third batch');
  const { native, catalog } = bench.deps;
  let running = 0;
  const transfer = async (items: readonly TransferItem[], options?: TransferOptions) => {
    if (items.length !== 1) return await native.transfer(items, options);
    catalog.apply = () => {
      throw new Error('a mistake');
    };
    running += 1;
    try {
      return await native.transfer(items, { ...options, ...crawling });
    } finally {
      running -= 1;
    }
  };
  bench.deps = { ...bench.deps, native: { ...native, transfer } };
  await t.throwsAsync(bench.backup(), { message: 'a mistake' });
  t.is(running, 0);
});

test('with a limit of its speed a pass copies one batch after the other', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await plantTwoBatches(bench);
  t.is(await mostAtOnce(bench, { bytesPerSecond: 1 << 30 }), 1);
});

test('batches of large files are copied one after the other', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  for (const name of ['a', 'b', 'c', 'd']) {
    await writeFile(path.join(bench.root, name), '');
    await truncate(path.join(bench.root, name), 130 << 20);
  }
  t.is(await mostAtOnce(bench), 1);
});

test('copying goes on for the vault that is left', async (t) => {
  const { bench, drives } = await twoBatches(t, { drives: ['D1', 'D2'], speed: {} }, () =>
    drives[0]?.unplug(),
  );
  const report = await bench.backup();
  t.is(report.vaults[0]?.problem?.code, 'vault-away');
  t.like(report.vaults[1], { outcome: 'good', kept: 513 });
});

/** Backs up, and tells how many batches were copied at the same time at most. */
async function mostAtOnce(bench: Workbench, options?: { bytesPerSecond: number }): Promise<number> {
  const { native } = bench.deps;
  let [batches, running, most] = [0, 0, 0];
  const transfer = async (items: readonly TransferItem[], how?: TransferOptions) => {
    if (items.length > 0) batches += 1;
    running += 1;
    most = Math.max(most, running);
    try {
      return await native.transfer(items, how);
    } finally {
      running -= 1;
    }
  };
  bench.deps = { ...bench.deps, native: { ...native, transfer } };
  bench.t.is((await bench.backup(options)).outcome, 'good');
  bench.t.is(batches, 2);
  return most;
}
