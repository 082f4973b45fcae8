/** When a vault will be full: said only where it can be known. */
import test from 'ava';
import fc from 'fast-check';
import { fullAtOf, rateSince } from '../../src/rules/filling.js';
import type { Filling } from '../../src/rules/filling.js';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 21, 18);

/** A vault of 200 days that got 9 GB on ten days of the last 90: 100 MB a day. */
const steady: Filling = {
  firstKeptAt: now - 200 * dayMs,
  seenAt: now,
  keptBytes: Array.from({ length: 10 }, () => 900e6),
  freeBytes: 50e9,
  behindBytes: 0,
};

const daysLeft = (more: Partial<Filling>): number | undefined => {
  const full = fullAtOf({ ...steady, ...more }, now);
  return full === undefined ? undefined : (full - now) / dayMs;
};

test('nothing is said of a young vault, of one that hardly grows, or of what lies far ahead', (t) => {
  t.is(daysLeft({ firstKeptAt: now - 20 * dayMs }), undefined, 'a week of moving in, and 13 days');
  t.is(daysLeft({ keptBytes: [] }), undefined);
  t.is(daysLeft({ keptBytes: [0, 0, 0, 0] }), undefined);
  t.is(daysLeft({ keptBytes: [9e9, 9e9] }), undefined, 'two days are no rate');
  t.is(daysLeft({ freeBytes: 100e12 }), undefined);
});

test('the room that is left is divided by what came in 90 days', (t) => {
  t.is(daysLeft({}), 500);
  t.is(daysLeft({ freeBytes: 0 }), 0);
});

test('what it lacks now is taken from the room first', (t) => {
  t.is(daysLeft({ behindBytes: 10e9 }), 400);
  t.is(daysLeft({ behindBytes: 60e9 }), 0);
});

test('the week in which the library moved in is no rate', (t) => {
  const firstKeptAt = now - 27 * dayMs;
  t.is(rateSince({ firstKeptAt, seenAt: now }), now - 20 * dayMs);
  t.is(daysLeft({ firstKeptAt, keptBytes: [1e9, 1e9] }), undefined);
  t.is(daysLeft({ firstKeptAt, keptBytes: [1e9, 0.5e9, 0.5e9] }), 500, '2 GB in 20 days');
});

test('a drive in a safe does not fill: its rate is that of when it was seen', (t) => {
  t.is(rateSince({ ...steady, seenAt: now - 60 * dayMs }), now - 150 * dayMs);
  t.is(daysLeft({ seenAt: now - 60 * dayMs }), 500);
});

test('less room is never full later, and nothing was full yesterday', (t) => {
  const filling = fc.record({
    keptBytes: fc.array(fc.nat({ max: 1e9 }), { maxLength: 20 }),
    freeBytes: fc.nat({ max: 1e12 }),
    behindBytes: fc.nat({ max: 1e12 }),
    age: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(filling, ({ age, ...rest }) => {
      const all = { ...rest, firstKeptAt: now - age * dayMs, seenAt: now };
      const full = fullAtOf(all, now);
      if (full === undefined) return;
      t.true(full >= now && Number.isInteger(full));
      t.true((fullAtOf({ ...all, freeBytes: Math.floor(all.freeBytes / 2) }, now) ?? Infinity) <= full);
    }),
  );
});
