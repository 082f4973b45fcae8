/** From single measurements to what is compared with the targets: medians, ratios, spreads, verdicts. */
import type { RowResult } from './contest.js';
import type { Device } from './machine.js';
import { us } from './rows/row.js';
import type { Sample, Target } from './rows/row.js';

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

export type Verdict = 'reached' | 'missed' | 'not measured';

/** One line of the issue: our figure beside its target. */
export interface Figure {
  readonly row: string;
  readonly work: string;
  readonly against: string;
  readonly of: Target['of'] | 'memory' | 'bytes';
  readonly limit: number;
  /** The ratio of medians, with the spread of the ratios within each round; or the figure itself. */
  readonly value: Spread | undefined;
  /** Why there is no value, or where the worst of several was met. */
  readonly note: string;
  readonly verdict: Verdict;
}

function valuesOf(samples: readonly Sample[], of: Target['of']): number[] {
  return samples.flatMap((sample) => {
    const { seconds, processorSeconds, share } = sample;
    const value = { wall: seconds, seconds, processor: processorSeconds, share }[of];
    return value === undefined ? [] : [value];
  });
}

/** The ratio of medians; its spread is that of the ratios within each round, which saw the same machine. */
export function ratio(ours: readonly number[], theirs: readonly number[]): Spread | undefined {
  const pairs = ours.flatMap((value, at) => {
    const other = theirs[at];
    return other === undefined || other <= 0 ? [] : [value / other];
  });
  const spread = spreadOf(pairs);
  return spread && { ...spread, median: median(ours) / median(theirs) };
}

function verdictOf(value: Spread | undefined, isReached: (median: number) => boolean): Verdict {
  if (!value) return 'not measured';
  return isReached(value.median) ? 'reached' : 'missed';
}

function figureOf(result: RowResult, target: Target): Figure {
  const { row, samples, absent } = result;
  const { against, of, limit } = target;
  const ours = valuesOf(samples.get(us) ?? [], of);
  const theirs = valuesOf(samples.get(against) ?? [], of);
  const value = of === 'share' || of === 'seconds' ? spreadOf(ours) : ratio(ours, theirs);
  const reason = absent.get(us) ?? absent.get(against) ?? 'not installed: time (apt-get install time)';
  const caches = result.cachesAsSaid ? '' : 'caches were warm: dropping them needs root';
  return {
    row: row.id,
    work: `${row.work}, ${row.caches}`,
    against,
    of,
    limit,
    value,
    note: value ? caches : reason,
    verdict: verdictOf(value, (found) => (of === 'share' ? found >= limit : found <= limit)),
  };
}

/** The largest process of a program in a row. */
export function peakOf(samples: readonly Sample[]): number | undefined {
  const peaks = samples.flatMap(({ peakBytes }) => peakBytes ?? []);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

const most = 160_000_000;

/** Our memory in every row, and beside restic's wherever restic did the same work: the worst of each. */
function memoryFigures(results: readonly RowResult[]): Figure[] {
  let worst: { value: number; row: string } | undefined;
  let largest: { value: number; row: string } | undefined;
  for (const { row, samples } of results) {
    const ours = peakOf(samples.get(us) ?? []);
    if (ours === undefined) continue;
    if (!largest || ours > largest.value) largest = { value: ours, row: row.id };
    const restic = row.contestants.find(({ name }) => name.startsWith('restic'))?.name;
    const theirs = restic === undefined ? undefined : peakOf(samples.get(restic) ?? []);
    if (theirs === undefined) continue;
    if (!worst || ours / theirs > worst.value) worst = { value: ours / theirs, row: row.id };
  }
  const figure = (
    found: typeof worst,
    { against, of, limit }: Pick<Figure, 'against' | 'of' | 'limit'>,
  ): Figure => {
    const value = found && spreadOf([found.value]);
    return {
      row: 'memory',
      work: 'peak memory, the worst of all rows',
      against,
      of,
      limit,
      value,
      note: found ? `worst in ${found.row}` : 'no row tells it',
      verdict: verdictOf(value, (median) => median <= limit),
    };
  };
  return [
    figure(worst, { against: 'restic', of: 'memory', limit: 0.8 }),
    figure(largest, { against: 'MB', of: 'bytes', limit: most }),
  ];
}

export function figuresOf(results: readonly RowResult[]): Figure[] {
  const figures = results.flatMap((result) => result.row.targets.map((target) => figureOf(result, target)));
  return [...figures, ...memoryFigures(results)];
}

/** How long the disk alone would take for a row; `undefined` for rows that are not about the disk. */
export function boundSeconds({ row, diskBytes }: RowResult, device: Device | undefined): number | undefined {
  if (!device || !row.bound) return undefined;
  return diskBytes * (row.bound.reads / device.readBytes + row.bound.writes / device.writeBytes);
}
