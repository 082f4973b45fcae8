/** One row: every program does its run before any does the next, whoever begins, as many rounds as are asked. */
import type { Bench } from './bench.js';
import { CommandFailed, measure, Stopped } from './command.js';
import { canDropCaches, dropCaches, flushAll, touchMemory } from './machine.js';
import { missingSentence } from './programs.js';
import type { Contestant, Row, Sample } from './rows/row.js';
import { WrongResult } from './wrong-result.js';

/** What came of a row. */
export interface RowResult {
  readonly row: Row;
  /** When its last round was over. */
  readonly measuredAt: Date;
  readonly rounds: number;
  readonly files: number;
  readonly bytes: number;
  readonly diskBytes: number;
  /** False where a cold row had to be measured with whatever was cached. */
  readonly cachesAsSaid: boolean;
  /** One sample for each round, of every contestant that took part in all of them. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Why a contestant has no samples. */
  readonly absent: ReadonlyMap<string, string>;
  /** Results that were not what was asked for, and programs that failed. */
  readonly wrong: readonly string[];
}

export function roundsOf(row: Row, asked: { readonly rounds: number; readonly quick: boolean }): number {
  const atLeast = asked.quick ? 1 : (row.rounds?.atLeast ?? 1);
  return Math.min(Math.max(asked.rounds, atLeast), row.rounds?.atMost ?? Number.MAX_SAFE_INTEGER);
}

/** What goes wrong is in the result, so that other rows go on. Throws only `Stopped`. */
export async function runRow(bench: Bench, row: Row, rounds: number): Promise<RowResult> {
  const corpus = bench.corpus(row.corpus);
  await corpus.make(bench.say);
  const samples = new Map<string, Sample[]>();
  const absent = new Map<string, string>();
  const wrong: string[] = [];
  for (const { name, needs } of row.contestants) {
    const missing = bench.programs.missing(needs);
    if (missing.length > 0) absent.set(name, missingSentence(missing));
    else samples.set(name, []);
  }
  const progress: Progress = { samples, absent, wrong };
  try {
    await row.setUp?.();
    for (let round = 0; round < rounds; round++) await runRound(bench, row, { ...progress, round, rounds });
  } catch (error) {
    if (error instanceof Stopped) throw error;
    wrong.push(`${row.id}: ${said(error)}`);
    for (const { name } of row.contestants) absent.set(name, 'wrong');
    samples.clear();
  } finally {
    await row.tearDown?.();
  }
  const cachesAsSaid = row.caches === 'warm' || canDropCaches;
  const { files, bytes, diskBytes } = corpus;
  const measuredAt = new Date();
  return { row, measuredAt, rounds, files, bytes, diskBytes, cachesAsSaid, samples, absent, wrong };
}

interface Progress {
  readonly samples: Map<string, Sample[]>;
  readonly absent: Map<string, string>;
  readonly wrong: string[];
}

async function runRound(
  bench: Bench,
  row: Row,
  { samples, absent, wrong, round, rounds }: Progress & { readonly round: number; readonly rounds: number },
): Promise<void> {
  await row.beforeRound?.(round);
  for (const contestant of turned(row.contestants, round)) {
    const { name } = contestant;
    const kept = samples.get(name);
    if (!kept || round >= (contestant.atMostRounds ?? rounds)) continue;
    const line = `  ${row.id}, round ${round + 1}, ${name}: `;
    try {
      const sample = await runOnce(bench, row, { contestant, round });
      kept.push(sample);
      bench.say(`${line}${sample.seconds.toFixed(2)} s`);
    } catch (error) {
      if (!(error instanceof WrongResult || error instanceof CommandFailed)) throw error;
      bench.say(line + error.message);
      wrong.push(`${row.id}, ${name}: ${said(error)}`);
      absent.set(name, 'wrong');
      samples.delete(name);
    }
  }
}

/** A sentence where one was prepared, else all that can help to find a fault of ours. */
function said(error: unknown): string {
  if (error instanceof WrongResult || error instanceof CommandFailed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Whoever goes first in one round goes last in another. */
function turned(contestants: readonly Contestant[], round: number): readonly Contestant[] {
  const at = round % contestants.length;
  return [...contestants.slice(at), ...contestants.slice(0, at)];
}

interface Turn {
  readonly contestant: Contestant;
  readonly round: number;
}

async function runOnce(bench: Bench, row: Row, { contestant, round }: Turn): Promise<Sample> {
  try {
    await contestant.ready?.(round);
    const command = contestant.command(round);
    await flushAll();
    if (row.caches === 'cold' && canDropCaches) {
      await dropCaches();
      if (row.touched !== undefined && !contestant.pastCaches)
        await touchMemory(row.touched * bench.corpus(row.corpus).bytes);
    }
    const measured = await measure(command);
    const { seconds, processorSeconds, peakBytes } = measured;
    const told = await contestant.told?.(measured);
    await contestant.check?.(measured, round);
    return { seconds, processorSeconds, peakBytes, ...told };
  } finally {
    await contestant.clear?.(round);
  }
}
