/** BLAKE3 and XXH64 against programs of others: random lengths, in random pieces, in every mode. */
import { blake3 } from '@noble/hashes/blake3.js';
import test from 'ava';
import fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import { addon } from '../../src/platform/native-addon.js';
import { native, type HasherMode } from '../../src/platform/native.js';
import { run } from '../support/commands.js';
import { testWith } from '../support/needs.js';
import { plant, seededBytes, temporaryFolder } from '../support/trees.js';

const most = 300 * 1024;
const bytes = seededBytes(11, most);

/** Any length, and often one beside a boundary of blocks, chunks or groups of chunks. */
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: most }),
  fc
    .tuple(
      fc.constantFrom(64, 1024, 8192, 16_384, 65_536),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([unit, times, near]) => Math.min(most, Math.max(0, unit * times + near))),
);

/** Where an input is cut, by thousandths of it and by bytes. */
const cuts = fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 70 })), {
  maxLength: 8,
});

function piecesOf(input: Buffer, where: readonly (readonly [number, number])[]): Buffer[] {
  const at = where.map(([part, more]) =>
    Math.min(input.length, Math.floor((input.length * part) / 1000) + more),
  );
  const ends = [...at.sort((a, b) => a - b), input.length];
  return ends.map((end, place) => input.subarray(ends[place - 1] ?? 0, end));
}

const key = seededBytes(12, 32);
const modes: readonly { readonly ours: HasherMode | undefined; readonly theirs: object }[] = [
  { ours: undefined, theirs: {} },
  { ours: { key }, theirs: { key } },
  {
    ours: { context: 'photographs 2026 ünder test' },
    theirs: { context: Buffer.from('photographs 2026 ünder test') },
  },
];

test('pieces of any length hash as the whole does elsewhere, in every mode', (t) => {
  const cases = fc.tuple(lengths, cuts, fc.constantFrom(...modes), fc.integer({ min: 1, max: 200 }));
  fc.assert(
    fc.property(cases, ([length, where, mode, output]) => {
      const input = bytes.subarray(0, length);
      const hasher = native.createHasher(mode.ours);
      for (const piece of piecesOf(input, where)) hasher.update(piece);
      const wanted = Buffer.from(blake3(input, { ...mode.theirs, dkLen: output }));
      return hasher.digestBytes(output).equals(wanted);
    }),
    { numRuns: 150 },
  );
  t.pass();
});

for (const kernel of addon().kernelNames()) {
  test(`the ${kernel} kernel hashes pieces of any length as the whole is hashed elsewhere`, (t) => {
    fc.assert(
      fc.property(lengths, cuts, (length, where) => {
        const input = bytes.subarray(0, length);
        const hasher = new (addon().Hasher)();
        hasher.use(kernel);
        for (const piece of piecesOf(input, where)) hasher.update(piece);
        return hasher.digest(32).equals(blake3(input));
      }),
      { numRuns: 60 },
    );
    t.pass();
  });
}

test('what is hashed in one call is what it is elsewhere, for every length up to two chunks', (t) => {
  for (let length = 0; length <= 2049; length++) {
    const input = bytes.subarray(0, length);
    t.is(native.hash(input), Buffer.from(blake3(input)).toString('hex'), `${length} bytes`);
  }
});

test('XXH64 of pieces of any length is what it is elsewhere', async (t) => {
  const theirs = await xxhash();
  const wanted = (input: Buffer): string => theirs.h64Raw(input).toString(16).padStart(16, '0');
  const digestOf = (pieces: readonly Buffer[]): string => {
    const checksum = native.createXxh64();
    for (const piece of pieces) checksum.update(piece);
    return checksum.digest();
  };
  t.is(digestOf([]), 'ef46db3751d8e999');
  for (let length = 0; length <= 200; length++) {
    const input = bytes.subarray(0, length);
    t.is(digestOf([input]), wanted(input), `${length} bytes`);
  }
  fc.assert(
    fc.property(lengths, cuts, (length, where) => {
      const input = bytes.subarray(0, length);
      return digestOf(piecesOf(input, where)) === wanted(input);
    }),
    { numRuns: 200 },
  );
});

test('XXH64 goes on after it was asked', (t) => {
  const checksum = native.createXxh64();
  for (const end of [5, 31, 32, 33, 100]) {
    const before = [0, 5, 31, 32, 33].filter((each) => each < end).at(-1);
    checksum.update(bytes.subarray(before, end));
    t.is(checksum.digest(), native.createXxh64().update(bytes.subarray(0, end)).digest());
  }
});

testWith(
  ['b3sum'],
  'the hash of a file is what b3sum prints, with a key and for a context, too',
  async (t) => {
    const folder = await temporaryFolder(t);
    for (const length of [0, 1024, 65_536, 3_000_001]) {
      const content = seededBytes(9, length);
      const file = (await plant(folder, `of ${length}`, { bytes: content })).toString();
      const b3sum = async (args: readonly string[], input?: string): Promise<string> =>
        (
          await run('b3sum', ['--no-names', ...args, file], input === undefined ? {} : { input })
        ).stdout.trim();
      t.is(await b3sum([]), native.hash(content));
      const context = 'photographs';
      t.is(await b3sum(['--derive-key', context]), native.createHasher({ context }).update(content).digest());
      const typed = Buffer.from('a key of thirty-two plain bytes.');
      t.is(
        await b3sum(['--keyed'], typed.toString()),
        native.createHasher({ key: typed }).update(content).digest(),
      );
    }
  },
);
