/**
 * The running agent: it keeps what changes, whatever becomes of the events, and a killed one needs no human.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { mustRun, systemPython } from '../support/commands.js';
import { desk } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { daysWork, shoot } from '../support/mixed-shoot.js';
import { testWith } from '../support/needs.js';
import { differences, plant } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

interface News {
  readonly kind: string;
  readonly kept?: number;
}

interface Agent {
  readonly child: ChildProcess;
  readonly news: News[];
  /** Resolves when the agent has said something that fits, from now on or before. */
  heard(fits: (news: News) => boolean): Promise<void>;
}

async function startAgent(t: ExecutionContext, place: Desk): Promise<Agent> {
  const [program, ...args] = place.command('run', '--json');
  const child = spawn(program, args, {
    env: { ...process.env, ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const news: News[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    news.push(JSON.parse(line) as News);
    for (const listener of listeners) listener();
  });
  const agent: Agent = {
    child,
    news,
    heard: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!news.some(fits)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        child.once('exit', (status) =>
          reject(new Error(`the agent ended with ${String(status)}: ${stderr}`)),
        );
        look();
      }),
  };
  await agent.heard(({ kind }) => kind === 'ready');
  return agent;
}

/** Waits, while the agent says something or a second passes, until the vault shows what the source holds. */
async function settled(place: Desk, limitMs: number): Promise<string[]> {
  const end = performance.now() + limitMs;
  for (;;) {
    // What is compared changes while it is read; before the first pass there is nothing to compare with.
    const left = await differences(place.source, place.pictures).catch((error: unknown) => [String(error)]);
    if (left.length === 0 || performance.now() > end) return left;
    await delay(250);
  }
}

testWith(
  ['linux', 'b3sum'],
  'a running agent keeps what is added, edited, renamed and removed',
  async (t) => {
    const place = await desk(t, { fill: shoot });
    const agent = await startAgent(t, place);
    t.deepEqual(await settled(place, 60_000), []);
    await daysWork(place.source);
    t.deepEqual(await settled(place, 60_000), []);
    const status = await place.must('status');
    t.is(status.vaults?.[0]?.behindFiles, 0, 'a second terminal asks the same agent');
    agent.child.kill('SIGTERM');
    await once(agent.child, 'exit');
    t.is(agent.child.exitCode, 0);
    t.deepEqual(await vaultFaults(place.vault), []);
  },
);

testWith(['linux', 'b3sum', 'python3'], 'when events are dropped the result is the same', async (t) => {
  const place = await desk(t, { fill: shoot });
  const agent = await startAgent(t, place);
  t.deepEqual(await settled(place, 60_000), []);
  agent.child.kill('SIGSTOP');
  // More events than the kernel keeps for a reader that does not read: 16,384 is its own limit.
  const storm = [
    'import os, sys',
    'folder = os.path.join(sys.argv[1], "storm")',
    'os.mkdir(folder)',
    'watched = os.path.join(sys.argv[1], "2025")',
    'for n in range(30000):',
    '    name = os.path.join(watched, "tmp%d" % n)',
    '    open(name, "w").close()',
    '    os.unlink(name)',
    'for n in range(200): open(os.path.join(folder, "IMG_%04d.jpg" % n), "w").write(str(n))',
  ].join('\n');
  await mustRun(systemPython, ['-c', storm, place.source]);
  await daysWork(place.source);
  await mkdir(path.join(place.source, 'later'));
  await rename(path.join(place.source, '2025/big.mov'), path.join(place.source, 'later/big.mov'));
  agent.child.kill('SIGCONT');
  t.deepEqual(await settled(place, 90_000), []);
  agent.child.kill('SIGTERM');
  await once(agent.child, 'exit');
  t.deepEqual(await vaultFaults(place.vault), []);
  const after = await place.must('backup');
  t.deepEqual([after.kept, after.moved, after.retired], [0, 0, 0], 'a full pass finds nothing to do');
});

testWith(
  ['linux', 'b3sum'],
  'after an agent was killed the next one starts by itself and goes on',
  async (t) => {
    const place = await desk(t, { fill: shoot });
    const first = await startAgent(t, place);
    const second = await place.ask('status');
    t.is(second.document.outcome, 'good', second.stdout);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await plant(place.source, 'new.jpg', { bytes: 'new' });
    const next = await startAgent(t, place);
    t.deepEqual(await settled(place, 60_000), []);
    next.child.kill('SIGTERM');
    await once(next.child, 'exit');
    t.deepEqual(await vaultFaults(place.vault), []);
  },
);
