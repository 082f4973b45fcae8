/** The next generation of a history. */
import test from 'ava';
import { pathFromBytes } from '../../../src/base/paths.js';
import { viewHistory } from '../../../src/rules/receipts/history.js';
import { type FileNow, newGeneration } from '../../../src/rules/receipts/new-generation.js';

const at = '2026-11-22T07:00:00.000Z';
const head = {
  createdAt: at,
  hostname: 'desk',
  tool: { name: 't', version: '1' },
  process: 'transfer',
} as const;
const file = (path: string, digest = '0123456789abcdef'): FileNow => ({
  ...{ path, bytes: 1, at },
  hashes: [{ format: 'xxh64', digest }],
});
const hashers = [
  { format: 'xxh64', digest: () => 'f'.repeat(16), bytesOf: (hex: string) => Buffer.from(hex, 'hex') },
] as const;

test('names that XML cannot hold are told, and folders are not hashed without them', (t) => {
  const bad = ['a\u0001', pathFromBytes(Buffer.from([0x61, 0xff]))];
  const { manifest, unnamed } = newGeneration(
    { ...head, files: [file('b'), ...bad.map((path) => file(path))] },
    { folders: ['c'], hashers },
  );
  t.deepEqual(unnamed, bad);
  t.deepEqual(
    [...manifest.files].map(({ path }) => path),
    ['b'],
  );
  t.is(manifest.root, undefined);
  t.deepEqual([...manifest.folders], []);
});

test('a folder whose name XML cannot hold keeps folders from being hashed', (t) => {
  const { manifest } = newGeneration({ ...head, files: [file('b')] }, { folders: ['c\u0001'], hashers });
  t.is(manifest.root, undefined);
});

test('a file without a hash in one of the formats keeps folders from being hashed', (t) => {
  const bare = { ...file('a'), hashes: [{ format: 'md5', digest: '1' } as const] };
  t.is(
    newGeneration({ ...head, files: [bare, file('b')] }, { folders: [], hashers }).manifest.root,
    undefined,
  );
});

test('the files of a history that the card brought along are in no manifest of ours', (t) => {
  const files = [file('DCIM/ascmhl/ascmhl_chain.xml'), file('a')];
  const { manifest, unnamed } = newGeneration({ ...head, files }, { hashers });
  t.deepEqual(
    [...manifest.files].map(({ path }) => path),
    ['a'],
  );
  t.deepEqual(unnamed, []);
});

test('a first generation is original, sorted, and hashes folders where it is of all there is', (t) => {
  const now = { ...head, files: [file('b/c'), file('a')] };
  const { manifest } = newGeneration(now, { folders: ['b'], hashers });
  t.deepEqual(
    [...manifest.files].map(({ path, hashes }) => [path, hashes[0]?.action]),
    [
      ['a', 'original'],
      ['b/c', 'original'],
    ],
  );
  t.deepEqual(
    [...manifest.folders].map(({ path }) => path),
    ['b'],
  );
  t.truthy(manifest.root);
  t.deepEqual(newGeneration(now, { hashers }).manifest.root, undefined);
});

test('a later generation verifies what was known, and leaves out what was left out', (t) => {
  const { manifest: first } = newGeneration({ ...head, files: [file('a'), file('b')] }, { hashers });
  const read = { ...first, files: [...first.files], folders: [], references: [], ignore: ['*.tmp'] };
  const known = viewHistory([{ number: 1, name: '1.mhl', c4: '', manifest: read }]);
  const now = { ...head, files: [file('a'), file('b', 'f'.repeat(16)), file('c')] };
  const { manifest } = newGeneration(now, { known, hashers });
  t.deepEqual(
    [...manifest.files].map(({ hashes }) => hashes[0]?.action),
    ['verified', 'failed', 'original'],
  );
  t.deepEqual(manifest.ignore, ['*.tmp', 'BLAKE3SUMS', 'Glassine receipt *', 'Damaged (not copies)']);
});
