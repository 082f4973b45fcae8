/** When passes are due, on clocks that sleep, jump and go back. */
import test from 'ava';
import { PassSchedule } from '../../src/agent/pass-schedule.js';

const hour = 3_600_000;
const parts = (...folders: string[]) => folders.map((folder) => ({ folder, kind: 'folder' as const }));

/** A schedule that has done its first pass at `atMs`. */
function begun(atMs: number): PassSchedule {
  const schedule = new PassSchedule();
  const scope = schedule.take(atMs, hour);
  if (!scope) throw new Error('the first pass is due at once');
  schedule.done(scope, atMs, false);
  return schedule;
}

test('the first pass looks at everything', (t) => {
  t.deepEqual(new PassSchedule().take(0, hour), { whole: true });
});

test('nothing is due until something happens, or the time has come', (t) => {
  const schedule = begun(1000);
  t.is(schedule.take(1000 + hour - 1, hour), undefined);
  t.deepEqual(schedule.take(1000 + hour, hour), { whole: true });
});

test('a computer that slept for a month looks at everything once', (t) => {
  const schedule = begun(0);
  const scope = schedule.take(30 * 24 * hour, hour);
  t.deepEqual(scope, { whole: true });
  if (scope) schedule.done(scope, 30 * 24 * hour, false);
  t.is(schedule.take(30 * 24 * hour + 1, hour), undefined);
});

test('a clock that is set back years does not stop the looking', (t) => {
  const schedule = begun(20 * 365 * 24 * hour);
  t.deepEqual(schedule.take(hour, hour), { whole: true });
});

test('quiet folders are looked at alone, those of every source together', (t) => {
  const schedule = begun(0);
  schedule.wantParts('a', parts('2026'));
  schedule.wantParts('b', parts('x', 'y'));
  schedule.wantParts('a', parts('2027'));
  const scope = schedule.take(1, hour);
  t.deepEqual(scope, {
    whole: false,
    parts: new Map([
      ['a', parts('2026', '2027')],
      ['b', parts('x', 'y')],
    ]),
  });
  t.is(schedule.take(2, hour), undefined);
});

test('a pass that was stopped is wanted again, whatever it was for', (t) => {
  const schedule = begun(0);
  schedule.wantParts('a', parts('2026'));
  const scope = schedule.take(1, hour);
  if (scope) schedule.putBack(scope);
  t.deepEqual(schedule.take(2, hour), scope);
  schedule.putBack({ whole: true });
  t.deepEqual(schedule.take(3, hour), { whole: true });
});

test('what was left is tried again, later each time, and at once after success', (t) => {
  const schedule = begun(0);
  let now = 0;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    schedule.done({ whole: true }, now, true);
    const failedAt = now;
    while (schedule.take(now, 24 * hour) === undefined) now += 1000;
    waits.push(now - failedAt);
  }
  t.deepEqual(waits, [15_000, 30_000, 60_000, 120_000]);
  schedule.done({ whole: true }, now, false);
  schedule.done({ whole: true }, now, true);
  t.is(schedule.take(now + 14_999, hour), undefined);
  t.deepEqual(schedule.take(now + 15_000, hour), { whole: true });
});

test('more folders than anybody should list become a look at everything', (t) => {
  const schedule = begun(0);
  for (let n = 0; n < 6000; n++) schedule.wantParts('a', parts(`folder ${n}`));
  t.deepEqual(schedule.take(1, hour), { whole: true });
});
