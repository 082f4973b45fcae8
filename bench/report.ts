/** The whole of a run: as text for a terminal and a page, and as JSON with every single measurement. */
import type { RowResult } from './contest.js';
import { boundSeconds, figuresOf } from './figures.js';
import type { Device } from './machine.js';
import { UsageError } from './options.js';
import type { Row, Sample } from './rows/row.js';
import { minuteOf, resultTable, sizeTable, targetTable } from './table.js';

export interface Run {
  readonly madeAt: Date;
  readonly minutes: number;
  readonly quick: boolean;
  readonly machine: string;
  readonly versions: readonly string[];
  /** A sentence for each program that is not here. */
  readonly missing: readonly string[];
  readonly device: Device | undefined;
  readonly results: readonly RowResult[];
  /** It did not come to the end of its rows. */
  readonly isStopped: boolean;
}

export const wrongOf = (run: Run): string[] => run.results.flatMap(({ wrong }) => wrong);

function deviceSentence(device: Device | undefined): string {
  if (!device) return 'fio is not installed: no bound of the disk beside the rows.';
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
  const { readBytes, writeBytes } = device;
  return `The disk alone, by fio: reads ${gigabytes(readBytes)} GB/s, writes ${gigabytes(writeBytes)} GB/s.`;
}

/** Markdown that reads well as plain text too. */
export function reportText(run: Run): string {
  const began = new Date(run.madeAt.getTime() - run.minutes * 60_000);
  const isContinued = run.results.some(({ measuredAt }) => measuredAt < began);
  const continued = isContinued ? ' Rows of earlier runs are among its rows: the last table dates each.' : '';
  const quick = run.quick ? ' **Quick run: small corpora and few rounds, not to be published.**' : '';
  const stopped = run.isStopped ? ' **Stopped before its end.**' : '';
  const wrong = wrongOf(run);
  return [
    `Run of ${minuteOf(run.madeAt)} UTC, ${run.minutes.toFixed(0)} minutes.${quick}${stopped}${continued} ` +
      'Ratios carry over, seconds do not.',
    `Machine: ${run.machine}.`,
    `Programs: ${run.versions.join(', ')}.`,
    ...run.missing.map((sentence) => `${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)}.`),
    deviceSentence(run.device),
    'Ratios are of medians; in brackets the least and the most within one round.',
    targetTable(figuresOf(run.results)),
    resultTable(run.results, run.device),
    sizeTable(run.results),
    ...(wrong.length > 0 ? [`WRONG RESULTS:\n\n${wrong.map((text) => `- ${text}`).join('\n')}`] : []),
  ].join('\n\n');
}

/** Everything, for programs: figures as in the table, and each sample. */
export function reportJson(run: Run): string {
  const { madeAt, quick, machine, versions, missing, device, results } = run;
  const rows = results.map((result) => ({
    id: result.row.id,
    work: result.row.work,
    caches: result.row.caches,
    cachesAsSaid: result.cachesAsSaid,
    measuredAt: result.measuredAt,
    rounds: result.rounds,
    files: result.files,
    bytes: result.bytes,
    diskBytes: result.diskBytes,
    wrong: result.wrong,
    boundSeconds: boundSeconds(result, device),
    samples: Object.fromEntries(result.samples),
    absent: Object.fromEntries(result.absent),
  }));
  const figures = figuresOf(results);
  const document = { madeAt, quick, machine, versions, missing, device, figures, rows, wrong: wrongOf(run) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

type JsonRow = Omit<RowResult, 'row' | 'measuredAt' | 'samples' | 'absent'> & {
  readonly id: string;
  readonly measuredAt: string;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly absent: Readonly<Record<string, string>>;
};

/** The results in what {@link reportJson} gave of an earlier run, by row. Throws `UsageError`. */
export function earlierResults(json: string, rows: readonly Row[]): Map<Row, RowResult> {
  try {
    const { rows: earlier } = JSON.parse(json) as { readonly rows?: readonly JsonRow[] };
    if (!earlier) throw new TypeError('it has no rows');
    const found = new Map<Row, RowResult>();
    for (const row of rows) {
      const known = earlier.find(({ id }) => id === row.id);
      if (!known) continue;
      const { rounds, files, bytes, diskBytes, cachesAsSaid, wrong } = known;
      const measuredAt = new Date(known.measuredAt);
      if (Number.isNaN(measuredAt.getTime())) throw new TypeError(`when was ${row.id} measured?`);
      const samples = new Map(Object.entries(known.samples));
      const absent = new Map(Object.entries(known.absent));
      const said = { cachesAsSaid, samples, absent, wrong };
      found.set(row, { row, measuredAt, rounds, files, bytes, diskBytes, ...said });
    }
    return found;
  } catch (error) {
    throw new UsageError(`what --continue names is not what --json wrote (${String(error)})`);
  }
}

const begin = '<!-- bench: begin -->';
const end = '<!-- bench: end -->';

/** The page with the report between its marks, replacing what was there. Throws `UsageError`. */
export function withReport(page: string, report: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new UsageError(`the page holds no ${begin} with ${end} after it`);
  return `${page.slice(0, from + begin.length)}\n${report}\n${page.slice(to)}`;
}
