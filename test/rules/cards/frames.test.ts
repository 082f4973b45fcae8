/** Two cards of one camera, and numbers that are missing. */
import test from 'ava';
import { compareCards, numberGaps } from '../../../src/rules/cards/frames.js';

const one = '1'.repeat(64);
const two = '2'.repeat(64);

test('cards without pictures have nothing to compare', (t) => {
  const nothing = { same: 0, different: [], onlyOnFirst: [], onlyOnSecond: [] };
  t.deepEqual(compareCards([], []), nothing);
  t.deepEqual(compareCards([{ path: 'MISC/A.MRK', b3: one }], []), nothing);
});

test('two cards are compared by the names of their pictures, whatever folder they are in', (t) => {
  const first = [
    { path: 'DCIM/100CANON/IMG_0001.CR3', b3: one },
    { path: 'DCIM/100CANON/IMG_0002.CR3', b3: one },
    { path: 'DCIM/100CANON/IMG_0003.CR3', b3: one },
  ];
  const second = [
    { path: 'DCIM/101CANON/IMG_0001.CR3', b3: one },
    { path: 'DCIM/101CANON/img_0002.JPG', b3: two },
    { path: 'DCIM/101CANON/IMG_0004.JPG', b3: two },
  ];
  t.deepEqual(compareCards(first, second), {
    same: 1,
    different: ['IMG_0002'],
    onlyOnFirst: ['IMG_0003'],
    onlyOnSecond: ['IMG_0004'],
  });
});

test('a count without gaps has none, also over a rollover and twice the same name', (t) => {
  const rollover = ['D/100CANON/IMG_9998.CR3', 'D/100CANON/IMG_9999.CR3', 'D/101CANON/IMG_0001.CR3'];
  t.deepEqual(numberGaps(rollover), []);
  t.deepEqual(numberGaps([...rollover, 'D/101CANON/IMG_0001.JPG', 'D/101CANON/_MG_0002.CR3']), []);
  t.deepEqual(numberGaps(['D/100CANON/IMG_0001.CR2', 'D/101CANON/IMG_0001.CR2']), []);
  t.deepEqual(numberGaps(['D/100CANON/IMG_0001.CR2', 'D/100CANON/IMG_5000.CR2']), []);
  t.deepEqual(numberGaps(['D/1/IMG_0004.CR3', 'D/1/MVI_0005.MP4', 'D/1/IMG_0006.WAV']), []);
  t.deepEqual(numberGaps(['D/1/DSC_0001.NEF', 'D/1/DSCF0003.RAF', 'D/1/clip.MP4', 'MISC/A0009.MRK']), []);
});

test('missing numbers are told as stretches', (t) => {
  t.deepEqual(numberGaps(['D/1/IMG_0001.CR3', 'D/1/IMG_0003.JPG', 'D/1/IMG_0007.CR3']), [
    { from: 'IMG_0002', to: 'IMG_0002', missing: 1 },
    { from: 'IMG_0004', to: 'IMG_0006', missing: 3 },
  ]);
  t.deepEqual(numberGaps(['D/100CANON/IMG_9997.CR3', 'D/101CANON/IMG_0002.CR3']), [
    { from: 'IMG_9998', to: 'IMG_0001', missing: 3 },
  ]);
});
