/** Running a command and knowing how long it took and how much memory it held at most. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { programPath, run } from '../test/support/commands.js';
import type { Command } from './peers.js';

export interface Measured {
  readonly seconds: number;
  /** Peak resident memory of the largest process; `undefined` where GNU time is missing. */
  readonly peakBytes: number | undefined;
  readonly stdout: string;
}

const gnuTime = programPath('time');

/** Runs to the end; throws with everything it said when the status is not 0. */
export async function measure(command: Command): Promise<Measured> {
  // What earlier commands wrote must not be flushed at this one's cost.
  await run('sync', []);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'glassine-bench-'));
  const report = path.join(folder, 'time');
  try {
    const timed = gnuTime === undefined ? [] : [gnuTime, '--format=%M', `--output=${report}`];
    const [program = command.program, ...args] = [...timed, command.program, ...command.args];
    const began = performance.now();
    const stdout = await runQuietly(program, args, command.env);
    const seconds = (performance.now() - began) / 1000;
    const kibibytes = gnuTime === undefined ? undefined : Number((await readFile(report, 'utf8')).trim());
    return { seconds, peakBytes: kibibytes === undefined ? undefined : kibibytes * 1024, stdout };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function runQuietly(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${String(status)}\n${stdout}${stderr}`));
    });
  });
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
