/** BLAKE3 against the official vectors: every length, every mode, every kernel, in pieces of any size. */
import test from 'ava';
import { addon, type RawHasher } from '../../src/platform/native-addon.js';
import { native } from '../../src/platform/native.js';
import { inputOf, vectorModes, vectors } from '../support/blake3-vectors.js';
import { seeded, seededBytes } from '../support/trees.js';

const modes = {
  hash: (): RawHasher => new (addon().Hasher)(),
  keyed_hash: (): RawHasher => new (addon().Hasher)('keyed', Buffer.from(vectors.key)),
  derive_key: (): RawHasher => new (addon().Hasher)('derive', Buffer.from(vectors.context_string)),
} as const;

test('the portable kernel is always there, and last', (t) => {
  t.is(addon().kernelNames().at(-1), 'portable');
});

for (const kernel of addon().kernelNames()) {
  test(`the ${kernel} kernel gives every official output in every mode`, (t) => {
    t.is(vectors.cases.length, 35);
    for (const each of vectors.cases) {
      for (const mode of vectorModes) {
        const hasher = modes[mode]();
        t.true(hasher.use(kernel));
        hasher.update(inputOf(each.input_len));
        const wanted = each[mode];
        t.is(hasher.digest(wanted.length / 2).toString('hex'), wanted, `${mode} of ${each.input_len} bytes`);
      }
    }
  });

  if (kernel === 'portable') continue;
  test(`the ${kernel} kernel agrees with the portable one on lengths around every boundary`, (t) => {
    const most = 300 * 1024;
    const bytes = seededBytes(1, most);
    const lengths = new Set<number>();
    for (let chunks = 0; chunks <= 40; chunks++) {
      for (const near of [-65, -64, -63, -1, 0, 1, 63, 64, 65]) lengths.add(chunks * 1024 + near);
    }
    for (const chunks of [63, 64, 65, 127, 128, 255, 256, 257, 299]) lengths.add(chunks * 1024 + 1);
    for (const length of lengths) {
      if (length < 0) continue;
      const [one, other] = [modes.hash(), modes.hash()];
      one.use(kernel);
      other.use('portable');
      const input = bytes.subarray(0, length);
      t.deepEqual(one.update(input).digest(32), other.update(input).digest(32), `${length} bytes`);
    }
  });
}

test('a key of any other length than 32 bytes is refused', (t) => {
  for (const length of [0, 31, 33]) {
    t.throws(() => native.createHasher({ key: Buffer.alloc(length) }), { message: /32 bytes/ });
  }
});

test('a kernel that this machine has not is refused', (t) => {
  t.false(modes.hash().use('none'));
});

test('pieces of any size give the same as the whole', (t) => {
  const next = seeded(7);
  for (const length of [0, 1, 64, 1024, 1025, 4096, 65_537, 700_001]) {
    const bytes = seededBytes(length, length);
    const whole = native.hash(bytes);
    for (const most of [1, 63, 1024, 5000, 300_000]) {
      // Byte by byte is only worth the time on short inputs.
      if (most === 1 && length > 5000) continue;
      const hasher = native.createHasher();
      for (let at = 0; at < length;) {
        const size = 1 + next(most);
        hasher.update(bytes.subarray(at, at + size));
        at += size;
      }
      t.is(hasher.digest(), whole, `${length} bytes in pieces up to ${most}`);
    }
  }
});

test('a hasher goes on after it was asked', (t) => {
  const bytes = seededBytes(3, 200_000);
  const hasher = native.createHasher();
  for (const end of [0, 10, 1024, 5000, 131_072, 200_000]) {
    const before = end === 0 ? 0 : [0, 10, 1024, 5000, 131_072, 200_000].filter((each) => each < end).at(-1);
    hasher.update(bytes.subarray(before, end));
    t.is(hasher.digest(), native.hash(bytes.subarray(0, end)), `after ${end} bytes`);
  }
});

test('the extendable output begins with the hash, and is as long as asked', (t) => {
  const hasher = native.createHasher().update(Buffer.from('photograph'));
  const long = hasher.digestBytes(1000);
  t.is(long.length, 1000);
  t.is(long.subarray(0, 32).toString('hex'), hasher.digest());
  t.deepEqual(hasher.digestBytes(0), Buffer.alloc(0));
  t.throws(() => hasher.digestBytes(-1));
});

test('only bytes are hashed', (t) => {
  t.throws(() => native.hash('text' as unknown as Uint8Array));
  t.throws(() => native.createHasher().update(5 as unknown as Uint8Array));
  t.throws(() => native.createXxh64().update('text' as unknown as Uint8Array));
});
