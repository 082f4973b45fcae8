/**
 * Transfers that are stopped: by a signal, by the end of the process or of a worker. Nothing half-written
 * stays.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../src/platform/native.js';
import { run } from '../support/commands.js';
import { type LyingMount, lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { plant, seededBytes, temporaryFolder } from '../support/trees.js';

const addonModule = JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href);

/** A small file and one that a slow drive needs ten seconds for, both to that drive and to a fast folder. */
async function longTransfer(
  t: ExecutionContext,
): Promise<{ slow: LyingMount; items: { source: string; targets: string[] }[]; fast: string }> {
  const from = await temporaryFolder(t);
  const fast = await temporaryFolder(t);
  const slow = await lyingMount(t, { slowMs: 100, log: true });
  await writeFile(path.join(from, 'small'), 'x');
  await writeFile(path.join(from, 'large'), seededBytes(1, 12 << 20));
  const items = ['small', 'large'].map((name) => ({
    source: path.join(from, name),
    targets: [path.join(fast, name), path.join(slow.path, name)],
  }));
  return { slow, items, fast };
}

async function writesOf(slow: LyingMount): Promise<number> {
  return (await slow.calls()).filter(([call, name]) => call === 'write' && name === '/large').length;
}

async function largeBegins(slow: LyingMount): Promise<void> {
  while ((await writesOf(slow)) === 0) await delay(5);
}

async function nothingIsLeft(t: ExecutionContext, fast: string, slow: LyingMount): Promise<void> {
  t.deepEqual(await readdir(fast), []);
  t.deepEqual(await readdir(slow.backing), []);
}

testWith(
  lyingNeeds,
  'an aborted transfer stops at once and leaves nothing, not even of finished items',
  async (t) => {
    const { slow, items, fast } = await longTransfer(t);
    const controller = new AbortController();
    const transfer = native.transfer(items, { signal: controller.signal });
    await largeBegins(slow);
    t.deepEqual((await readdir(fast)).sort(), ['large', 'small']);
    const before = await writesOf(slow);
    controller.abort(new Error('enough'));
    const error = await t.throwsAsync(transfer, { code: 'ABORT_ERR', name: 'AbortError' });
    t.is((error.cause as Error).message, 'enough');
    await nothingIsLeft(t, fast, slow);
    // One block of 1 MiB is eight writes here; the one under way is finished, no other begun.
    t.true((await writesOf(slow)) - before <= 16);
  },
);

test('a transfer that may only crawl is stopped while it waits for its turn', async (t) => {
  const folder = await temporaryFolder(t);
  const controller = new AbortController();
  const source = await plant(folder, 'a', { bytes: seededBytes(1, 3 << 20) });
  const transfer = native.transfer([{ source, targets: [path.join(folder, 'b')] }], {
    bytesPerSecond: 1,
    signal: controller.signal,
    // Without the limit everything is there by now.
    onProgress: () => {
      controller.abort();
    },
  });
  await t.throwsAsync(transfer, { code: 'ABORT_ERR' });
  t.deepEqual(await readdir(folder), ['a']);
});

test('files that are read side by side share one limit', async (t) => {
  const folder = await temporaryFolder(t);
  const items = [];
  for (let at = 0; at < 16; at++) {
    const source = await plant(folder, `${at}`, { bytes: seededBytes(at, 50_000) });
    items.push({ source, targets: [path.join(folder, `copy of ${at}`)] });
  }
  const begun = performance.now();
  await native.transfer(items, { bytesPerSecond: 1_000_000 });
  t.true(performance.now() - begun >= 800);
});

test('a transfer that is aborted before it begins creates nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const source = await plant(folder, 'a', { bytes: 'x' });
  const transfer = native.transfer([{ source, targets: [path.join(folder, 'b')] }], {
    signal: AbortSignal.abort(),
  });
  await t.throwsAsync(transfer, { code: 'ABORT_ERR' });
  t.deepEqual(await readdir(folder), ['a']);
});

test('aborting after the end changes nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const controller = new AbortController();
  const source = await plant(folder, 'a', { bytes: 'x' });
  const { signal } = controller;
  const [result] = await native.transfer([{ source, targets: [path.join(folder, 'b')] }], { signal });
  controller.abort();
  t.true(result?.targets[0]?.matches);
  t.deepEqual((await readdir(folder)).sort(), ['a', 'b']);
});

