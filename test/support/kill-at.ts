/** Ends a command just before its N-th file-changing system call, or makes that call fail: see kill-at.c. */
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { constants as osConstants } from 'node:os';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { collect, mustRun } from './commands.js';
import type { CommandResult } from './commands.js';
import { projectRoot } from './lying-mount.js';
import type { Need } from './needs.js';
import { temporaryFolder } from './trees.js';

export const killAtNeeds: readonly Need[] = ['linux', 'cc'];

export interface Injection {
  /** Only calls that change something below this folder count. Without links in it. */
  readonly below: string;
  /** The call before which the process ends, from 1; 0 only counts. */
  readonly at: number;
  /** Makes that call fail with this errno once, instead of ending the process. */
  readonly fails?: keyof typeof osConstants.errno;
  /** Stops the process before that call while this runs; then the call is made. */
  readonly meanwhile?: () => Promise<void>;
  /** A file that gets a line for every counted call. */
  readonly trace?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Injected extends CommandResult {
  /** How many calls were counted, the last one included. */
  readonly calls: number;
  /** The N-th call and its path; `undefined` when the command made fewer. */
  readonly call: string | undefined;
}

export interface Injector {
  run(command: readonly [program: string, ...args: string[]], injection: Injection): Promise<Injected>;
}

const reportBytes = 4096;

/** Compiles the injector, with every warning an error. */
export async function buildInjector(t: ExecutionContext): Promise<Injector> {
  const folder = await temporaryFolder(t);
  const library = path.join(folder, 'kill-at.so');
  const source = path.join(projectRoot, 'test/support/kill-at.c');
  await mustRun('cc', [
    '-O2',
    '-fPIC',
    '-shared',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    library,
    source,
    '-ldl',
  ]);
  let runs = 0;
  return {
    async run([program, ...args], injection) {
      const report = path.join(folder, `report-${runs++}`);
      await writeFile(report, Buffer.alloc(reportBytes));
      const child = spawn(program, args, {
        env: { ...process.env, ...injection.env, ...environmentOf(injection, { library, report }) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const limit = setTimeout(() => child.kill('SIGKILL'), 120_000);
      const ended = collect(child).finally(() => clearTimeout(limit));
      if (injection.meanwhile) await whileStopped(child.pid, ended, injection.meanwhile);
      const result = await ended;
      const bytes = await readFile(report);
      const text = bytes.subarray(8, bytes.indexOf(0, 8)).toString('utf8');
      const call = text === '' ? undefined : text;
      const mustDie =
        call !== undefined && injection.fails === undefined && injection.meanwhile === undefined;
      if (mustDie) assert.strictEqual(result.signal, 'SIGKILL', `${call}: not killed\n${result.stderr}`);
      return { ...result, calls: Number(bytes.readBigUInt64LE()), call };
    },
  };
}

/**
 * Runs `meanwhile` once the process has stopped itself, then lets it go on. Returns at once when it ends
 * before.
 */
async function whileStopped(
  pid: number | undefined,
  ended: Promise<unknown>,
  meanwhile: () => Promise<void>,
): Promise<void> {
  assert(pid !== undefined);
  const over = new AbortController();
  const watched = ended.catch(() => undefined).then(() => over.abort());
  while (!over.signal.aborted) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (/^\d+ \(.*\) T /.test(stat)) {
      await meanwhile().finally(() => process.kill(pid, 'SIGCONT'));
      return;
    }
    await Promise.race([watched, delay(2)]);
  }
}

function environmentOf(
  injection: Injection,
  files: { library: string; report: string },
): Record<string, string> {
  return {
    LD_PRELOAD: files.library,
    // So that Node changes files by the calls that are counted.
    UV_USE_IO_URING: '0',
    GLASSINE_KILL_BELOW: injection.below,
    GLASSINE_KILL_AT: String(injection.at),
    GLASSINE_KILL_REPORT: files.report,
    ...(injection.fails && { GLASSINE_KILL_ERRNO: String(osConstants.errno[injection.fails]) }),
    ...(injection.meanwhile && { GLASSINE_KILL_SIGNAL: String(osConstants.signals.SIGSTOP) }),
    ...(injection.trace !== undefined && { GLASSINE_KILL_TRACE: injection.trace }),
  };
}
