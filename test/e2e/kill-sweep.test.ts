/**
 * `kill -9` at every file-changing system call of a backup: after a restart and one pass everything is kept,
 * every
 * older version too, and nothing is left over.
 */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../support/commands.js';
import { desk } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { buildInjector, killAtNeeds } from '../support/kill-at.js';
import type { Injector } from '../support/kill-at.js';
import { daysWork, replaced, shoot } from '../support/mixed-shoot.js';
import { testWith } from '../support/needs.js';
import { differences, seeded, temporaryFolder } from '../support/trees.js';
import { asideHashes, vaultFaults } from '../support/vault-check.js';

/** A desk whose home and drive can be put back to how they were, as often as wanted, at the same paths. */
interface Slot {
  readonly desk: Desk;
  /** What the injector counts below. */
  readonly folder: string;
  putBack(): Promise<void>;
}

async function slot(t: ExecutionContext, prepare: (desk: Desk) => Promise<void>): Promise<Slot> {
  const place = await desk(t, { fill: shoot });
  const folder = path.dirname(place.home);
  await prepare(place);
  const saved = await temporaryFolder(t);
  const parts = ['home', 'Drive'];
  for (const part of parts) await copyExactly(path.join(folder, part), saved);
  return {
    desk: place,
    folder,
    async putBack() {
      for (const part of parts) {
        await rm(path.join(folder, part), { recursive: true });
        await copyExactly(path.join(saved, part), folder);
      }
    },
  };
}

/** With every time to the nanosecond, which Node's own copying does not keep. */
async function copyExactly(from: string, into: string): Promise<void> {
  await mustRun('cp', ['-a', from, into]);
}

interface Sweep {
  readonly injector: Injector;
  readonly slots: readonly Slot[];
  /** Throws unless the desk is as it should be after the restart and one pass. */
  readonly check: (desk: Desk) => Promise<void>;
}

/** Every this many points the restart is killed as well, somewhere. */
const restartKilledEvery = 7;
/**
 * The chain, the folders and every hash are checked at each point; that `verify` says so too, at every this
 * many.
 */
const verifiedEvery = 5;
/** After so many the walk is given up: the first ones tell enough. */
const faultsEnough = 5;
/** Far more than a slow machine needs. */
const limitMs = 60 * 60_000;

/** One point: killed there, started again, checked. `ended`: the backup was over before it came so far. */
async function point(
  sweep: Sweep,
  { desk: place, folder }: Slot,
  at: number,
): Promise<{ ended: boolean; fault?: string }> {
  const injection = { below: folder, env: place.env };
  const { call, status, stdout, stderr } = await sweep.injector.run(place.command('backup', '--json'), {
    ...injection,
    at,
  });
  const ended = call === undefined;
  try {
    if (ended && status !== 0) throw new Error(`not killed, and yet: ${stdout}${stderr}`);
    if (!ended && at % restartKilledEvery === 0) {
      const second = 1 + seeded(at)(60);
      await sweep.injector.run(place.command('backup', '--json'), { ...injection, at: second });
    }
    await place.must('backup');
    await sweep.check(place);
    return { ended };
  } catch (error) {
    return { ended, fault: `killed at point ${at}, before ${call ?? 'the end'}: ${String(error)}` };
  }
}

/** Walks through all points, each slot taking the next one. Returns how many there were. */
async function walk(t: ExecutionContext, sweep: Sweep): Promise<number> {
  let next = 1;
  let last = Infinity;
  const faults: string[] = [];
  const work = async (each: Slot): Promise<void> => {
    for (let at = next++; at < last && faults.length < faultsEnough; at = next++) {
      await each.putBack();
      const { ended, fault } = await point(sweep, each, at);
      if (fault !== undefined) faults.push(fault);
      if (ended) last = Math.min(last, at);
    }
  };
  await Promise.all(sweep.slots.map(work));
  t.deepEqual(faults, [], `faults among the first ${next - 1} points`);
  return last - 1;
}

let checks = 0;

async function mustBeWhole(place: Desk): Promise<void> {
  const faults = [...(await differences(place.source, place.pictures)), ...(await vaultFaults(place.vault))];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  if (checks++ % verifiedEvery !== 0) return;
  const { bad } = await place.must('verify');
  if (bad?.length !== 0) throw new Error(`verify found ${JSON.stringify(bad)}`);
}

async function hashOf(file: string): Promise<string> {
  return (await mustRun('b3sum', ['--no-names', file])).trim();
}

testWith(
  [...killAtNeeds, 'b3sum'],
  'a first backup that is killed at any system call is whole after one pass',
  async (t) => {
    t.timeout(limitMs);
    const injector = await buildInjector(t);
    const slots = [await slot(t, async () => undefined), await slot(t, async () => undefined)];
    const check = async (place: Desk): Promise<void> => {
      await mustBeWhole(place);
      const versions = await readdir(path.join(place.vault, 'Versions'));
      if (versions.length > 0) throw new Error(`Versions holds ${versions.join(', ')}`);
    };
    const points = await walk(t, { injector, slots, check });
    t.log(`${points} points`);
    t.true(points > 100, `${points} points`);
  },
);

testWith(
  [...killAtNeeds, 'b3sum'],
  'a day of edits that is killed at any system call loses no version',
  async (t) => {
    t.timeout(limitMs);
    const injector = await buildInjector(t);
    const older = new Map<string, string>();
    const prepare = async (place: Desk): Promise<void> => {
      await place.must('backup');
      for (const name of replaced) older.set(name, await hashOf(path.join(place.source, name)));
      await daysWork(place.source);
    };
    const slots = [await slot(t, prepare), await slot(t, prepare)];
    const check = async (place: Desk): Promise<void> => {
      await mustBeWhole(place);
      const aside = await asideHashes(place.vault);
      for (const [name, hash] of older) {
        const { dir, name: stem } = path.parse(name);
        const begin = path.join('Versions/Photos', dir, `${stem} (`);
        const held = [...aside].some(([stored, found]) => stored.startsWith(begin) && found === hash);
        if (!held) throw new Error(`the older version of ${name} is not in Versions`);
      }
      // Links that turned elsewhere are versions too; they are not among the hashes.
      if (aside.size !== older.size) throw new Error(`Versions holds ${[...aside.keys()].join(', ')}`);
    };
    const points = await walk(t, { injector, slots, check });
    t.log(`${points} points`);
    t.true(points > 200, `${points} points`);
  },
);