testWith(lyingNeeds, 'progress is told as it is made, and in the end of everything', async (t) => {
  const { slow, items } = await longTransfer(t);
  await slow.lie({ slowMs: 5 });
  const told: [bytes: number, items: number][] = [];
  await native.transfer(items, { onProgress: (bytes, done) => told.push([bytes, done]) });
  t.deepEqual(told.at(-1), [(12 << 20) + 1, 2]);
  t.true(told.length > 2);
  t.deepEqual(
    told,
    told.toSorted(([a], [b]) => a - b),
  );
});

testWith(lyingNeeds, 'what a listener throws ends the transfer and reaches whoever began it', async (t) => {
  const { slow, items, fast } = await longTransfer(t);
  const onProgress = (): void => {
    throw new RangeError('no more');
  };
  await t.throwsAsync(native.transfer(items, { onProgress }), { instanceOf: RangeError, message: 'no more' });
  await nothingIsLeft(t, fast, slow);
});

testWith(lyingNeeds, 'a process that exits in the middle ends at once and leaves nothing', async (t) => {
  const { slow, items, fast } = await longTransfer(t);
  const script = `
    import { native } from ${addonModule};
    const items = ${JSON.stringify(items)};
    native.transfer(items, { onProgress: (bytes) => bytes > 1 && process.exit(7) });
  `;
  const { status, signal, stderr } = await run(process.execPath, ['--input-type=module', '-e', script]);
  t.deepEqual([status, signal, stderr], [7, null, '']);
  await nothingIsLeft(t, fast, slow);
  t.true((await writesOf(slow)) < 96, 'the large file was not written to its end');
});

testWith(
  lyingNeeds,
  'a worker that is terminated in the middle leaves nothing, and the process goes on',
  async (t) => {
    const { slow, items, fast } = await longTransfer(t);
    const script = `
    import { workerData } from 'node:worker_threads';
    import { native } from ${addonModule};
    await native.transfer(workerData);
  `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
      workerData: items,
    });
    await largeBegins(slow);
    await worker.terminate();
    await nothingIsLeft(t, fast, slow);
    t.is(native.hash(Buffer.from('still here')).length, 64);
  },
);

test('a process waits for its transfer, and for nothing after it', async (t) => {
  const folder = await temporaryFolder(t);
  const source = path.join(folder, 'a');
  await writeFile(source, seededBytes(1, 3_000_000));
  const script = `
    import { native } from ${addonModule};
    native.transfer([{ source: ${JSON.stringify(source)}, targets: [] }]).then(([{ b3 }]) => console.log(b3));
    for await (const each of native.walk(${JSON.stringify(folder)})) break;
    const watch = await native.watch(${JSON.stringify(folder)}, () => undefined);
    watch.close();
  `;
  const { status, stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  t.deepEqual([status, stdout.trim()], [0, native.hash(seededBytes(1, 3_000_000))]);
});

test('workers may be terminated at any moment of anything', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'copies'));
  for (let at = 0; at < 20; at++) await writeFile(path.join(folder, `${at}`), seededBytes(at, at * 300_000));
  const busy = `
    import { workerData as folder } from 'node:worker_threads';
    import { native } from ${addonModule};
    const items = Array.from({ length: 20 }, (_, at) => ({
      source: folder + '/' + at,
      targets: [folder + '/copies/' + at],
    }));
    const never = () => undefined;
    native.transfer(items, { onProgress: never }).catch(never);
    native.watch(folder, never).catch(never);
    native.volumeOf(folder).catch(never);
    native.flushVolume(folder).catch(never);
    native.arrange([{ do: 'folder', path: folder + '/copies' }]).catch(never);
    native.createHasher().update(Buffer.alloc(100_000)).digest();
    for await (const each of native.walk(folder)) each.entries.length;
  `;
  const script = `
    import { readdirSync, rmSync } from 'node:fs';
    import { setTimeout as delay } from 'node:timers/promises';
    import { Worker } from 'node:worker_threads';
    const folder = ${JSON.stringify(folder)};
    const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(busy)}));
    for (let round = 0; round < 25; round++) {
      const worker = new Worker(url, { workerData: folder });
      // From before the addon is loaded until long after everything was begun.
      await delay(20 + round * 8);
      await worker.terminate();
      const copies = readdirSync(folder + '/copies');
      if (copies.length % 20 !== 0) throw new Error(copies.length + ' copies are left');
      for (const name of copies) rmSync(folder + '/copies/' + name);
    }
    console.log('well');
  `;
  const { status, signal, stdout, stderr } = await run(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  t.deepEqual([status, signal, stdout.trim(), stderr], [0, null, 'well', '']);
});
