/** Transfers gone wrong: sources that do not hold still, drives that are full, refuse, or lie. */
import {
  appendFile,
  readdir,
  readFile,
  rename,
  stat,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { native, type TransferResult } from '../../src/platform/native.js';
import { mustRun } from '../support/commands.js';
import { type LyingMount, lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { exfatMount, fatMount, loopImage, type TestVolume, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { plant, seededBytes, temporaryFolder } from '../support/trees.js';

/** Resolves when the drive has logged such a call. */
async function called(mount: LyingMount, call: string, name: string): Promise<void> {
  for (;;) {
    const calls = await mount.calls();
    if (calls.some(([each, file]) => each === call && file.endsWith(name))) return;
    await delay(5);
  }
}

/**
 * Copies a file of 3 MiB to a slow drive, meddles with the source in the middle, and tells what came of it.
 */
async function meddled(
  t: ExecutionContext,
  meddle: (source: string) => Promise<unknown>,
): Promise<{ result: TransferResult | undefined; left: string[] }> {
  const from = await temporaryFolder(t);
  const source = path.join(from, 'a');
  await writeFile(source, seededBytes(1, 3 << 20));
  const slow = await lyingMount(t, { slowMs: 30, log: true });
  const transfer = native.transfer([{ source, targets: [path.join(slow.path, 'a')] }]);
  await called(slow, 'write', 'a');
  await meddle(source);
  const [result] = await transfer;
  return { result, left: await readdir(slow.backing) };
}

const meddlings: Readonly<Record<string, (source: string) => Promise<unknown>>> = {
  grows: (source) => appendFile(source, 'more'),
  shrinks: (source) => truncate(source, 2 << 20),
  'is emptied': (source) => truncate(source, 0),
  vanishes: (source) => unlink(source),
  'is written to': async (source) => {
    const { atime, mtime } = await stat(source);
    await writeFile(source, seededBytes(2, 3 << 20), { flag: 'r+' });
    await utimes(source, atime, mtime);
  },
  'is replaced by another of the same size and time': async (source) => {
    const { atime, mtime } = await stat(source);
    await writeFile(`${source}.new`, seededBytes(2, 3 << 20));
    await utimes(`${source}.new`, atime, mtime);
    await rename(`${source}.new`, source);
  },
};

for (const [what, meddle] of Object.entries(meddlings)) {
  testWith(lyingNeeds, `a source that ${what} while it is read is not kept`, async (t) => {
    const { result, left } = await meddled(t, meddle);
    t.true(result?.changed);
    t.is(result?.error, undefined);
    t.deepEqual(left, []);
  });
}

testWith(lyingNeeds, 'a source that only others look at meanwhile is kept', async (t) => {
  const { result, left } = await meddled(t, (source) => readFile(source));
  t.false(result?.changed);
  t.true(result?.targets[0]?.matches);
  t.deepEqual(left, ['a']);
});

testWith(volumeNeeds.ext4, 'a full drive keeps what fits, and names what does not', async (t) => {
  const from = await temporaryFolder(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  const names = ['first', 'too large', 'small', 'hole'];
  await plant(from, 'first', { bytes: seededBytes(1, 2 << 20) });
  await plant(from, 'too large', { bytes: seededBytes(2, 9 << 20) });
  await plant(from, 'small', { bytes: seededBytes(3, 5000) });
  await plant(from, 'hole', { bytes: '' });
  await truncate(path.join(from, 'hole'), 100 << 20);
  const elsewhere = await temporaryFolder(t);
  const items = names.map((name) => ({
    source: path.join(from, name),
    targets: [path.join(volume.path, name), path.join(elsewhere, name)],
  }));
  const results = await native.transfer(items);
  t.deepEqual(
    results.map(({ targets }) => targets[0]?.error?.code),
    [undefined, 'ENOSPC', undefined, undefined],
  );
  t.true(results.every(({ targets }) => targets[1]?.matches));
  t.deepEqual((await readdir(volume.path)).sort(), ['first', 'hole', 'lost+found', 'small']);
});

testWith(volumeNeeds.ext4, 'a drive that fills up with small files keeps those that fit', async (t) => {
  const from = await temporaryFolder(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  const items = [];
  for (let at = 0; at < 100; at++) {
    const source = await plant(from, `${at}`, { bytes: seededBytes(at, 100_000) });
    items.push({ source, targets: [path.join(volume.path, `${at}`)] });
  }
  const results = await native.transfer(items);
  const kept = results.filter(({ targets }) => targets[0]?.matches);
  const refused = results.filter(({ targets }) => targets[0]?.error?.code === 'ENOSPC');
  t.true(kept.length > 20 && refused.length > 20, `${kept.length} kept, ${refused.length} refused`);
  t.is(kept.length + refused.length, 100);
  t.is((await readdir(volume.path)).length, kept.length + 1, 'and lost+found');
  for (const { b3, targets } of refused) t.deepEqual([b3, targets[0]?.matches], ['', false]);
});

testWith(volumeNeeds.ext4, 'a drive without inodes says ENOSPC for each new file', async (t) => {
  const from = await temporaryFolder(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20, inodes: 32 });
  const source = await plant(from, 'a', { bytes: 'x' });
  const items = Array.from({ length: 40 }, (_, at) => ({
    source,
    targets: [path.join(volume.path, `${at}`)],
  }));
  const codes = (await native.transfer(items)).map(({ targets }) => targets[0]?.error?.code);
  t.true(codes.includes(undefined));
  t.is(codes.at(-1), 'ENOSPC');
});

testWith(volumeNeeds.ext4, 'a read-only drive is no reason to stop the others', async (t) => {
  const from = await temporaryFolder(t);
  const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  await volume.remountReadOnly();
  const source = await plant(from, 'a', { bytes: 'x' });
  const targets = [path.join(volume.path, 'a'), path.join(from, 'b')];
  const [result] = await native.transfer([{ source, targets }]);
  t.deepEqual(
    result?.targets.map(({ error }) => error?.code),
    ['EROFS', undefined],
  );
  t.true(result?.targets[1]?.matches);
});

testWith(
  volumeNeeds.ext4,
  'a drive that is pulled while it is written to is named, the others are done',
  async (t) => {
    const from = await temporaryFolder(t);
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 64 << 20 });
    const items = [];
    for (let at = 0; at < 30; at++) {
      const source = await plant(from, `${at}`, { bytes: seededBytes(at, 1_200_000) });
      items.push({ source, targets: [path.join(volume.path, `${at}`), path.join(from, `${at}.copy`)] });
    }
    const [before, after] = [items.slice(0, 15), items.slice(15)];
    t.true((await native.transfer(before)).every(({ targets }) => targets[0]?.matches));
    await volume.shutdown();
    for (const { targets } of await native.transfer(after)) {
      t.is(targets[0]?.error?.code, 'EIO');
      t.true(targets[1]?.matches);
    }
  },
);

testWith(lyingNeeds, 'a source that cannot be read is named, with nothing left of it', async (t) => {
  const drive = await lyingMount(t, { readError: [{ name: 'bad', offset: 2_000_000 }] });
  const to = await temporaryFolder(t);
  await plant(drive.backing, 'bad', { bytes: seededBytes(1, 3_000_000) });
  await plant(drive.backing, 'good', { bytes: 'x' });
  const items = ['bad', 'good'].map((name) => ({
    source: path.join(drive.path, name),
    targets: [path.join(to, name)],
  }));
  const [bad, good] = await native.transfer(items);
  t.like(bad?.error, { code: 'EIO', syscall: 'read', path: path.join(drive.path, 'bad') });
  t.true(good?.targets[0]?.matches);
  t.deepEqual(await readdir(to), ['good']);
});

for (const sizeBytes of [3000, 3_000_000]) {
  testWith(lyingNeeds, `a drive that turns a bit over is found out, ${sizeBytes} bytes`, async (t) => {
    const drive = await lyingMount(t, { flip: [{ name: 'lie', offset: sizeBytes - 10 }] });
    const from = await temporaryFolder(t);
    const source = await plant(from, 'a', { bytes: seededBytes(1, sizeBytes) });
    const targets = [path.join(drive.path, 'lie'), path.join(drive.path, 'truth')];
    const [result] = await native.transfer([{ source, targets }]);
    t.deepEqual(result?.targets, [
      { matches: false, cacheBypassed: false },
      { matches: true, cacheBypassed: true },
    ]);
    t.deepEqual(await readdir(drive.backing), ['truth']);
  });

  testWith(lyingNeeds, `a drive that cannot write or flush says so, ${sizeBytes} bytes`, async (t) => {
    const from = await temporaryFolder(t);
    const source = await plant(from, 'a', { bytes: seededBytes(1, sizeBytes) });
    const drive = await lyingMount(t);
    for (const [lies, code] of [
      [{ flushError: 'EIO' }, 'EIO'],
      [{ writeError: [{ name: 'a', offset: 100 }] }, 'EIO'],
      [{ fullAfterBytes: 1000 }, 'ENOSPC'],
      [{ fullAfterFiles: 0 }, 'ENOSPC'],
      [{ largestFileBytes: 2000 }, 'EFBIG'],
      [{ readOnly: true }, 'EROFS'],
      [{ readError: [{ name: 'a', offset: 100 }] }, 'EIO'],
    ] as const) {
      await drive.lie(lies);
      const [result] = await native.transfer([{ source, targets: [path.join(drive.path, 'a')] }]);
      t.is(result?.targets[0]?.error?.code, code, JSON.stringify(lies));
      await drive.lie({});
      t.deepEqual(await readdir(drive.backing), []);
    }
  });
}

testWith(lyingNeeds, 'reading stops early when every target has failed', async (t) => {
  const drive = await lyingMount(t, { fullAfterBytes: 0, log: true });
  await plant(drive.backing, 'source', { bytes: seededBytes(1, 20 << 20) });
  const [result] = await native.transfer([
    { source: path.join(drive.path, 'source'), targets: [path.join(drive.path, 'a')] },
  ]);
  t.is(result?.targets[0]?.error?.code, 'ENOSPC');
  t.is(result?.b3, '');
  let read = 0;
  for (const [call, name, , size] of await drive.calls())
    if (call === 'read' && name === '/source') read += Number(size);
  // As far as the reader is ahead, and what the kernel reads ahead of that.
  t.true(read <= 8 << 20, `${read} bytes were read`);
});

testWith(volumeNeeds.exfat, 'copies on exFAT are flushed one by one, and proven', async (t) => {
  const volume = await exfatMount(t, { sizeBytes: 64 << 20 });
  await copiesArrive(t, volume.path);
});

/** Bytes read so far from the device that a volume is on. */
async function deviceReads(volume: TestVolume): Promise<number> {
  const minor = Number((await native.volumeOf(volume.path)).device) & 0xff;
  const stat = (await readFile(`/sys/dev/block/7:${minor}/stat`, 'utf8')).trim().split(/\s+/);
  return Number(stat[2]) * 512;
}

testWith(volumeNeeds.exfat, 'what is called proven on exFAT was read from the device itself', async (t) => {
  const volume = await exfatMount(t, { sizeBytes: 64 << 20 });
  const from = await temporaryFolder(t);
  const items = [];
  for (const size of [200_000, 8_000_000]) {
    const source = await plant(from, `${size}`, { bytes: seededBytes(size, size) });
    items.push({ source, targets: [path.join(volume.path, `${size}`)] });
  }
  const before = await deviceReads(volume);
  const results = await native.transfer(items);
  t.true(results.every(({ targets }) => targets[0]?.cacheBypassed));
  const read = (await deviceReads(volume)) - before;
  t.true(read >= 8_200_000, `${read} bytes were read`);
  const again = items.map(({ targets }) => ({ source: targets[0] ?? '', targets: [] }));
  t.true((await native.transfer(again, { read: 'medium' })).every(({ cacheBypassed }) => cacheBypassed));
  t.true((await deviceReads(volume)) - before - read >= 8_200_000);
  const cheap = await native.transfer(again);
  t.deepEqual(
    cheap.map(({ cacheBypassed }) => cacheBypassed),
    [false, false],
  );
});

testWith(volumeNeeds.fat, 'copies on FAT32 are flushed one by one, and proven', async (t) => {
  const volume = await fatMount(t, { sizeBytes: 64 << 20 });
  await copiesArrive(t, volume.path);
});

async function copiesArrive(t: ExecutionContext, to: string): Promise<void> {
  const from = await temporaryFolder(t);
  const sizes = [0, 1, 4096, 100_001, 3_000_001];
  const items = [];
  for (const size of sizes) {
    const source = await plant(from, `${size}`, {
      bytes: seededBytes(size, size),
      modifiedUs: 1_700_000_001_500_000,
    });
    items.push({ source, targets: [path.join(to, `${size}`)] });
  }
  await plant(from, 'hole', { bytes: 'begin' });
  await truncate(path.join(from, 'hole'), 5_000_000);
  items.push({ source: path.join(from, 'hole'), targets: [path.join(to, 'hole')] });
  for (const [at, result] of (await native.transfer(items)).entries()) {
    t.deepEqual(result.targets, [{ matches: true, cacheBypassed: true }], `${result.bytes} bytes`);
    const name = path.join(to, path.basename(items[at]?.targets[0] ?? ''));
    t.true((await readFile(name)).equals(await readFile(path.join(from, path.basename(name)))));
    const lateMs = (await stat(name)).mtimeMs - result.modifiedUs / 1000;
    t.true(Math.abs(lateMs) < 2000, `${name}: ${lateMs} ms`);
  }
}

testWith(['linux', 'root'], 'extended attributes of the user are told, others are not', async (t) => {
  const from = await temporaryFolder(t);
  const source = path.join(from, 'a');
  await writeFile(source, 'x');
  const python = `import os, sys
for n, v in zip(sys.argv[2::2], sys.argv[3::2]): os.setxattr(sys.argv[1], n, v.encode())`;
  await mustRun('python3', ['-c', python, source, 'user.xdg.tags', 'best', 'trusted.mine', 'no']);
  const [result] = await native.transfer([{ source, targets: [] }]);
  t.deepEqual(result?.xattrs, { 'user.xdg.tags': Buffer.from('best').toString('base64') });
});

test('without extended attributes there are none to tell', async (t) => {
  const from = await temporaryFolder(t);
  const [result] = await native.transfer([{ source: await plant(from, 'a', { bytes: 'x' }), targets: [] }]);
  t.false(result !== undefined && 'xattrs' in result);
});
