/**
 * Runs the tests and ends with one line: `N passed, N failed, N skipped`. Skipped tests are named with what
 * to install.
 *
 * Arguments choose tests: `node dist/test/run.js test/store` runs what lies below that folder; without any,
 * all but those in a virtual machine. With GLASSINE_TEST_PARTS=all in the environment, a test that is skipped
 * for want of a package counts as failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sweep } from './support/leftovers.js';
import { closingLine, readTap } from './support/tap.js';
import type { Tally } from './support/tap.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const built = path.relative(root, path.dirname(fileURLToPath(import.meta.url)));

/** Test files for one process of ava, which runs them one after the other. */
interface Share {
  readonly files: readonly string[];
  /** What ava leaves out of the titles where it is given a single file. */
  readonly under?: string;
  /** It gets what the others leave of the processors. */
  readonly isBeside?: boolean;
}

/**
 * Takes minutes and asks for nothing but processors: it runs beside the others, which mostly wait. (What
 * mounts volumes or looks at them does not: they are the whole machine's.)
 */
const sweepOfKills: Share = {
  files: [`${built}/e2e/kill-sweep.test.js`],
  under: 'e2e > kill-sweep > ',
  isBeside: true,
};

function shares(chosen: readonly string[]): Share[] {
  // The virtual machine takes long: it is run when it is asked for.
  const others = [
    `${built}/**/*.test.js`,
    `!${built}/vm/**`,
    ...sweepOfKills.files.map((file) => `!${file}`),
  ];
  if (chosen.length === 0) return [{ files: others }, sweepOfKills];
  const files = chosen.map((name) => {
    const inside = name.replace(/^test\/?/, '').replace(/\.ts$/, '.js');
    return inside.endsWith('.js') ? `${built}/${inside}` : path.posix.join(built, inside, '**/*.test.js');
  });
  return [{ files }];
}

interface Ran {
  readonly tally: Tally;
  readonly status: number;
}

async function runAva({ files, under, isBeside = false }: Share, temporary: string): Promise<Ran> {
  const ava = path.join(root, 'node_modules/ava/entrypoints/cli.mjs');
  const child = spawn(process.execPath, [ava, '--tap', ...files], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary, NODE_ENV: 'test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (isBeside && child.pid !== undefined) os.setPriority(child.pid, os.constants.priority.PRIORITY_LOW);
  const interrupt = (): void => {
    child.kill('SIGINT');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const tap = readTap(under);
  for await (const line of createInterface({ input: child.stdout })) {
    const shown = tap.read(line);
    if (shown !== undefined) console.log(shown);
  }
  const [status] = await ended;
  return { tally: tap.tally, status: status ?? 1 };
}

function together(runs: readonly Ran[]): Ran {
  const tallies = runs.map(({ tally }) => tally);
  return {
    tally: {
      passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
      failures: tallies.flatMap(({ failures }) => failures),
      skipped: tallies.flatMap(({ skipped }) => skipped),
    },
    status: Math.max(...runs.map(({ status }) => status)),
  };
}

/** Missing packages are failures where all parts must be there; what no package brings stays skipped. */
function demandParts(tally: Tally): void {
  if (process.env['GLASSINE_TEST_PARTS'] !== 'all') return;
  for (const { title, reason } of tally.skipped.filter((test) => !/^(needs|runs)/.test(test.reason))) {
    tally.failures.push({ title, details: [`a part that must be here is missing: ${reason}`] });
  }
}

function report(tally: Tally): void {
  if (tally.skipped.length > 0) console.log('\nSkipped:');
  for (const { title, reason } of tally.skipped) console.log(`  ${title}: ${reason}`);
  if (tally.failures.length > 0) console.log('\nFailed:');
  for (const { title, details } of tally.failures) console.log([`  ${title}`, ...details].join('\n    '));
}

const temporary = await realpath(await mkdtemp(path.join(os.tmpdir(), 'glassine-run-')));
// Some tests look at their folders as a user with fewer rights, who has to get there.
await chmod(temporary, 0o711);
const { tally, status } = together(
  await Promise.all(shares(process.argv.slice(2)).map((share) => runAva(share, temporary))),
);
for (const mountPoint of await sweep(temporary)) console.log(`left mounted by a test: ${mountPoint}`);
demandParts(tally);
report(tally);
const isNothing = tally.passed + tally.skipped.length === 0;
const good = status === 0 && tally.failures.length === 0 && !isNothing;
if (!good && tally.failures.length === 0) {
  console.log(isNothing ? 'No test was run.' : `ava ended with status ${status}`);
  tally.failures.push({ title: 'the test run itself', details: [] });
}
console.log(`\n${closingLine(tally)}`);
process.exitCode = good ? 0 : 1;
