/** Transfers between good disks: every size and name, holes, proof, and what is refused. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, truncate } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  evidenceOf,
  native,
  type TransferItem,
  type TransferOptions,
  type TransferResult,
} from '../../src/platform/native.js';
import { mustRun } from '../support/commands.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { below, plant, seededBytes, temporaryFolder } from '../support/trees.js';

const modifiedUs = 1_700_000_000_123_456;

interface Place {
  readonly from: string;
  readonly to: string;
}

async function place(t: ExecutionContext): Promise<Place> {
  const folder = await temporaryFolder(t);
  const [from, to] = [path.join(folder, 'from'), path.join(folder, 'to')];
  await mkdir(from);
  await mkdir(to);
  return { from, to };
}

async function transferOne(item: TransferItem, options?: TransferOptions): Promise<TransferResult> {
  return first(native.transfer([item], options));
}

async function first<Value>(list: Promise<readonly Value[]>): Promise<Value> {
  const [value] = await list;
  if (value === undefined) throw new Error('nothing came back');
  return value;
}

const sizes = [0, 1, 4095, 4096, 4097, 262_143, 262_144, 262_145, 1_048_575, 1_048_576, 1_048_577, 5_000_001];

/** What a caller may say of a file's size: nothing, the truth, or something far from it. */
const hints: Record<string, (size: number) => number | undefined> = {
  nothing: () => undefined,
  'the truth': (size) => size,
  'too little': () => 0,
  'too much': () => 2 ** 40,
};

for (const [said, hint] of Object.entries(hints)) {
  test(`files of every size arrive whole, with their times, when of the size is said ${said}`, async (t) => {
    const { from, to } = await place(t);
    const items: TransferItem[] = [];
    for (const size of sizes) {
      const source = await plant(from, `${size}`, { bytes: seededBytes(size, size), modifiedUs });
      const bytes = hint(size);
      const targets = [path.join(to, `${size}.a`), path.join(to, `${size}.b`)];
      items.push({ source, targets, ...(bytes !== undefined && { bytes }) });
    }
    const results = await native.transfer(items);
    for (const [at, result] of results.entries()) {
      const size = sizes[at] ?? -1;
      const bytes = seededBytes(size, size);
      t.like(result, { changed: false, bytes: size, modifiedUs, b3: native.hash(bytes), mode: 0o644 });
      t.is(result.error, undefined);
      t.is(result.targets.length, 2);
      for (const [which, target] of result.targets.entries()) {
        t.true(target.matches);
        t.is(target.error, undefined);
        const name = path.join(to, `${size}.${'ab'[which] ?? ''}`);
        t.true((await readFile(name)).equals(bytes));
        t.is(Number((await stat(name, { bigint: true })).mtimeNs / 1000n), modifiedUs);
      }
    }
  });
}

test('XXH64 and SHA-512 are told of the same pass, when they are asked for', async (t) => {
  const { from, to } = await place(t);
  const items: TransferItem[] = [];
  for (const size of [...sizes, 111, 112, 127, 128, 129, 239, 240, 9_000_000]) {
    const source = await plant(from, `${size}`, { bytes: seededBytes(size, size) });
    items.push({ source, targets: size % 2 === 0 ? [path.join(to, `${size}`)] : [] });
  }
  // A hole counts as the zeros it stands for.
  const sparse = await plant(from, 'sparse', { bytes: 'x' });
  await truncate(sparse, 5_000_000);
  items.push({ source: sparse, targets: [path.join(to, 'sparse')] });
  const missing = path.join(from, 'missing');
  items.push({ source: missing, targets: [] });
  const results = await native.transfer(items, { xxh64: true, sha512: true });
  for (const [at, { xxh64, sha512, error }] of results.entries()) {
    const { source = '' } = items[at] ?? {};
    const isMissing = source === missing;
    t.is(error?.code, isMissing ? 'ENOENT' : undefined);
    const bytes = isMissing ? undefined : await readFile(source);
    t.is(xxh64, bytes && native.createXxh64().update(bytes).digest());
    t.is(sha512, bytes && createHash('sha512').update(bytes).digest('hex'));
  }
  const [quiet] = await native.transfer(items.slice(0, 1));
  t.is(quiet?.xxh64, undefined);
  t.is(quiet?.sha512, undefined);
});

