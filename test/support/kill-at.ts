/** Ends a command just before its N-th file-changing system call, or makes that call fail: see kill-at.c. */
import assert from 'node:assert';
import { constants as osConstants } from 'node:os';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun, run } from './commands.js';
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
  /** A file that gets a line for every counted call. */
  readonly trace?: string;
}

export interface Injected extends CommandResult {
  /** How many calls were counted, the last one included. */
  readonly calls: number;
  /** The N-th call and its path; `undefined` when the command made fewer. */
  readonly call: string | undefined;
}

export interface Injector {
  run(
    command: readonly [program: string, ...args: string[]],
    injection: Injection,
    env?: Readonly<Record<string, string>>,
  ): Promise<Injected>;
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
    async run([program, ...args], injection, env = {}) {
      const report = path.join(folder, `report-${String(runs++)}`);
      await writeFile(report, Buffer.alloc(reportBytes));
      const result = await run(program, args, {
        env: {
          ...env,
          LD_PRELOAD: library,
          // So that Node changes files by the calls that are counted.
          UV_USE_IO_URING: '0',
          ...environmentOf(injection, report),
        },
      });
      const bytes = await readFile(report);
      const text = bytes.subarray(8, bytes.indexOf(0, 8)).toString('utf8');
      const call = text === '' ? undefined : text;
      if (call !== undefined && injection.fails === undefined) {
        assert.strictEqual(result.signal, 'SIGKILL', `${call}: not killed\n${result.stderr}`);
      }
      return { ...result, calls: Number(bytes.readBigUInt64LE()), call };
    },
  };
}

function environmentOf(injection: Injection, report: string): Record<string, string> {
  return {
    GLASSINE_KILL_BELOW: injection.below,
    GLASSINE_KILL_AT: String(injection.at),
    GLASSINE_KILL_REPORT: report,
    ...(injection.fails && { GLASSINE_KILL_ERRNO: String(osConstants.errno[injection.fails]) }),
    ...(injection.trace !== undefined && { GLASSINE_KILL_TRACE: injection.trace }),
  };
}
