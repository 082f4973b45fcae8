/** A run is written into a page between its marks and nowhere else; options that mean nothing are refused. */
import test from 'ava';
import { readOptions, UsageError } from '../../bench/options.js';
import { earlierResults, reportJson, reportText, withReport } from '../../bench/report.js';
import type { Run } from '../../bench/report.js';

const run: Run = {
  madeAt: new Date(Date.UTC(2026, 0, 2, 3, 4)),
  minutes: 2,
  quick: true,
  machine: '2 x processor',
  versions: ['cp 9.1'],
  missing: ['not installed: borg (apt-get install borgbackup)'],
  device: undefined,
  results: [],
  isStopped: false,
};

test('a page without its marks is refused', (t) => {
  t.throws(() => withReport('# Page', 'x'), { instanceOf: UsageError });
  t.throws(() => withReport('<!-- bench: end --><!-- bench: begin -->', 'x'), { instanceOf: UsageError });
});

test('only what is between the marks is replaced, any number of times', (t) => {
  const page = 'before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n';
  const once = withReport(page, 'new $& text');
  t.is(once, 'before\n<!-- bench: begin -->\nnew $& text\n<!-- bench: end -->\nafter\n');
  t.is(withReport(once, 'new $& text'), once);
});

test('a quick run says that it is one, when it was, and who was missing', (t) => {
  const text = reportText(run);
  t.regex(text, /Run of 2026-01-02 03:04 UTC/);
  t.regex(text, /Quick run/);
  t.regex(text, /Not installed: borg/);
  t.notRegex(reportText({ ...run, quick: false }), /Quick run/);
});

test('a run that was stopped says so, and what is no JSON of a run is refused', (t) => {
  t.regex(reportText({ ...run, isStopped: true }), /Stopped before its end/);
  t.notRegex(reportText(run), /Stopped/);
  for (const text of ['', '{}', '[]'])
    t.throws(() => earlierResults(text, []), { instanceOf: UsageError }, text);
});

test('the JSON holds the same', (t) => {
  const document = JSON.parse(reportJson(run)) as Record<string, unknown>;
  t.like(document, { quick: true, machine: '2 x processor', rows: [], wrong: [] });
});

test('options that mean nothing are refused, with how it is used', (t) => {
  t.throws(() => readOptions(['--rounds', 'many']), { instanceOf: UsageError, message: /--rounds/ });
  t.throws(() => readOptions(['--fast']), { instanceOf: UsageError, message: /--quick/ });
});

test('a full run has five rounds, a quick one two, unless told', (t) => {
  t.is(readOptions([]).rounds, 5);
  t.is(readOptions(['--quick']).rounds, 2);
  t.is(readOptions(['--quick', '--rounds', '7']).rounds, 7);
  t.deepEqual(readOptions(['--only', 'hash,ls-all']).only, ['hash', 'ls-all']);
});
