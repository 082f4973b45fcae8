/** What a receipt says in short, and which names its files can hold. */
import test from 'ava';
import {
  commentOf,
  isListName,
  isManifestName,
  modificationOf,
} from '../../../src/rules/receipts/receipt.js';
import { isXmlText } from '../../../src/rules/receipts/xml.js';
import { receiptFile, receiptOf } from '../../support/receipts.js';

test('names differ in what can hold them', (t) => {
  const cases: [path: string, manifest: boolean, list: boolean][] = [
    ['a b/é\n.jpg', true, true],
    ['/a%FF', false, false],
    ['a\u0001', false, true],
    ['a\r', true, false],
  ];
  for (const [path, manifest, list] of cases) {
    t.is(isManifestName(path), manifest, path);
    t.is(isListName(path), list, path);
  }
});

test('the comment says how many files were expected, whatever the card is called', (t) => {
  const receipt = receiptOf([receiptFile('a')], {
    expected: { files: 3, bytes: 10 },
    card: { name: 'A\u0000\n"<b>', facts: [] },
    skipped: [{ path: 'b', bytes: 1, why: '' }],
  });
  t.is(commentOf(receipt), 'expected 3 files (10 bytes) from A"<b>, copied 1, skipped 1, failed 0');
  t.true(isXmlText(commentOf(receipt)));
});

test('a time that no calendar holds is left out', (t) => {
  for (const us of [1e18, -1e18, Number.MAX_SAFE_INTEGER * 1000, Number.NaN])
    t.is(modificationOf(us), undefined);
  t.is(modificationOf(1_700_000_000_123_456), '2023-11-14T22:13:20.123Z');
  t.is(modificationOf(-1_000_000), '1969-12-31T23:59:59.000Z');
});
