/** What was measured, as tables that a person reads in a terminal and a page shows as they are. */
import type { RowResult } from './contest.js';
import { boundSeconds, peakOf, spreadOf } from './figures.js';
import type { Figure, Spread } from './figures.js';
import type { Device } from './machine.js';

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Three digits that matter, and never an exponent. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

function withSpread({ median, least, most }: Spread, show: (value: number) => string): string {
  const range = least === most ? '' : ` (${show(least)} to ${show(most)})`;
  return show(median) + range;
}

const asRatio = (value: number): string => value.toFixed(2);
const asShare = (value: number): string => `${(value * 100).toFixed(1)} %`;
const asMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

const units: Readonly<Record<Figure['of'], { show: (value: number) => string; word: string }>> = {
  wall: { show: asRatio, word: 'time' },
  processor: { show: asRatio, word: 'processor time' },
  memory: { show: asRatio, word: 'peak memory' },
  seconds: { show: digits, word: 'time' },
  share: { show: asShare, word: 'kept' },
  bytes: { show: asMegabytes, word: 'peak memory' },
};

function figureRow({ row, work, against, of, limit, value, note, verdict }: Figure): string[] {
  const { show, word } = units[of];
  const bound = `${of === 'share' ? 'at least' : 'at most'} ${show(limit)}`;
  const measured = value ? withSpread(value, show) : '';
  return [row, work, `${word} / ${against}`, bound, measured, [verdict, note].filter(Boolean).join(': ')];
}

/** Our figure beside each target. */
export function targetTable(figures: readonly Figure[]): string {
  const head = ['row', 'work', 'of what', 'target', 'measured', 'verdict'];
  return markdown(head, figures.map(figureRow));
}

function resultRows(result: RowResult, device: Device | undefined): string[][] {
  const bound = boundSeconds(result, device);
  const { row, samples, absent } = result;
  return row.contestants.map(({ name }) => {
    const runs = samples.get(name);
    const seconds = spreadOf(runs?.map((run) => run.seconds) ?? []);
    if (!runs || !seconds) return [row.id, name, absent.get(name) ?? '', '', '', '', ''];
    const processor = spreadOf(runs.flatMap((run) => run.processorSeconds ?? []));
    const peak = peakOf(runs);
    const share = spreadOf(runs.flatMap((run) => run.share ?? []));
    return [
      row.id,
      name,
      withSpread(seconds, digits),
      processor ? digits(processor.median) : 'unknown',
      peak === undefined ? 'unknown' : asMegabytes(peak),
      bound === undefined ? '' : asRatio(seconds.median / bound),
      share ? withSpread(share, asShare) : '',
    ];
  });
}

/** What every program needed in every row. */
export function resultTable(results: readonly RowResult[], device: Device | undefined): string {
  const head = [
    'row',
    'program',
    'seconds: median (least to most)',
    'processor s',
    'peak',
    'x disk alone',
    'kept',
  ];
  return markdown(
    head,
    results.flatMap((result) => resultRows(result, device)),
  );
}

/** `2026-11-21 18:26`, UTC. */
export function minuteOf(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ');
}

/** How much each row was about, and when it was measured. */
export function sizeTable(results: readonly RowResult[]): string {
  return markdown(
    ['row', 'work', 'caches', 'rounds', 'files', 'MB', 'measured (UTC)'],
    results.map(({ row, measuredAt, rounds, files, bytes, cachesAsSaid }) => [
      row.id,
      row.work,
      cachesAsSaid ? row.caches : 'warm (no root)',
      String(rounds),
      String(files),
      (bytes / 1e6).toFixed(0),
      minuteOf(measuredAt),
    ]),
  );
}
