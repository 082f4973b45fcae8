/** A running agent of a test: the real program in the foreground, and what it says. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import type { Glassine } from './glassine.js';

/** A line of `run --json`. */
export interface AgentNews {
  readonly kind: string;
  readonly kept?: number;
  readonly name?: string;
  readonly connected?: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly sentence?: string;
  readonly files?: number;
  readonly bytes?: number;
  readonly doing?: string;
  readonly maker?: string;
  readonly mountPoint?: string;
  readonly job?: string;
  readonly copied?: number;
  readonly verdict?: { readonly safe: boolean; readonly sentence: string };
}

export interface RunningAgent {
  readonly child: ChildProcess;
  readonly news: readonly AgentNews[];
  /**
   * Resolves with the first news that fits, from `after` on (how many were heard before); rejects when it
   * ends.
   */
  heard(fits: (news: AgentNews) => boolean, after?: number): Promise<AgentNews>;
  /** Ends it; resolves with its exit status. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts an agent, and resolves when it says that it is ready. It is killed when the test ends. */
export async function startAgent(
  t: ExecutionContext,
  glassine: Glassine,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningAgent> {
  const [program, ...args] = glassine.command('run', '--json');
  const child = spawn(program, args, {
    env: { ...process.env, ...glassine.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const news: AgentNews[] = [];
  const lookers = new Set<() => void>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    news.push(JSON.parse(line) as AgentNews);
    for (const look of lookers) look();
  });
  const agent: RunningAgent = {
    child,
    news,
    heard: (fits, after = 0) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = news.slice(after).find(fits);
          if (!found) return;
          lookers.delete(look);
          resolve(found);
        };
        lookers.add(look);
        void ended.then(([status]) => reject(new Error(`the agent ended with ${String(status)}: ${said}`)));
        look();
      }),
    async end(signal) {
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
  await agent.heard(({ kind }) => kind === 'ready');
  return agent;
}
