/** Running programs from tests: all of their output, their status, and an end to each of them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Where programs of the system lie; a Python or compiler of the user's own may stand first in PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The system's Python: the one for which Debian's python3-* packages are installed. */
export const systemPython = '/usr/bin/python3';

/** The absolute path of a program, `undefined` where the machine has none. */
export function programPath(name: string): string | undefined {
  const own = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of [...systemFolders, ...own]) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export interface CommandResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Kills the command after this long; a test never hangs on a child. Default two minutes. */
  readonly limitMs?: number;
}

/** Runs to the end, whatever the status. Rejects only when the program cannot be started. */
export function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 120_000);
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return collect(child).finally(() => {
    clearTimeout(timer);
  });
}

/** All that a child says, and how it ends. */
export function collect(child: ChildProcess): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
      resolve({ status, signal, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

/** Runs to the end and returns standard output; rejects with everything it said when the status is not 0. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await run(program, args, options);
  if (result.status !== 0) {
    const end = result.signal ?? String(result.status);
    throw new Error(`${program} ${args.join(' ')} ended with ${end}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}
