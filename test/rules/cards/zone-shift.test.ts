/** Times of a card that all moved. */
import test from 'ava';
import { couldBeSameTime, zoneShiftUs } from '../../../src/rules/cards/zone-shift.js';

const hour = 3_600_000_000;

test('times that moved by something else than zones do are no shift', (t) => {
  for (const differences of [[], [1], [hour + 2_000_000], [27 * hour, 27 * hour], [7 * 60 * 1_000_000]])
    t.is(zoneShiftUs(differences), undefined);
});

test('a shift is what most files moved by', (t) => {
  t.is(zoneShiftUs([0, 0, 5]), 0);
  t.is(zoneShiftUs([hour, hour, 3, hour]), hour);
  t.is(zoneShiftUs([-9 * hour]), -9 * hour);
  t.is(zoneShiftUs([5.5 * hour, 5.5 * hour, 0]), 5.5 * hour);
});

test('times may differ by a zone and by what FAT rounds off', (t) => {
  const at = Date.parse('2026-03-20T10:30:01Z') * 1000;
  const hours = (count: number): number => count * 3_600_000_000;
  for (const other of [at, at + 1_000_000, at - hours(2), at + hours(5.75) + 1_999_999]) {
    t.true(couldBeSameTime(at, other));
    t.true(couldBeSameTime(other, at));
  }
  for (const other of [at + 3_000_000, at + hours(0.1), at + hours(27)]) t.false(couldBeSameTime(at, other));
});
