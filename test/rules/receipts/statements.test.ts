/** Receipts of every kind in one form. */
import test from 'ava';
import { kindOfReceipt, stateClassic, stateSums } from '../../../src/rules/receipts/statements.js';

test('classic hashes become what everybody else calls them', (t) => {
  const { files, folder } = stateClassic('A/x.mhl', [
    {
      path: './a',
      bytes: 1,
      hashes: [
        { format: 'xxhash64', digest: 'ABCDEF' },
        { format: 'xxhash', digest: '46947589' },
        { format: 'md5', digest: 'D4' },
      ],
    },
  ]);
  t.is(folder, 'A');
  t.deepEqual(files.get('a'), [
    { format: 'xxh64', digest: '0000000000abcdef', eitherOrder: true },
    { format: 'xxh32', digest: '02cc5d05' },
    { format: 'md5', digest: 'd4' },
  ]);
});

test('what a list says twice of a file is held against it twice', (t) => {
  const { files, outside } = stateSums('BLAKE3SUMS', [
    { path: 'a', b3: '1' },
    { path: 'a', b3: '2' },
    { path: '../b', b3: '3' },
  ]);
  t.deepEqual(files.get('a'), [
    { format: 'b3', digest: '1' },
    { format: 'b3', digest: '2' },
  ]);
  t.deepEqual(outside, ['../b']);
});

test('receipts are known by their names', (t) => {
  for (const name of ['BLAKE3SUMS', 'b3sums.txt', 'blake3sum', 'card.b3', 'x.B3SUM', 'y.blake3'])
    t.is(kindOfReceipt(name), 'b3sum', name);
  for (const name of ['a.mhl', 'A.MHL']) t.is(kindOfReceipt(name), 'classic-mhl', name);
  for (const name of ['._a.mhl', 'a.mhl.jpg', 'sums', 'b3', 'BLAKE3SUMS.jpg', 'x.mhl2'])
    t.is(kindOfReceipt(name), undefined, name);
});
