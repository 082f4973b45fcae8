/** What receipts of ours are called. */
import test from 'ava';
import { ignoring } from '../../../src/rules/receipts/ignoring.js';
import { isInHistory, isOwnFile, ownName, ownPatterns } from '../../../src/rules/receipts/own-files.js';

test('every file of a receipt is left out of the history it belongs to', (t) => {
  const isOut = ignoring(ownPatterns);
  for (const name of ['BLAKE3SUMS', ownName(1, 'html'), ownName(12345, 'mhl')]) {
    t.true(isOwnFile(name), name);
    t.true(isOut(name), name);
  }
  for (const name of ['BLAKE3SUMS.txt', 'receipt.html', 'Glassine']) {
    t.false(isOwnFile(name), name);
    t.false(isOut(name), name);
  }
});

test('what lies in a folder of manifests is known by its path', (t) => {
  for (const path of ['ascmhl', 'ascmhl/a', 'A/ascmhl/b']) t.true(isInHistory(path), path);
  for (const path of ['a', 'ascmhl.txt', 'A/xascmhl/b']) t.false(isInHistory(path), path);
});
