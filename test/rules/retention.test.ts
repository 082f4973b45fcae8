/** Which versions are kept, and why: golden files, a brute-force reading of the rule, and examples. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { GlassineError } from '../../src/base/errors.js';
import { fromRfc3339, toRfc3339 } from '../../src/base/time.js';
import {
  decideRetention,
  describeRetention,
  keepForever,
  parseRetention,
} from '../../src/rules/retention.js';
import type { RetainedVersion, RetentionDecision, ThinStep } from '../../src/rules/retention.js';
import { utcZone } from '../../src/rules/zone.js';
import type { VersionRow } from '../../src/store/catalog/types.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const now = Date.UTC(2026, 10, 21, 18, 26, 3);

/** Versions that replaced each other at these moments; the last is current. */
function history(...since: number[]): RetainedVersion[] {
  return since.map((at, key) => ({ key, since: at, until: since[key + 1] }));
}

const keptKeys = (decisions: readonly RetentionDecision[]): number[] =>
  decisions.filter(({ keep }) => keep).map(({ key }) => key);

const decide = (rule: string, versions: readonly RetainedVersion[]): number[] =>
  keptKeys(decideRetention(versions, parseRetention(rule), now));

const unreadable = [
  'sometimes',
  'daily',
  'monthly and daily',
  '0 daily',
  '-3 daily',
  '12 daily, nonsense',
  '7 daily, 8 daily',
  'daily for a fortnight',
  'daily for 0 days',
  'all for',
  'for 30 days',
  '0 a day',
  '12/4',
  '12/4/0',
  '1.5 daily',
  'removed',
  'removed for 3 days, removed for 4 days',
  'every constructor for 3 days',
  'all but one',
];

test('a rule that cannot be read is refused, with what can be', (t) => {
  for (const rule of unreadable) {
    const error = t.throws(() => parseRetention(rule), { instanceOf: GlassineError }, rule);
    t.is(error.code, 'rule-unreadable');
    t.regex(String(error.problem.facts?.['allowed']), /12 a day, 4 weekly, 3 monthly/);
  }
  for (const config of [
    { daily: 0 },
    { last: 1.5 },
    { weekly: -1 },
    { removedForDays: -1 },
    { removedForDays: NaN },
  ]) {
    t.throws(() => parseRetention(config), { instanceOf: GlassineError }, JSON.stringify(config));
  }
});

test('no text makes it do anything but answer or refuse', (t) => {
  const words = fc.constantFrom(
    '12',
    'a',
    'day',
    'daily',
    'for',
    'ever',
    ',',
    '/',
    'removed',
    'all',
    '30d',
    'x',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(words).map((each) => each.join(' ')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const rule = parseRetention(text);
        t.deepEqual(parseRetention(describeRetention(rule)), rule);
      } catch (error) {
        t.true(error instanceof GlassineError);
      }
    }),
  );
});

test('everything is kept for ever unless somebody said otherwise', (t) => {
  for (const rule of [
    '',
    ' ',
    'for ever',
    'forever',
    'Keep for ever',
    'everything',
    'all',
    'keep all for ever',
  ]) {
    t.deepEqual(parseRetention(rule), keepForever, rule);
  }
  t.deepEqual(parseRetention({}), keepForever);
  t.deepEqual(decide('', history(0, 1, 2)), [0, 1, 2]);
  t.deepEqual(
    keptKeys(decideRetention(history(0, 1, 2), { steps: [], counts: {}, removedForMs: undefined }, now)),
    [0, 1, 2],
  );
});

test('the forms people write mean what they say', (t) => {
  const same: [string, string][] = [
    [
      'all for 1 day, hourly for 2 days, daily for 30 days',
      'all for 1 day, hourly for 2 days, daily for 30 days',
    ],
    [
      'Keep everything for a day; every day for 30d then monthly forever',
      'all for 1 day, daily for 30 days, monthly for ever',
    ],
    ['12/4/3', '12 a day for 7 days, 4 weekly, 3 monthly'],
    ['12 a day, 4 weekly, 3 monthly', '12 a day for 7 days, 4 weekly, 3 monthly'],
    ['12 per day and 3 monthly', '12 a day for 31 days, 3 monthly'],
    ['12 a day', '12 a day for ever'],
    [
      '2 an hour, 12 a day, weekly for a year',
      'weekly for 365 days, 2 an hour for 1 day, 12 a day for 7 days',
    ],
    ['12 a day for 2 weeks', '12 a day for 14 days'],
    ['one a day for a month', 'daily for 30 days'],
    ['last 5 and 7 daily', 'last 5, 7 daily'],
    ['5 versions', 'last 5'],
    ['7 daily, removed for 90 days', '7 daily, removed for 90 days'],
    ['deleted files for 36h', 'all for ever, removed for 36 hours'],
  ];
  for (const [typed, meant] of same) t.is(describeRetention(parseRetention(typed)), meant, typed);
  t.is(
    describeRetention(parseRetention({ hourly: 24, yearly: 2, removedForDays: 9 })),
    '24 hourly, 2 yearly, removed for 9 days',
  );
  t.is(describeRetention(parseRetention({ keep: 'daily for 3 days', last: 2 })), 'daily for 3 days, last 2');
});

