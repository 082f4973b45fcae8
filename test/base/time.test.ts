/** The forms in which moments are written. */
import test from 'ava';
import fc from 'fast-check';
import { fromRfc3339, fromStamp, systemClock, toRfc3339, toStamp } from '../../src/base/time.js';

const moment = fc.integer({ min: 0, max: Date.UTC(2255, 0) });

test('what is not an RFC 3339 moment is refused', (t) => {
  const wrong = [
    '',
    '2026-11-21',
    '2026-11-21 18:00:00Z',
    '2026-11-21T18:00Z',
    '2026-11-21T18:00:00',
    '2026-13-01T00:00:00Z',
    '2026-11-21T25:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T23:60:00Z',
    '2026-11-21T18:00:00+25:00',
    '2026-11-21T18:00:00+01:60',
    '2026-11-21T18:00:00+0100',
    ' 2026-11-21T18:00:00Z',
  ];
  for (const text of wrong) t.is(fromRfc3339(text), undefined, text);
});

test('a day that no calendar has is refused', (t) => {
  for (const day of ['2026-02-29', '2026-02-30', '2026-04-31', '2026-11-00', '2026-11-32']) {
    t.is(fromRfc3339(`${day}T00:00:00Z`), undefined, day);
  }
  t.is(fromRfc3339('2028-02-29T00:00:00Z'), Date.UTC(2028, 1, 29));
});

test('moments are written and read to the millisecond, and offsets count', (t) => {
  fc.assert(fc.property(moment, (ms) => t.is(fromRfc3339(toRfc3339(ms)), ms)));
  t.is(fromRfc3339('2026-11-21T18:26:03.120Z'), Date.UTC(2026, 10, 21, 18, 26, 3, 120));
  t.is(fromRfc3339('2026-11-21T18:26:03+05:30'), Date.UTC(2026, 10, 21, 12, 56, 3));
});

test('a stamp is UTC, cut to the second, and holds nothing that a file system refuses', (t) => {
  t.is(toStamp(Date.UTC(2026, 10, 21, 18, 26, 3, 999)), '2026-11-21 18.26.03Z');
  fc.assert(
    fc.property(moment, (ms) => {
      t.regex(toStamp(ms), /^[-0-9. Z]{20}$/);
      t.is(fromStamp(toStamp(ms)), ms - (ms % 1000));
    }),
  );
});

test('what is not a stamp is refused', (t) => {
  for (const text of [
    '',
    '2026-11-21',
    '2026-11-21 18:26:03Z',
    '2026-11-21 18.26.03',
    '2026-11-21 99.26.03Z',
  ]) {
    t.is(fromStamp(text), undefined, text);
  }
});

test('the clock of the machine tells milliseconds', (t) => {
  const before = Date.now();
  const now = systemClock.now();
  t.true(before <= now && now <= Date.now());
});
