/**
 * A drive that lies when told to: the FUSE passthrough of lying-mount.py, started and steered from a test.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { detach, isMounted } from './mounts.js';
import { systemPython } from './commands.js';
import type { Need } from './needs.js';
import { temporaryFolder } from './trees.js';

export const lyingNeeds: readonly Need[] = ['linux', 'mounting', 'fuse', 'fusepy'];

interface Point {
  /** The end of the file's path. */
  readonly name: string;
  readonly offset: number;
}

/** What the drive lies about; see lying-mount.py. */
export interface Lies {
  readonly flip?: readonly (Point & { readonly bit?: number })[];
  readonly readError?: readonly Point[];
  readonly writeError?: readonly Point[];
  readonly listError?: string;
  readonly openError?: string;
  readonly fullAfterBytes?: number;
  readonly fullAfterFiles?: number;
  readonly largestFileBytes?: number;
  readonly flushError?: 'EIO' | 'ENOSPC';
  readonly renameError?: string;
  readonly noLinks?: boolean;
  readonly slowMs?: number;
  readonly readOnly?: boolean;
  readonly gone?: boolean;
  readonly log?: boolean;
}

/**
 * One logged call: its name, the path inside the mount (as latin1), then offset and length or the new path.
 */
export type LoggedCall = readonly [call: string, path: string, ...rest: (string | number)[]];

export interface LyingMount {
  /** Where it is mounted. */
  readonly path: string;
  /** The honest folder behind it. */
  readonly backing: string;
  /** From the next call on these lies hold, instead of those before. */
  lie(lies: Lies): Promise<void>;
  /** Calls logged since the mount, while `log` was on. */
  calls(): Promise<LoggedCall[]>;
  /** Nothing on it answers while `work` is done; afterwards all is answered. */
  whileItHangs(work: () => Promise<void>): Promise<void>;
  /** Kills the server: everything fails with ENOTCONN until the test ends. */
  kill(): Promise<void>;
}

/** The source tree's root, from the compiled file: the Python and C parts are not compiled into dist. */
export const projectRoot = findRoot(fileURLToPath(import.meta.url));

function findRoot(file: string): string {
  const parts = file.split(path.sep);
  const at = parts.findLastIndex((part) => part.startsWith('dist'));
  return parts.slice(0, at).join(path.sep);
}

/** Mounts an honest, empty folder through the liar. */
export async function lyingMount(t: ExecutionContext, lies: Lies = {}): Promise<LyingMount> {
  const folder = await temporaryFolder(t);
  const backing = path.join(folder, 'backing');
  const mountPoint = path.join(folder, 'mount');
  const control = path.join(folder, 'control.json');
  await mkdir(backing);
  await mkdir(mountPoint);
  const lie = async (next: Lies): Promise<void> => {
    await writeFile(`${control}.new`, JSON.stringify(next));
    await rename(`${control}.new`, control);
  };
  await lie(lies);
  const script = path.join(projectRoot, 'test/support/lying-mount.py');
  const server = spawn(systemPython, [script, backing, mountPoint, control], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exit = once(server, 'exit');
  t.teardown(async () => {
    await detach(mountPoint);
    server.kill('SIGKILL');
    await exit;
  });
  for (let round = 0; !(await isMounted(mountPoint)); round++) {
    if (server.exitCode !== null || round > 1000) throw new Error(`the lying mount did not start: ${said}`);
    await delay(10);
  }
  return {
    path: mountPoint,
    backing,
    lie,
    async calls() {
      const text = await readFile(`${control}.log`, 'utf8').catch(() => '');
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LoggedCall]));
    },
    async whileItHangs(work) {
      server.kill('SIGSTOP');
      try {
        await work();
      } finally {
        server.kill('SIGCONT');
      }
    },
    async kill() {
      server.kill('SIGKILL');
      await exit;
    },
  };
}
