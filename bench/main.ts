/**
 * Measures Glassine against its peers on the same data, interleaved, and prints ratios.
 *
 *   npm run bench                      a shoot of 60 RAW files, and 10,000 small files, three rounds
 *   npm run bench -- --full            200,000 small files too: the figures the project speaks of
 *   npm run bench -- --rounds 7 --pictures 200 --files 50000 --only small --keep
 */
import assert from 'node:assert';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { changeOnePercent, fill, shoot, sidecars } from './data.js';
import type { Workload } from './data.js';
import { measure, median } from './measure.js';
import type { Measured } from './measure.js';
import { findPeers } from './peers.js';
import type { Peer } from './peers.js';
import { machine, passes, table } from './table.js';
import type { Pass, Row } from './table.js';

interface Plan {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly folder: string;
  readonly keep: boolean;
}

function wholeNumber(text: string, name: string): number {
  const number = Number(text);
  assert(Number.isInteger(number) && number > 0, `--${name} wants a whole number above 0, not ${text}`);
  return number;
}

async function readPlan(): Promise<Plan> {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      pictures: { type: 'string', default: '60' },
      files: { type: 'string', default: '10000' },
      only: { type: 'string' },
      folder: { type: 'string', default: os.tmpdir() },
    },
  });
  const small = [sidecars(wholeNumber(values.files, 'files')), ...(values.full ? [sidecars(200_000)] : [])];
  const large = [shoot(wholeNumber(values.pictures, 'pictures'))];
  return {
    workloads: [...(values.only === 'small' ? [] : large), ...(values.only === 'large' ? [] : small)],
    rounds: wholeNumber(values.rounds, 'rounds'),
    folder: await mkdtemp(path.join(values.folder, 'glassine-bench-')),
    keep: values.keep,
  };
}

type Results = Map<string, Record<Pass, Measured[]>>;

/** One round: every program does each pass before any does the next, so that all see the same machine. */
async function round(
  peers: readonly Peer[],
  results: Results,
  at: {
    readonly number: number;
    readonly place: string;
    readonly source: string;
    readonly workload: Workload;
  },
): Promise<void> {
  // Whoever goes first in one round goes last in another.
  const turned = peers.map((_, index) => peers[(index + at.number) % peers.length]).filter((peer) => !!peer);
  const placeOf = (peer: Peer): string => path.join(at.place, peer.name.replaceAll(/\W+/g, '-'));
  for (const peer of turned) await peer.prepare(placeOf(peer), at.source);
  for (const [number, pass] of passes.entries()) {
    if (pass === '1 % changed') await changeOnePercent(at.source, at.workload, at.number);
    for (const peer of turned) {
      const measured = await measure(peer.pass(placeOf(peer), at.source, number));
      await peer.check(placeOf(peer), at.workload.files, measured.stdout);
      results.get(peer.name)?.[pass].push(measured);
      console.log(`  round ${at.number + 1}, ${pass}, ${peer.name}: ${measured.seconds.toFixed(2)} s`);
    }
  }
}

function rowOf(name: string, measured: Record<Pass, Measured[]>): Row {
  const each = <T>(value: (runs: readonly Measured[]) => T): Record<Pass, T> => ({
    'first backup': value(measured['first backup']),
    unchanged: value(measured.unchanged),
    '1 % changed': value(measured['1 % changed']),
  });
  const peak = (runs: readonly Measured[]): number | undefined => {
    const known = runs.flatMap((run) => run.peakBytes ?? []);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  return { name, seconds: each((runs) => median(runs.map((run) => run.seconds))), peakBytes: each(peak) };
}

async function runWorkload(plan: Plan, workload: Workload, peers: readonly Peer[]): Promise<string> {
  const folder = path.join(plan.folder, String(workload.files));
  const source = path.join(folder, 'source');
  await mkdir(source, { recursive: true });
  const bytes = await fill(source, workload);
  console.log(`${workload.name}, ${(bytes / 1e6).toFixed(0)} MB`);
  const results: Results = new Map(
    peers.map((peer) => [peer.name, { 'first backup': [], unchanged: [], '1 % changed': [] }]),
  );
  for (let number = 0; number < plan.rounds; number++) {
    const place = path.join(folder, `round-${number}`);
    await round(peers, results, { number, place, source, workload });
    if (!plan.keep) await rm(place, { recursive: true });
  }
  if (!plan.keep) await rm(folder, { recursive: true });
  const rows = [...results].map(([name, measured]) => rowOf(name, measured));
  const size = `${workload.name}, ${(bytes / 1e6).toFixed(0)} MB, median of ${plan.rounds}`;
  return table(size, rows, 'rsync --link-dest');
}

const plan = await readPlan();
try {
  const main = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../src/main.js');
  const { peers, missing } = await findPeers(main);
  const tables: string[] = [];
  for (const workload of plan.workloads) tables.push(await runWorkload(plan, workload, peers));
  console.log(`\n${await machine(plan.folder)}`);
  console.log(peers.map((peer) => `${peer.name} ${peer.version}`).join(', '));
  for (const peer of missing) console.log(`${peer.name} is missing: ${peer.install}`);
  console.log(
    'Source read from a warm cache. Glassine flushes and reads back every copy; rsync does neither.',
  );
  for (const text of tables) console.log(`\n${text}`);
} finally {
  if (!plan.keep) await rm(plan.folder, { recursive: true, force: true });
}