test('the current version is kept whatever the rule says', (t) => {
  t.deepEqual(decide('all for 1s', history(0)), [0]);
  const [decision] = decideRetention(history(0), parseRetention('1 daily'), now);
  t.is(decision?.reasons[0], 'current');
});

test('an original of ten years ago that was edited today is a day old, not ten years', (t) => {
  const versions = history(now - 3650 * dayMs, now - hourMs);
  t.deepEqual(decide('all for 1 day', versions), [0, 1]);
  t.deepEqual(decide('daily for 30 days', versions), [0, 1]);
  t.deepEqual(decide('all for 30m', versions), [1]);
});

test('a version whose file was removed stays for ever, or as long as the person said', (t) => {
  const removed: RetainedVersion[] = [
    { key: 0, since: now - 90 * dayMs, until: now - 60 * dayMs },
    { key: 1, since: now - 60 * dayMs, until: now - 40 * dayMs },
  ];
  t.deepEqual(decide('all for 1 day', removed), [1]);
  t.deepEqual(decide('all for 1 day, removed for 41 days', removed), [1]);
  t.deepEqual(decide('all for 1 day, removed for 40 days', removed), []);
  t.deepEqual(decide('all for 1 day, removed for 0 days', removed), []);
});

test('what was removed and came back later was removed all the same', (t) => {
  const versions: RetainedVersion[] = [
    { key: 0, since: now - 90 * dayMs, until: now - 60 * dayMs },
    { key: 1, since: now - 50 * dayMs, until: undefined },
  ];
  t.deepEqual(decide('all for 1 day', versions), [0, 1]);
  t.deepEqual(decide('all for 1 day, removed for 30 days', versions), [1]);
});

test('every decision has a reason, and comes in the order of the versions', (t) => {
  const versions = history(
    ...Array.from({ length: 50 }, (_, at) => now - (50 - at) * 7 * hourMs),
  ).toReversed();
  const decisions = decideRetention(versions, parseRetention('12/4/3'), now);
  t.deepEqual(
    decisions.map(({ key }) => key),
    versions.map(({ key }) => key),
  );
  t.true(decisions.every(({ reasons }) => reasons.length > 0 && reasons.every((reason) => reason !== '')));
  t.true(decisions.some(({ keep }) => !keep));
});

test('days are those of the zone', (t) => {
  const evening = Date.UTC(2026, 10, 10, 23, 30);
  const versions = history(evening - 5 * hourMs, evening, evening + hourMs);
  const rule = parseRetention('daily for 30 days');
  t.deepEqual(keptKeys(decideRetention(versions, rule, now)), [1, 2]);
  const tokyo = { offsetMs: () => 9 * hourMs };
  t.deepEqual(keptKeys(decideRetention(versions, { ...rule, zone: tokyo }, now)), [2]);
});

test('weeks begin on Monday', (t) => {
  const sunday = Date.UTC(2026, 10, 15, 12);
  t.deepEqual(
    decide('2 weekly', history(sunday - 9 * dayMs, sunday, sunday + dayMs, sunday + 2 * dayMs)),
    [1, 3],
  );
});

test('a rung that is not full keeps the oldest version', (t) => {
  const versions = history(...[40, 30, 3, 2, 1].map((hours) => now - hours * 60_000));
  t.deepEqual(decide('7 daily', versions), [0, 4]);
  t.deepEqual(decide('1 daily', versions), [4]);
});

test('rows of the catalog are what retention takes', (t) => {
  const row: VersionRow = {
    key: 7,
    fileKey: 1,
    sourceKey: 1,
    path: 'a',
    content: { kind: 'file', bytes: 1, modifiedUs: 1 },
    since: now,
    until: undefined,
  };
  t.deepEqual(keptKeys(decideRetention([row], keepForever, now)), [7]);
});

