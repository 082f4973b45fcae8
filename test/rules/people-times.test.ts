/** Times, spans, sizes and counts as people type and read them. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { GlassineError } from '../../src/base/errors.js';
import { toRfc3339 } from '../../src/base/time.js';
import {
  describeAge,
  describeBytes,
  describeCount,
  describeSpan,
  parseDuration,
  parseTime,
} from '../../src/rules/people-times.js';
import { fromWall, toWall, utcZone } from '../../src/rules/zone.js';
import type { Zone } from '../../src/rules/zone.js';
import { run } from '../support/commands.js';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 21, 18, 26, 3);

/** Central European time of 2026: an hour ahead, two from 29 March to 25 October, 01:00 UTC. */
const berlin: Zone = {
  offsetMs: (ms) => (ms >= Date.UTC(2026, 2, 29, 1) && ms < Date.UTC(2026, 9, 25, 1) ? 2 * hourMs : hourMs),
};
/** A zone whose clocks skip midnight, as Beirut's did: on 29 March 2026 00:00 became 01:00. */
const beirut: Zone = { offsetMs: (ms) => (ms >= Date.UTC(2026, 2, 28, 22) ? 3 : 2) * hourMs };

const read = (text: string, zone: Zone = utcZone, nowMs = now): string =>
  toRfc3339(parseTime(text, nowMs, zone));

const wrong = [
  '',
  '  ',
  'soon',
  'ago',
  '3 ago',
  'h ago',
  '-3h ago',
  '3 parsecs ago',
  '3h',
  'tomorrow',
  '2026',
  '2026-11',
  '2026-13-01',
  '2026-02-30',
  '2026-02-29 12:00',
  '21.11.2026',
  '2026-11-21 24:00',
  '2026-11-21 18:60',
  '2026-11-21 18',
  '2026-11-21T18:26:03+25:00',
  'yesterday 25:00',
  'yesterday 18:00Z',
  '2026-11-21Z',
  '999999999 years ago',
  'constructor ago',
  '3 constructor ago',
];

test('what is no time is refused, with what is allowed', (t) => {
  for (const text of wrong) {
    const error = t.throws(() => parseTime(text, now, utcZone), { instanceOf: GlassineError }, text);
    t.is(error.code, 'time-unreadable');
    t.is(error.problem.subject, text);
    t.regex(String(error.problem.facts?.['allowed']), /3h ago/);
  }
});

test('no text makes it do anything but answer or refuse', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        t.true(Number.isFinite(parseTime(text, now, berlin)));
      } catch (error) {
        t.true(error instanceof GlassineError);
      }
    }),
  );
});

test('RFC 3339 is read as it is, whatever the zone', (t) => {
  t.is(read('2026-11-21T18:26:03.120Z', berlin), '2026-11-21T18:26:03.120Z');
  t.is(read('2026-11-21t18:26:03z', berlin), '2026-11-21T18:26:03.000Z');
  t.is(read('2026-11-21T18:26:03-05:00', berlin), '2026-11-21T23:26:03.000Z');
  t.is(read('2026-11-21 18:26+02:00', berlin), '2026-11-21T16:26:00.000Z');
});

test('a day means its end on local clocks', (t) => {
  t.is(read('2026-11-21'), '2026-11-21T23:59:59.999Z');
  t.is(read('2026-11-21', berlin), '2026-11-21T22:59:59.999Z');
  t.is(read('yesterday', berlin), '2026-11-20T22:59:59.999Z');
  t.is(read('today', berlin), '2026-11-21T22:59:59.999Z');
});

test('a day with a time means that moment on local clocks', (t) => {
  t.is(read('2026-11-21 18:00', berlin), '2026-11-21T17:00:00.000Z');
  t.is(read('2026-11-21 18:00:30', berlin), '2026-11-21T17:00:30.000Z');
  t.is(read('2026-11-21T18:00', berlin), '2026-11-21T17:00:00.000Z');
  t.is(read('2026-07-01 9:05', berlin), '2026-07-01T07:05:00.000Z');
  t.is(read('Yesterday  18:00', berlin), '2026-11-20T17:00:00.000Z');
  t.is(read('today 09:30', berlin), '2026-11-21T08:30:00.000Z');
});

test('today and yesterday are those of local clocks', (t) => {
  const lateEvening = Date.UTC(2026, 10, 21, 23, 30);
  t.is(read('today 09:30', berlin, lateEvening), '2026-11-22T08:30:00.000Z');
  t.is(read('yesterday 09:30', berlin, lateEvening), '2026-11-21T08:30:00.000Z');
});

test('so long ago is counted back from now', (t) => {
  t.is(read('now'), '2026-11-21T18:26:03.000Z');
  t.is(read('3h ago'), '2026-11-21T15:26:03.000Z');
  t.is(read('45m ago'), '2026-11-21T17:41:03.000Z');
  t.is(read('1.5 hours ago'), '2026-11-21T16:56:03.000Z');
  t.is(read('an hour ago'), '2026-11-21T17:26:03.000Z');
  t.is(read('2 days ago'), '2026-11-19T18:26:03.000Z');
  t.is(read('1w ago'), '2026-11-14T18:26:03.000Z');
  t.is(read('a month ago'), '2026-10-21T18:26:03.000Z');
  t.is(read('2 years ago'), '2024-11-21T18:26:03.000Z');
});

test('a month ago is a day that its month has', (t) => {
  t.is(read('1 month ago', utcZone, Date.UTC(2026, 2, 31, 12)), '2026-02-28T12:00:00.000Z');
  t.is(read('1 year ago', utcZone, Date.UTC(2028, 1, 29, 12)), '2027-02-28T12:00:00.000Z');
});