test('without targets a file is only hashed', async (t) => {
  const { from } = await place(t);
  const bytes = seededBytes(1, 3_000_000);
  const source = await plant(from, 'a', { bytes });
  for (const read of ['cheapest', 'medium'] as const) {
    const result = await transferOne({ source, targets: [] }, { read });
    t.is(result.b3, native.hash(bytes));
    t.deepEqual(result.targets, []);
  }
});

test('nothing to do is done at once', async (t) => {
  t.deepEqual(await native.transfer([]), []);
});

test('memory is no medium: what is read back from it is not proven', async (t) => {
  const { from } = await place(t);
  const source = await plant(from, 'a', { bytes: seededBytes(1, 500_000) });
  const target = `/dev/shm/glassine-test-${process.pid}`;
  t.teardown(async () => native.arrange([{ do: 'remove', path: target }]));
  const result = await transferOne({ source, targets: [target] });
  const [outcome] = result.targets;
  t.deepEqual(outcome, { matches: true, cacheBypassed: false });
  t.is(outcome && evidenceOf(outcome), 'written');
});

for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
  testWith(volumeNeeds[fs], `what is read back from ${fs} is proven, of every size`, async (t) => {
    const { from } = await place(t);
    const volume = await loopImage(t, { fs, sizeBytes: 330 << 20 });
    const items: TransferItem[] = [];
    for (const size of sizes) {
      const source = await plant(from, `${size}`, { bytes: seededBytes(size, size) });
      items.push({ source, targets: [path.join(volume.path, `${size}`)] });
    }
    for (const result of await native.transfer(items)) {
      t.deepEqual(result.targets, [{ matches: true, cacheBypassed: true }], `${result.bytes} bytes`);
    }
    const [again] = await native.transfer([{ source: path.join(volume.path, '5000001'), targets: [] }], {
      read: 'medium',
    });
    t.true(again?.cacheBypassed);
    t.is(again?.b3, native.hash(seededBytes(5_000_001, 5_000_001)));
  });
}

test('without reading back nothing is proven, and nothing is called wrong', async (t) => {
  const { from, to } = await place(t);
  const source = await plant(from, 'a', { bytes: 'x' });
  const result = await transferOne({ source, targets: [path.join(to, 'a')] }, { readBack: false });
  t.deepEqual(result.targets, [{ matches: true, cacheBypassed: false }]);
});

testWith(['strace'], 'a source is read once, whatever the number of targets', async (t) => {
  const { from, to } = await place(t);
  await plant(from, 'large', { bytes: seededBytes(1, 3_000_000) });
  await plant(from, 'small', { bytes: seededBytes(2, 3000) });
  const script = `
    import { native } from ${JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href)};
    const items = ['large', 'small'].map((name) => ({
      source: ${JSON.stringify(from)} + '/' + name,
      targets: ['1', '2', '3'].map((n) => ${JSON.stringify(to)} + '/' + name + n),
    }));
    await native.transfer(items, { readBack: false });
  `;
  const log = path.join(to, 'log');
  const reads = ['-f', '-y', '-qq', '-e', 'trace=read,pread64,preadv2', '-o', log];
  await mustRun('strace', [...reads, process.execPath, '--input-type=module', '-e', script]);
  let total = 0;
  // A call during which another thread makes one is told in two lines.
  const begun = new Set<string>();
  for (const line of (await readFile(log, 'latin1')).split('\n')) {
    const thread = line.split(' ', 1)[0] ?? '';
    const isOurs = line.includes(`<${from}/`) || (line.includes(' resumed>') && begun.delete(thread));
    if (!isOurs) continue;
    if (line.endsWith('<unfinished ...>')) begun.add(thread);
    else total += Number(/= (\d+)/.exec(line)?.[1] ?? 0);
  }
  t.is(total, 3_003_000);
  t.is((await readdir(to)).length, 7);
});

test('a file with holes keeps them', async (t) => {
  const { from, to } = await place(t);
  const source = path.join(from, 'holes');
  const sizeBytes = 6 * 1024 ** 3;
  await plant(from, 'holes', { bytes: 'begin' });
  execFileSync(
    'dd',
    ['if=/dev/urandom', `of=${source}`, 'bs=5000', 'count=1', 'seek=700001', 'conv=notrunc'],
    {
      stdio: 'ignore',
    },
  );
  await truncate(source, sizeBytes);
  const target = path.join(to, 'holes');
  const result = await transferOne({ source, targets: [target] });
  t.is(result.bytes, sizeBytes);
  t.true(result.targets[0]?.matches);
  const copy = await stat(target);
  t.is(copy.size, sizeBytes);
  t.true(copy.blocks * 512 < 1 << 20, `${copy.blocks} blocks`);
  await mustRun('cmp', ['-n', '10000', source, target]);
  await mustRun('cmp', ['-i', String(5000 * 700_001 - 100), '-n', '10000', source, target]);
});

