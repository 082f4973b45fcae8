/** Measures Glassine against its peers on the same data and prints ratios; see docs/BENCHMARKS.md. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Bench } from './bench.js';
import { Stopped, stopAll } from './command.js';
import { roundsOf, runRow } from './contest.js';
import type { RowResult } from './contest.js';
import { canDropCaches, describeMachine, measureDevice } from './machine.js';
import { readOptions, UsageError } from './options.js';
import type { Options } from './options.js';
import { Programs } from './programs.js';
import { earlierResults, reportJson, reportText, withReport, wrongOf } from './report.js';
import type { Run } from './report.js';
import { allRows, chosenRows } from './rows/all.js';
import type { Row } from './rows/row.js';
import { mustHaveRoom } from './room.js';

/** Lines say when they were said: what takes long is seen at once. */
const say = (line: string): void =>
  console.log(`${(performance.now() / 1000).toFixed(0).padStart(5)}  ${line}`);

interface Measured {
  readonly results: readonly RowResult[];
  readonly isStopped: boolean;
}

/**
 * Rows one after the other; a corpus goes with the last row that needs it. Whoever stops it has what was
 * measured until then.
 */
async function runRows(
  bench: Bench,
  rows: readonly Row[],
  { earlier, ...options }: Options & { readonly earlier: ReadonlyMap<Row, RowResult> },
): Promise<Measured> {
  const results: RowResult[] = [];
  for (const [at, row] of rows.entries()) {
    const known = earlier.get(row);
    say(`${row.id}: ${known ? 'measured before' : `${row.work}, ${row.caches}`}`);
    try {
      results.push(known ?? (await runRow(bench, row, roundsOf(row, options))));
    } catch (error) {
      if (error instanceof Stopped) return { results, isStopped: true };
      throw error;
    }
    const isNeeded = rows.slice(at + 1).some(({ corpus }) => corpus === row.corpus);
    if (!isNeeded && !options.keep) await bench.remove(row.corpus);
  }
  return { results, isStopped: false };
}

async function runAll(options: Options, folder: string): Promise<Run> {
  const programs = await Programs.find();
  const bench = new Bench({ folder, sizes: options.sizes, programs, say });
  const rows = chosenRows(allRows(bench), options.only);
  const earlier = earlierResults(
    options.continue === undefined ? noRows : await readFile(options.continue, 'utf8'),
    rows,
  );
  await mustHaveRoom(folder, rows, options.sizes);
  for (const sentence of programs.missingSentences()) say(sentence);
  if (!canDropCaches) say('not root: caches cannot be dropped, cold rows are measured as they come');
  const began = performance.now();
  const device = await measureDevice(programs, folder, options.sizes.fileBytes);
  const measured = await runRows(bench, rows, { ...options, earlier });
  return {
    madeAt: new Date(),
    minutes: (performance.now() - began) / 60_000,
    quick: options.quick,
    machine: await describeMachine(folder),
    versions: programs.versions(),
    missing: programs.missingSentences(),
    device,
    ...measured,
  };
}

/** What a run before the first one told. */
const noRows = '{ "rows": [] }';

async function tell(run: Run, options: Options): Promise<void> {
  // Hours of measuring are in it: it is kept first.
  if (options.json !== undefined) await writeFile(options.json, reportJson(run));
  const text = reportText(run);
  console.log(`\n${text}`);
  if (options.write !== undefined) {
    await writeFile(options.write, withReport(await readFile(options.write, 'utf8'), text));
  }
}

/** Everything that is made lies in one folder, which goes whatever happens. Returns the exit status. */
async function benchIn(options: Options): Promise<number> {
  await mkdir(options.folder, { recursive: true });
  const folder = await realpath(await mkdtemp(path.join(options.folder, 'glassine-bench-')));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopAll);
  try {
    const run = await runAll(options, folder);
    await tell(run, options);
    return run.isStopped ? 130 : wrongOf(run).length === 0 ? 0 : 1;
  } finally {
    if (options.keep) say(`kept: ${folder}`);
    else spawnSync('rm', ['-rf', folder]);
  }
}

async function readPage(page: string): Promise<string> {
  try {
    return await readFile(page, 'utf8');
  } catch (error) {
    throw new UsageError(
      `The page ${page} cannot be read (${String(error)}); the report goes between its marks.`,
    );
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.list) {
    const bench = new Bench({ folder: '', sizes: options.sizes, programs: await Programs.find(), say });
    for (const { id, work, caches } of allRows(bench)) console.log(`${id.padEnd(18)}${work}, ${caches}`);
    return 0;
  }
  // Better now than after half an hour.
  if (options.write !== undefined) withReport(await readPage(options.write), '');
  return benchIn(options);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isPlain = error instanceof UsageError || error instanceof Stopped;
  console.error(isPlain ? error.message : error);
  process.exitCode = error instanceof UsageError ? 64 : error instanceof Stopped ? 130 : 70;
}
