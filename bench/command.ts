/** Running one program and knowing how long it took, what it cost the processor and how much memory it held. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { programPath } from '../test/support/commands.js';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it prints goes nowhere: 200,000 lines through a pipe would be a measurement of us. */
  readonly unheard?: boolean;
}

export interface Measured {
  /** From the start to the end of the whole process. */
  readonly seconds: number;
  /** User and system time of it and its children; `undefined` where GNU time is missing. */
  readonly processorSeconds: number | undefined;
  /** Peak resident memory of the largest of its processes; `undefined` where GNU time is missing. */
  readonly peakBytes: number | undefined;
  readonly stdout: string;
}

/** A program that did not end with status 0. */
export class CommandFailed extends Error {}

/** A script for `sh` that stops at the first failure; its arguments are `$1` and so on. */
export function shell(script: string, args: readonly string[] = []): Command {
  return { program: '/bin/sh', args: ['-euc', script, 'sh', ...args] };
}

/** GNU time reports what `wait4` says; being small itself, it also keeps our own memory out of the figure. */
export const gnuTime = programPath('time');

const running = new Set<number>();

let stopping = false;

/** A person asked us to stop. */
export class Stopped extends Error {}

/** Throws `Stopped` once a person asked us to stop. */
export function heedStop(): void {
  if (stopping) throw new Stopped('stopped');
}

/** Ends every program that was started here, with all that it started; none can be started afterwards. */
export function stopAll(): void {
  stopping = true;
  for (const leader of running) {
    try {
      process.kill(-leader, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** Runs to the end; throws `CommandFailed` with everything it said when the status is not 0. */
export async function measure(command: Command): Promise<Measured> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'glassine-bench-time-'));
  const report = path.join(folder, 'time');
  try {
    const timed = gnuTime === undefined ? [] : [gnuTime, '--format=%U %S %M', `--output=${report}`];
    const [program = command.program, ...args] = [...timed, command.program, ...command.args];
    const began = performance.now();
    const stdout = await runToEnd({ ...command, program, args });
    const seconds = (performance.now() - began) / 1000;
    const told = gnuTime === undefined ? undefined : await readFile(report, 'utf8');
    const [user, system, kibibytes] = told?.trim().split(/\s+/).map(Number) ?? [];
    const processorSeconds = user === undefined || system === undefined ? undefined : user + system;
    return {
      seconds,
      processorSeconds,
      peakBytes: kibibytes === undefined ? undefined : kibibytes * 1024,
      stdout,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs what is not measured: making ready, and looking at results. Returns what it printed. */
export async function runToEnd(command: Command): Promise<string> {
  heedStop();
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', command.unheard ? 'ignore' : 'pipe', 'pipe'],
    // A group of its own, so that all of it can be ended at once.
    detached: true,
  });
  const leader = child.pid;
  if (leader !== undefined) running.add(leader);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  return new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const said = Buffer.concat(stdout).toString();
      if (stopping) reject(new Stopped('stopped'));
      else if (status === 0) resolve(said);
      else reject(new CommandFailed(sentence(command, signal ?? String(status), said + stderr)));
    });
  }).finally(() => {
    if (leader !== undefined) running.delete(leader);
  });
}

/** A program that runs while others are measured. */
export interface Beside {
  /** Resolves when it has printed this text. Rejects with `CommandFailed` when it ends without. */
  says(text: string): Promise<void>;
  /** Asks it to end, and waits until it has. */
  end(): Promise<void>;
}

export function startBeside(command: Command): Beside {
  heedStop();
  const child = spawn(command.program, command.args, {
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const leader = child.pid;
  if (leader !== undefined) running.add(leader);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close').finally(() => {
    if (leader !== undefined) running.delete(leader);
  });
  return {
    async says(text) {
      while (!said.includes(text)) {
        const more = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
        if (!more && !said.includes(text)) throw new CommandFailed(sentence(command, 'its end', said));
      }
    },
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function sentence({ program, args }: Command, end: string, said: string): string {
  return `${[program, ...args].join(' ').slice(0, 600)} ended with ${end}\n${said.slice(-4000)}`;
}
