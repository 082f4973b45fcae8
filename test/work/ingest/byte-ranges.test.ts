/** Stretches of a file. */
import test from 'ava';
import { bytesIn, describeRanges, joinRanges } from '../../../src/work/ingest/byte-ranges.js';

test('no stretches are no bytes and no words', (t) => {
  t.deepEqual(joinRanges([]), []);
  t.is(bytesIn([]), 0);
  t.is(describeRanges([]), '');
});

test('stretches that touch are one', (t) => {
  const ranges = joinRanges([
    { from: 0, to: 512 },
    { from: 512, to: 1024 },
    { from: 2048, to: 4096 },
  ]);
  t.deepEqual(ranges, [
    { from: 0, to: 1024 },
    { from: 2048, to: 4096 },
  ]);
  t.is(bytesIn(ranges), 3072);
  t.is(describeRanges(ranges), '0 to 1023, 2048 to 4095');
});

test('many stretches are counted', (t) => {
  const ranges = Array.from({ length: 9 }, (_, at) => ({ from: at * 10, to: at * 10 + 1 }));
  t.is(describeRanges(ranges), '0 to 0, 10 to 10, 20 to 20, 30 to 30, and 5 more');
});
