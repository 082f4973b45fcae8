/** What receipts of ours are called. */
import test from 'ava';
import { ignoring } from '../../../src/rules/receipts/ignoring.js';
import {
  damagedFolder,
  isDamaged,
  isInHistory,
  isOwnFile,
  outsideDamaged,
  ownName,
  ownPatterns,
} from '../../../src/rules/receipts/own-files.js';

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

test('what was saved in part is left out of every history, and nothing else is called so', (t) => {
  const isOut = ignoring(ownPatterns);
  for (const path of [damagedFolder, `${damagedFolder}/CARD/a.CR3.partial`]) {
    t.true(isDamaged(path), path);
    t.true(isOut(path), path);
  }
  for (const path of ['Damaged', 'CARD/a.CR3.partial', `${damagedFolder} (2)/a`]) {
    t.false(isDamaged(path), path);
    t.false(isOut(path), path);
  }
  for (const path of [damagedFolder, `CARD/${damagedFolder.toUpperCase()}/a`, `a/${damagedFolder}`])
    t.false(isOut(outsideDamaged(path)), path);
  t.is(outsideDamaged('CARD/Damaged/a.CR3'), 'CARD/Damaged/a.CR3');
});

test('what lies in a folder of manifests is known by its path', (t) => {
  for (const path of ['ascmhl', 'ascmhl/a', 'A/ascmhl/b']) t.true(isInHistory(path), path);
  for (const path of ['a', 'ascmhl.txt', 'A/xascmhl/b']) t.false(isInHistory(path), path);
});