test('days ago keep the time of day when clocks change, hours ago do not', (t) => {
  const afterChange = Date.UTC(2026, 9, 25, 11);
  t.is(read('1 day ago', berlin, afterChange), '2026-10-24T10:00:00.000Z');
  t.is(read('24h ago', berlin, afterChange), '2026-10-24T11:00:00.000Z');
});

test('a time that an autumn shows twice is the later, and its day ends an hour later', (t) => {
  t.is(read('2026-10-25 02:30', berlin), '2026-10-25T01:30:00.000Z');
  t.is(read('2026-10-24', berlin), '2026-10-24T21:59:59.999Z');
  t.is(read('2026-10-25', berlin), '2026-10-25T22:59:59.999Z');
});

test('a time that a spring skips is read with the clock of before', (t) => {
  t.is(read('2026-03-29 02:30', berlin), '2026-03-29T01:30:00.000Z');
  t.is(toRfc3339(toWall(parseTime('2026-03-29 02:30', now, berlin), berlin)), '2026-03-29T03:30:00.000Z');
});

test('a day without a midnight begins when its clocks do', (t) => {
  t.is(read('2026-03-28', beirut), '2026-03-28T21:59:59.999Z');
  t.is(read('2026-03-29', beirut), '2026-03-29T20:59:59.999Z');
});

test('what local clocks show comes back as the moment, but for the hour shown twice', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }), (ms) => {
      for (const zone of [berlin, beirut, utcZone]) {
        const wall = toWall(ms, zone);
        const [first, last] = [fromWall(wall, zone, 'first'), fromWall(wall, zone, 'last')];
        t.true(ms === first || ms === last);
        t.true(first <= last);
        t.is(toWall(first, zone), wall);
        t.is(toWall(last, zone), wall);
      }
    }),
  );
});

test("the zone is this computer's unless another is given", async (t) => {
  const module = fileURLToPath(new URL('../../src/rules/people-times.js', import.meta.url));
  const script = `
    import { parseTime } from ${JSON.stringify(module)};
    const texts =
      ['2026-10-25', '2026-10-25 02:30', '2026-03-29 02:30', '2026-07-01 12:00', 'yesterday 18:00'];
    console.log(texts.map((text) => new Date(parseTime(text, ${now})).toISOString()).join(' '));
  `;
  const inZone = async (TZ: string): Promise<string[]> => {
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
      env: { TZ },
    });
    t.is(stderr, '');
    return stdout.trim().split(' ');
  };
  t.deepEqual(await inZone('Europe/Berlin'), [
    '2026-10-25T22:59:59.999Z',
    '2026-10-25T01:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-07-01T10:00:00.000Z',
    '2026-11-20T17:00:00.000Z',
  ]);
  t.deepEqual(await inZone('Asia/Kathmandu'), [
    '2026-10-25T18:14:59.999Z',
    '2026-10-24T20:45:00.000Z',
    '2026-03-28T20:45:00.000Z',
    '2026-07-01T06:15:00.000Z',
    '2026-11-21T12:15:00.000Z',
  ]);
  // Clocks fall back by half an hour: 02:00 to 01:30 on 5 April.
  t.is((await inZone('Australia/Lord_Howe'))[0], '2026-10-25T12:59:59.999Z');
});

test('what is no span is refused', (t) => {
  for (const text of ['', '30', 'd', '30 x', '-1d', '1d2h', '1e3s', 'days', '30d ago', '1.2345h']) {
    const error = t.throws(() => parseDuration(text), { instanceOf: GlassineError }, text);
    t.is(error.code, 'time-unreadable');
  }
});

test('spans are read in every unit', (t) => {
  const spans: [string, number][] = [
    ['90s', 90_000],
    ['10m', 600_000],
    ['10 min', 600_000],
    ['1h', hourMs],
    ['30d', 720 * hourMs],
    ['2w', 336 * hourMs],
    ['6mo', 180 * 24 * hourMs],
    ['a year', 365 * 24 * hourMs],
    ['an hour', hourMs],
    [' 10  Minutes ', 600_000],
    ['1.5h', 1.5 * hourMs],
    ['0s', 0],
  ];
  for (const [text, ms] of spans) t.is(parseDuration(text), ms, text);
});

test('ages are told in the largest unit that fits', (t) => {
  const ages: [number, string][] = [
    [-5 * hourMs, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 minute ago'],
    [59 * 60_000, '59 minutes ago'],
    [hourMs, '1 hour ago'],
    [47 * hourMs, '1 day ago'],
    [12 * 24 * hourMs, '12 days ago'],
    [59 * 24 * hourMs, '59 days ago'],
    [60 * 24 * hourMs, '2 months ago'],
    [364 * 24 * hourMs, '12 months ago'],
    [800 * 24 * hourMs, '2 years ago'],
  ];
  for (const [ms, text] of ages) t.is(describeAge(ms), text);
  t.is(describeSpan(1500), '1 second');
  t.is(describeSpan(0), '0 seconds');
});

test('sizes are told in powers of a thousand, without needless digits', (t) => {
  const sizes: [number, string][] = [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [8123, '8.1 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [340e6, '340 MB'],
    [12.4e9, '12.4 GB'],
    [1.25e12, '1.3 TB'],
    [5e18, '5000 PB'],
  ];
  for (const [size, text] of sizes) t.is(describeBytes(size), text);
});

test('counts have their thousands apart and their words agree', (t) => {
  t.is(describeCount(18_204), '18,204');
  t.is(describeCount(1_234_567, 'picture'), '1,234,567 pictures');
  t.is(describeCount(1, 'picture'), '1 picture');
  t.is(describeCount(2, 'copy', 'copies'), '2 copies');
  t.is(describeCount(0, 'file'), '0 files');
});
