/** Two cards of one camera, and numbers that are missing. */
import test from 'ava';
import {
  type CardComparison,
  type CardFrame,
  compareCards,
  gapsOverBoth,
  numberGaps,
} from '../../../src/rules/cards/frames.js';

const one = '1'.repeat(64);
const two = '2'.repeat(64);
const noon = Date.UTC(2026, 2, 20, 12) * 1000;

function frame(path: string, more: Partial<CardFrame> = {}): CardFrame {
  return { path, bytes: 100, modifiedUs: noon, b3: undefined, ...more };
}

const nothing: CardComparison = {
  ...{ same: [], sameByContent: 0, inOtherForms: [], different: [], onlyOnFirst: [], onlyOnSecond: [] },
};

test('cards without pictures have nothing to compare', (t) => {
  t.deepEqual(compareCards([], []), nothing);
  t.deepEqual(compareCards([frame('MISC/A.MRK', { b3: one })], []), nothing);
});

test('what is called alike and is not the same is told, whatever tells it', (t) => {
  const name = 'DCIM/100CANON/IMG_0001.CR3';
  const pairs = [
    [{ bytes: 101 }, {}],
    [{ b3: one }, { b3: two }],
    [{ modifiedUs: noon + 11_000_000 }, {}],
  ] as const;
  for (const [first, second] of pairs) {
    const found = compareCards([frame(name, first)], [frame(name, second)]);
    t.deepEqual(found, { ...nothing, different: ['IMG_0001'] });
  }
});

test('content decides where it is known of both, else name, size and time, in whatever zone', (t) => {
  const name = 'DCIM/100CANON/IMG_0001.CR3';
  const same = { ...nothing, same: ['IMG_0001'] };
  const later = { modifiedUs: noon + 5_000_000_000 };
  const byContent = compareCards([frame(name, { b3: one })], [frame(name, { b3: one, ...later })]);
  t.deepEqual(byContent, { ...same, sameByContent: 1 });
  for (const modifiedUs of [noon, noon + 2_000_000, noon - 3600_000_000, noon + 5400_000_000 - 2_000_000])
    t.deepEqual(compareCards([frame(name, { b3: one })], [frame(name, { modifiedUs })]), same);
});

test('two cards are compared by the names of their pictures, whatever folder they are in', (t) => {
  const first = ['IMG_0001.CR3', 'IMG_0002.CR3', 'IMG_0003.CR3', 'IMG_0005.CR3', 'IMG_0005.JPG'];
  const second = ['IMG_0001.CR3', 'img_0002.JPG', 'IMG_0004.JPG', 'IMG_0005.JPG'];
  t.deepEqual(
    compareCards(
      first.map((name) => frame(`DCIM/100CANON/${name}`)),
      second.map((name) => frame(`DCIM/101CANON/${name}`)),
    ),
    {
      ...{ same: ['IMG_0001', 'IMG_0005'], sameByContent: 0, inOtherForms: ['IMG_0002'], different: [] },
      ...{ onlyOnFirst: ['IMG_0003'], onlyOnSecond: ['IMG_0004'] },
    },
  );
});

test('of two pictures of one name each is looked for', (t) => {
  const first = [frame('D/100/IMG_0001.CR3', { bytes: 1 }), frame('D/101/IMG_0001.CR3', { bytes: 2 })];
  t.deepEqual(compareCards(first, [...first].reverse()), { ...nothing, same: ['IMG_0001'] });
  t.deepEqual(compareCards(first, first.slice(1)), { ...nothing, onlyOnFirst: ['IMG_0001'] });
  t.deepEqual(compareCards(first.slice(1), first), { ...nothing, onlyOnSecond: ['IMG_0001'] });
});

test('the gaps of two cards are what is on neither', (t) => {
  t.deepEqual(gapsOverBoth([], []), []);
  const first = [1, 2, 4, 9].map((at) => `DCIM/100CANON/IMG_000${at}.CR3`);
  // Counted in a folder of its own, and going on where the first was full.
  const second = [2, 3, 6, 9].map((at) => `DCIM/105CANON/IMG_000${at}.JPG`);
  t.deepEqual(gapsOverBoth(first, second), [
    { from: 'IMG_0005', to: 'IMG_0005', missing: 1 },
    { from: 'IMG_0007', to: 'IMG_0008', missing: 2 },
  ]);
  t.deepEqual(gapsOverBoth(['D/1/IMG_9998.CR3'], ['D/2/IMG_0002.CR3', 'D/2/IMG_0001.CR3']), [
    { from: 'IMG_9999', to: 'IMG_9999', missing: 1 },
  ]);
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