test('a file that is one hole hashes like the zeros it stands for', async (t) => {
  const { from, to } = await place(t);
  await plant(from, 'hole', { bytes: '' });
  const source = path.join(from, 'hole');
  await truncate(source, 20_000_001);
  const result = await transferOne({ source, targets: [path.join(to, 'hole')] });
  t.is(result.b3, native.hash(Buffer.alloc(20_000_001)));
  t.true(result.targets[0]?.matches);
});

test('names of 255 bytes, names that are not UTF-8, and paths beyond PATH_MAX are only names', async (t) => {
  const { from, to } = await place(t);
  const deep = Array.from({ length: 30 }, (_, level) => `${level}`.padEnd(200, 'd')).join('/');
  const names = [
    Buffer.from('n'.repeat(255)),
    Buffer.from([0x66, 0xff, 0xfe, 0x0a, 0x80]),
    Buffer.from(`${deep}/x`),
  ];
  for (const root of [from, to]) {
    t.deepEqual(await native.arrange([{ do: 'folder', path: `${root}/${deep}` }]), [null]);
  }
  t.teardown(() => mustRun('rm', ['-rf', from, to]));
  for (const [at, name] of names.entries()) {
    const seed = path.join(from, `seed ${at}`);
    await plant(from, `seed ${at}`, { bytes: `content ${at}` });
    t.deepEqual(await native.arrange([{ do: 'rename', from: seed, to: below(from, name) }]), [null]);
  }
  const results = await native.transfer(
    names.map((name) => ({ source: below(from, name), targets: [below(to, name)] })),
  );
  for (const [at, result] of results.entries()) {
    t.is(result.b3, native.hash(Buffer.from(`content ${at}`)));
    t.true(result.targets[0]?.matches);
  }
  const again = await native.transfer(names.map((name) => ({ source: below(to, name), targets: [] })));
  t.deepEqual(
    again.map(({ b3 }) => b3),
    results.map(({ b3 }) => b3),
  );
});

test('a target that exists is left alone, and the others are written', async (t) => {
  const { from, to } = await place(t);
  const source = await plant(from, 'a', { bytes: 'new' });
  await plant(to, 'taken', { bytes: 'old' });
  const targets = [path.join(to, 'taken'), path.join(to, 'free')];
  const result = await transferOne({ source, targets });
  t.like(result.targets[0], { matches: false, error: { code: 'EEXIST', syscall: 'open', path: targets[0] } });
  t.true(result.targets[1]?.matches);
  t.is(await readFile(path.join(to, 'taken'), 'utf8'), 'old');
  const hopeless = await transferOne({ source, targets: [path.join(to, 'taken'), path.join(to, 'none/a')] });
  t.is(hopeless.error, undefined);
  t.is(hopeless.b3, '');
  t.deepEqual(
    hopeless.targets.map(({ error }) => error?.code),
    ['EEXIST', 'ENOENT'],
  );
});

test('what is no plain file is refused, a missing one named, and the rest is done', async (t) => {
  const { from, to } = await place(t);
  await mkdir(path.join(from, 'folder'));
  await plant(from, 'real', { bytes: 'x' });
  await symlink('real', path.join(from, 'link'));
  execFileSync('mkfifo', [path.join(from, 'pipe')]);
  const names = ['folder', 'link', 'pipe', 'missing', 'real'];
  const results = await native.transfer(
    names.map((name) => ({ source: path.join(from, name), targets: [path.join(to, name)] })),
  );
  t.deepEqual(
    results.map(({ error }) => error?.code),
    ['EINVAL', 'ELOOP', 'EINVAL', 'ENOENT', undefined],
  );
  t.like(results[3]?.error, { syscall: 'open', path: path.join(from, 'missing') });
  t.true(results[3]?.error instanceof Error);
  t.deepEqual(await readdir(to), ['real']);
});
