/** Batches on their way at the same time: what becomes of one when something happens to another. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Native } from '../../../src/platform/native.js';
import { differences, fillTree } from '../../support/trees.js';
import { meanwhile, type Workbench, workbench } from '../../support/workbench.js';
import { codes, flipBit, giveBack, noParts, throwsCode, toFolder, write } from './restore-kit.js';

/** A fault of ours when files get their times and modes for the second time. */
async function failsInSecondShow(t: ExecutionContext, bench: Workbench): Promise<void> {
  const { deps } = bench;
  let shown = 0;
  const arrange: Native['arrange'] = async (steps) => {
    if (steps[0]?.do === 'attributes' && (shown += 1) === 2) throw new Error('a mistake');
    return await deps.native.arrange(steps);
  };
  bench.deps = { ...deps, native: { ...deps.native, arrange } };
  await t.throwsAsync(giveBack(bench), { message: 'a mistake' });
  t.is(shown, 2);
}

test('a drive that is unplugged is away once, however many batches were to come from it', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('D');
  await fillTree(bench.root, { files: 1_100, seed: 6, largestBytes: 500 });
  await bench.backup();
  bench.deps = {
    ...bench.deps,
    native: meanwhile((transfers) => (transfers === 2 ? drive.unplug() : undefined)),
  };
  const report = await giveBack(bench);
  t.deepEqual(codes(report.away), ['vault-away']);
  t.deepEqual(report.damaged, []);
  t.is(report.restored + report.incomplete.length, 1_100);
  t.true(report.incomplete.length > 0);
  await noParts(t, toFolder(bench));
});

test('a fault of ours ends a restore, and leaves nothing half-written of any batch', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await fillTree(bench.root, { files: 1_100, seed: 7, largestBytes: 500 });
  await bench.backup();
  await failsInSecondShow(t, bench);
  await noParts(t, toFolder(bench));
});

test('a fault of ours in a second attempt leaves nothing half-written either', async (t) => {
  const bench = await workbench(t);
  const first = await bench.addDrive('D1');
  await bench.addDrive('D2');
  await write(bench, 'good.jpg', 'good');
  await write(bench, 'flipped.jpg', 'flipped');
  await bench.backup();
  await flipBit(path.join(first.pictures, 'flipped.jpg'));
  await failsInSecondShow(t, bench);
  t.is(await readFile(toFolder(bench, 'good.jpg'), 'utf8'), 'good');
  await noParts(t, toFolder(bench));
});

test('a folder for which the batch before left no room is made once that gave its room back', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  for (let n = 0; n < 300; n++) await write(bench, `IMG_${n}.jpg`, `picture ${n}`);
  await write(bench, 'later/last.jpg', 'the last');
  await bench.backup();
  const { deps } = bench;
  let refused = 0;
  const full = { name: 'Error', code: 'ENOSPC', syscall: 'mkdir', path: 'x', message: 'ENOSPC' };
  const arrange: Native['arrange'] = async (steps) => {
    const isLast = steps.some((step) => step.do === 'folder' && String(step.path).endsWith('/later'));
    if (isLast && (refused += 1) === 1) return [full];
    return await deps.native.arrange(steps);
  };
  bench.deps = { ...deps, native: { ...deps.native, arrange } };
  const report = await giveBack(bench);
  t.is(refused, 2);
  t.is(report.outcome, 'good');
  t.is(await readFile(toFolder(bench, 'later/last.jpg'), 'utf8'), 'the last');
});

test('a restore that is stopped leaves nothing half-written, and can be done again', async (t) => {
  const bench = await workbench(t);
  await bench.addDrive('D');
  await fillTree(bench.root, { files: 600, seed: 9, largestBytes: 500 });
  await bench.backup();
  const stopping = new AbortController();
  const { deps } = bench;
  const slow = meanwhile((transfers) => (transfers === 2 ? stopping.abort() : undefined));
  bench.deps = { ...deps, native: slow, signal: stopping.signal };
  await throwsCode(t, giveBack(bench), 'stopped');
  await noParts(t, toFolder(bench));
  bench.deps = deps;
  const report = await giveBack(bench, { overwrite: true });
  t.is(report.outcome, 'good');
  t.deepEqual(await differences(bench.root, toFolder(bench)), []);
});