/** Whether a step keeps a version, by looking at every period one after the other. */
function keptBySteps(
  version: RetainedVersion,
  versions: readonly RetainedVersion[],
  step: ThinStep,
): boolean {
  const fromMs = step.forMs === undefined ? -Infinity : now - step.forMs;
  const endOf = (each: RetainedVersion): number => each.until ?? Infinity;
  if (endOf(version) <= fromMs) return false;
  if (step.every === 'all') return true;
  const lengthMs = step.every === 'hour' ? hourMs : dayMs;
  for (let start = Math.floor(version.since / lengthMs) * lengthMs; start <= now; start += lengthMs) {
    const end = start + lengthMs;
    if (end <= fromMs || start >= endOf(version)) continue;
    const alive = versions.filter((each) => each.since < end && endOf(each) > start);
    const newest = alive.toSorted((a, b) => b.since - a.since).slice(0, step.most);
    if (newest.includes(version)) return true;
  }
  return false;
}

test('thinning keeps what a snapshot at the end of each period would have held', (t) => {
  const gaps = fc.array(fc.integer({ min: 1, max: 3 * 24 * 60 }), { minLength: 1, maxLength: 25 });
  const step = fc.record({
    every: fc.constantFrom('all' as const, 'hour' as const, 'day' as const),
    most: fc.integer({ min: 1, max: 4 }),
    forMs: fc.option(
      fc.integer({ min: 1, max: 40 * 24 * 60 }).map((minutes) => minutes * 60_000),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(gaps, step, fc.boolean(), (minutes, thin, isRemoved) => {
      let at = now;
      const since = minutes.map((gap) => (at -= gap * 60_000)).toReversed();
      const versions = history(...since).map((version, key) =>
        isRemoved && key === since.length - 1 ? { ...version, until: now - 30_000 } : version,
      );
      const most = thin.every === 'all' ? 1 : thin.most;
      const rule = { steps: [{ ...thin, most }], counts: {}, removedForMs: 0, zone: utcZone };
      const decided = decideRetention(versions, rule, now);
      for (const [key, version] of versions.entries()) {
        const expected = version.until === undefined || keptBySteps(version, versions, { ...thin, most });
        t.is(decided[key]?.keep, expected, JSON.stringify({ versions, thin, key }));
      }
    }),
    { numRuns: 300 },
  );
});

test('a longer rule never keeps less, and what was let go is never wanted later', (t) => {
  const gaps = fc.array(fc.integer({ min: 1, max: 90 * 24 }), { minLength: 2, maxLength: 30 });
  const rules = [
    'all for 1 day, daily for 30 days',
    'daily for 30 days, weekly for a year',
    '12 a day for 9 days',
  ];
  fc.assert(
    fc.property(gaps, fc.constantFrom(...rules), fc.nat({ max: 60 }), (hours, text, laterDays) => {
      let at = now;
      const since = hours.map((gap) => (at -= gap * hourMs)).toReversed();
      const versions = history(...since);
      const rule = parseRetention(text);
      const keys = keptKeys(decideRetention(versions, rule, now));
      const more = keptKeys(decideRetention(versions, parseRetention(`${text}, 3 monthly`), now));
      t.true(keys.every((key) => more.includes(key)));
      const later = keptKeys(decideRetention(versions, rule, now + laterDays * dayMs));
      t.true(later.every((key) => keys.includes(key)));
    }),
  );
});

/**
 * A golden file: `rule`, `now` and `hours` (of the zone ahead of UTC), then a line for each version, `since`,
 * `until` and what is decided about it. Run with UPDATE_GOLDEN=1 to have the decisions written anew.
 */
const goldenFolder = fileURLToPath(new URL('../../../test/golden/retention/', import.meta.url));

function decided(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const head = new Map(lines.slice(0, 3).map((line) => line.split(': ') as [string, string]));
  const hours = Number(head.get('hours'));
  const nowMs = fromRfc3339(head.get('now') ?? '') ?? NaN;
  const versions = lines.slice(3).map((line, key): RetainedVersion => {
    const [since = '', until = ''] = line.split(' ');
    return { key, since: fromRfc3339(since) ?? NaN, until: fromRfc3339(until) };
  });
  const rule = { ...parseRetention(head.get('rule') ?? ''), zone: { offsetMs: () => hours * hourMs } };
  const decisions = decideRetention(versions, rule, nowMs);
  const written = decisions.map(({ key, keep, reasons }) => {
    const { since = NaN, until } = versions[key] ?? {};
    const times = [toRfc3339(since), until === undefined ? 'current'.padEnd(24) : toRfc3339(until)];
    return [...times, keep ? 'keep' : 'go  ', reasons.join('; ')].join(' ');
  });
  return [...lines.slice(0, 3), '', ...written, ''].join('\n');
}

for (const name of readdirSync(goldenFolder)) {
  test(`decisions are those of the golden file ${name}`, (t) => {
    const golden = readFileSync(goldenFolder + name, 'utf8');
    const written = decided(golden);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(goldenFolder + name, written);
    else t.is(written, golden);
    t.regex(written, / keep /);
  });
}

test('there are golden files', (t) => {
  t.true(readdirSync(goldenFolder).length >= 5);
});
