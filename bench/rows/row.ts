/** What a row of the table is: who does the work, how each result is checked, and what has to be reached. */
import type { Bench } from '../bench.js';
import type { Command, Measured } from '../command.js';
import type { CorpusName } from '../corpora.js';
import type { ProgramName } from '../programs.js';

/** Always the first contestant of a row. */
export const us = 'glassine';

/** One run of one contestant. */
export interface Sample {
  readonly seconds: number;
  readonly processorSeconds: number | undefined;
  readonly peakBytes: number | undefined;
  /** Of what is to stay, the share that stayed; in rows that ask for it. */
  readonly share?: number;
}

/** One program, or several one after the other, doing the work of a row. */
export interface Contestant {
  readonly name: string;
  readonly needs: readonly ProgramName[];
  /** For those who are there to be seen and take long. */
  readonly atMostRounds?: number;
  /** It reads and writes past all caches: touching memory for it would be for nothing. */
  readonly pastCaches?: boolean;
  /** Before each run, not measured. */
  ready?(round: number): Promise<void>;
  command(round: number): Command;
  /** Where a program itself tells better than its process what the work took. */
  told?(measured: Measured): Promise<Partial<Sample>>;
  /** After each run, not measured. Throws `WrongResult` unless the result is what was asked for. */
  check?(measured: Measured, round: number): Promise<void>;
  /** After each run, whatever came of it. */
  clear?(round: number): Promise<void>;
}

/** What has to be reached: a ratio of medians to another contestant, or a figure of ours alone. */
export interface Target {
  readonly against: string;
  readonly of: 'wall' | 'processor' | 'share' | 'seconds';
  /** For a share: at least; else at most. */
  readonly limit: number;
}

export interface Row {
  readonly id: string;
  readonly work: string;
  readonly corpus: CorpusName;
  readonly caches: 'warm' | 'cold';
  readonly contestants: readonly Contestant[];
  /** None: the row is there to be seen beside the others. */
  readonly targets: readonly Target[];
  /** Once, before the first round. The corpus is there already. */
  setUp?(): Promise<void>;
  /** Once, after the last round, whatever came of it. */
  tearDown?(): Promise<void>;
  beforeRound?(round: number): Promise<void>;
  /** Short rows are repeated more often, and very long ones are not. */
  readonly rounds?: { readonly atLeast?: number; readonly atMost?: number };
  /** How often the bytes of the corpus go in and out of the disk when nothing else takes time. */
  readonly bound?: { readonly reads: number; readonly writes: number };
  /** How often the bytes of the corpus find room in memory that was touched before each run. */
  readonly touched?: number;
}

export type MakeRow = (bench: Bench) => Row;

/** The time of the whole, as a ratio to another contestant's. */
export function wall(against: string, limit: number): Target {
  return { against, of: 'wall', limit };
}
