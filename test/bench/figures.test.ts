/** What is printed beside the targets: medians, spreads within a round, verdicts, and rows without a peer. */
import test from 'ava';
import type { RowResult } from '../../bench/contest.js';
import { figuresOf, median, ratio } from '../../bench/figures.js';
import type { Row, Sample, Target } from '../../bench/rows/row.js';
import { targetTable } from '../../bench/table.js';

const sample = (seconds: number, peakBytes?: number): Sample => ({
  seconds,
  processorSeconds: undefined,
  peakBytes,
});

function result(targets: readonly Target[], samples: Record<string, readonly Sample[]>): RowResult {
  const contestants = Object.keys(samples).map((name) => ({
    name,
    needs: [],
    command: () => ({ program: 'true', args: [] }),
  }));
  const row: Row = { id: 'row', work: 'work', corpus: 'shoot', caches: 'warm', contestants, targets };
  return {
    row,
    rounds: 3,
    files: 1,
    bytes: 1,
    diskBytes: 4096,
    measuredAt: new Date(0),
    cachesAsSaid: true,
    samples: new Map(Object.entries(samples)),
    absent: new Map(),
    wrong: [],
  };
}

test('a row whose peer is missing says so instead of a ratio', (t) => {
  const target: Target = { against: 'restic', of: 'wall', limit: 0.5 };
  const { absent, ...rest } = result([target], { glassine: [sample(1)] });
  t.is(absent.size, 0);
  const reason = 'not installed: restic (apt-get install restic)';
  const [figure] = figuresOf([{ ...rest, absent: new Map([['restic', reason]]) }]);
  t.like(figure, { value: undefined, verdict: 'not measured', note: reason });
  t.regex(targetTable(figure ? [figure] : []), /not measured: not installed: restic/);
});

test('a wrong result of ours is never a ratio', (t) => {
  const target: Target = { against: 'cp', of: 'wall', limit: 0.5 };
  const { absent, ...rest } = result([target], { cp: [sample(1)] });
  t.is(absent.size, 0);
  const [figure] = figuresOf([{ ...rest, absent: new Map([['glassine', 'wrong']]) }]);
  t.like(figure, { value: undefined, verdict: 'not measured', note: 'wrong' });
});

test('the middle value is the mean of two where there are two', (t) => {
  t.is(median([3, 1, 2]), 2);
  t.is(median([4, 1, 2, 3]), 2.5);
  t.true(Number.isNaN(median([])));
});

test('a ratio is one of medians, and its spread is that within the rounds', (t) => {
  t.deepEqual(ratio([1, 2, 9], [2, 2, 10]), { median: 1, least: 0.5, most: 1 });
  t.is(ratio([], [1]), undefined);
});

test('at the limit a target is reached, above it it is missed', (t) => {
  const targets: Target[] = [
    { against: 'cp', of: 'wall', limit: 0.5 },
    { against: 'cp', of: 'wall', limit: 0.49 },
  ];
  const figures = figuresOf([result(targets, { glassine: [sample(1)], cp: [sample(2)] })]);
  t.deepEqual(
    figures.slice(0, 2).map(({ verdict }) => verdict),
    ['reached', 'missed'],
  );
});

test('a share that stayed has to be as large as its target', (t) => {
  const target: Target = { against: 'all of it', of: 'share', limit: 0.95 };
  const kept = (share: number): RowResult => result([target], { glassine: [{ ...sample(1), share }] });
  t.is(figuresOf([kept(0.95)])[0]?.verdict, 'reached');
  t.is(figuresOf([kept(0.94)])[0]?.verdict, 'missed');
});

test('memory is judged by the worst row, beside restic where restic did the same work', (t) => {
  const light = result([], { glassine: [sample(1, 50e6)], restic: [sample(1, 100e6)] });
  const heavy = result([], { glassine: [sample(1, 90e6), sample(1, 81e6)], 'restic ls': [sample(1, 100e6)] });
  const alone = result([], { glassine: [sample(1, 170e6)] });
  const [beside, largest] = figuresOf([light, heavy, alone]);
  t.like(beside, { of: 'memory', value: { median: 0.9, least: 0.9, most: 0.9 }, verdict: 'missed' });
  t.like(largest, { of: 'bytes', value: { median: 170e6, least: 170e6, most: 170e6 }, verdict: 'missed' });
});
