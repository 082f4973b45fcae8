/**
 * Drives that are pulled, full, read-only, replaced by others or not there: nothing is lost, nothing goes
 * elsewhere.
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { codesOf, desk } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { buildInjector, killAtNeeds } from '../support/kill-at.js';
import type { Injector } from '../support/kill-at.js';
import { daysWork, shoot } from '../support/mixed-shoot.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import type { TestVolume } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { differences, fillTree, listTree, seededBytes } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

async function mustBeWhole(t: ExecutionContext, place: Desk): Promise<void> {
  t.deepEqual(await differences(place.source, place.pictures), []);
  t.deepEqual(await vaultFaults(place.vault), []);
  t.deepEqual((await place.must('verify')).bad, []);
}

/** Names and contents of everything on a volume: to see that nothing was touched. */
async function snapshot(folder: string): Promise<string[]> {
  const tree = await listTree(folder);
  return [...tree.values()]
    .filter((entry) => entry.name.toString() !== 'lost+found')
    .map((entry) => `${entry.kind} ${entry.name.toString()} ${entry.bytes} ${entry.modifiedNs}`)
    .sort();
}

interface Pulling {
  readonly injector: Injector;
  readonly drive: TestVolume;
  readonly place: Desk;
}

/**
 * Pulls the drive before ever later calls of ever new passes, until one passes unharmed. Returns how often.
 */
async function pullAgainAndAgain(t: ExecutionContext, { injector, drive, place }: Pulling): Promise<number> {
  for (let pulled = 0, at = 3; ; pulled++, at += 2 + Math.floor(at / 6)) {
    const meanwhile = (): Promise<void> => drive.shutdown();
    const injection = { below: drive.path, at, meanwhile, env: place.env };
    const result = await injector.run(place.command('backup', '--json'), injection);
    const said = `pulled before call ${at}, ${result.call ?? 'none'}: ${result.stdout}${result.stderr}`;
    if (result.call === undefined) {
      t.is(result.status, 0, said);
      return pulled;
    }
    // 0 only when nothing was left to do but to say so: that is found again at the next opening.
    t.true([0, 2, 3].includes(result.status ?? -1), said);
    await drive.unmount();
    t.deepEqual(await readdir(drive.path), [], 'the bare mount point stayed empty');
    if (pulled % 4 === 0) {
      const away = await place.ask('backup');
      t.deepEqual(codesOf(away.document), ['vault-away'], said);
      t.deepEqual(await readdir(drive.path), [], 'nothing is written into a bare mount point');
    }
    await drive.mount();
  }
}

for (const fs of ['ext4', 'xfs'] as const) {
  const needs = [...volumeNeeds[fs], ...killAtNeeds, 'b3sum'] as const;
  testWith(
    needs,
    `a drive with ${fs} that is pulled in the middle, again and again, gets everything`,
    async (t) => {
      const drive = await loopImage(t, { fs, sizeBytes: 320 << 20 });
      const place = await desk(t, { drive: drive.path, fill: shoot });
      const injector = await buildInjector(t);
      const first = await pullAgainAndAgain(t, { injector, drive, place });
      await mustBeWhole(t, place);
      await daysWork(place.source);
      const second = await pullAgainAndAgain(t, { injector, drive, place });
      await mustBeWhole(t, place);
      t.log(`pulled ${first} and ${second} times`);
      t.true(first > 10 && second > 10);
    },
  );
}

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a full drive keeps what fits, and the rest when there is room',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const ballast = path.join(drive.path, 'ballast');
    const fill = (source: string): Promise<string[]> =>
      fillTree(source, { files: 120, seed: 5, largestBytes: 400_000 });
    const place = await desk(t, { drive: drive.path, fill });
    await writeFile(ballast, seededBytes(1, 18 << 20), { flush: true });
    const full = await place.ask('backup');
    t.true(codesOf(full.document).includes('vault-full'), full.stdout);
    t.is(full.document.outcome, 'incomplete', full.stdout);
    t.true([1, 2].includes(full.status ?? -1));
    const kept = full.document.kept ?? 0;
    t.true(kept > 0 && kept < 120, `${kept} were kept`);
    t.deepEqual(await vaultFaults(place.vault), []);
    t.deepEqual((await place.must('verify')).bad, []);
    const again = await place.ask('backup');
    t.true(codesOf(again.document).includes('vault-full'), 'still full, still said');
    await rm(ballast);
    const rest = await place.must('backup');
    t.is(rest.kept, 120 - kept - (again.document.kept ?? 0));
    await mustBeWhole(t, place);
  },
);

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a drive without inodes keeps what fits, and the rest when there is room',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20, inodes: 160 });
    const fill = (source: string): Promise<string[]> =>
      fillTree(source, { files: 60, seed: 6, largestBytes: 4_000 });
    const place = await desk(t, { drive: drive.path, fill });
    for (let at = 0; at < 80; at++) await writeFile(path.join(drive.path, `ballast ${at}`), '');
    const full = await place.ask('backup');
    t.true(codesOf(full.document).includes('vault-full'), full.stdout);
    t.deepEqual(await vaultFaults(place.vault), []);
    for (let at = 0; at < 80; at++) await rm(path.join(drive.path, `ballast ${at}`));
    await place.must('backup');
    await mustBeWhole(t, place);
  },
);

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a full drive still shows yesterday when today does not fit',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    const place = await desk(t, { drive: drive.path, fill: shoot });
    await place.must('backup');
    const before = await listTree(place.pictures);
    await writeFile(path.join(drive.path, 'ballast'), Buffer.alloc(64 << 20, 1)).catch(() => undefined);
    await writeFile(path.join(place.source, '2025/big.mov'), seededBytes(77, 3_000_000));
    const full = await place.ask('backup');
    t.true(codesOf(full.document).includes('vault-full'), full.stdout);
    t.deepEqual([...(await listTree(place.pictures)).keys()].sort(), [...before.keys()].sort());
    await rm(path.join(drive.path, 'ballast'));
    t.deepEqual(await vaultFaults(place.vault), []);
    await place.must('backup');
    await mustBeWhole(t, place);
  },
);

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a read-only drive waits, untouched, until it can be written',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const place = await desk(t, { drive: drive.path, fill: shoot });
    await place.must('backup');
    await daysWork(place.source);
    await drive.remountReadOnly();
    const before = await snapshot(drive.path);
    const refused = await place.ask('backup');
    t.deepEqual(codesOf(refused.document), ['vault-read-only'], refused.stdout);
    t.is(refused.status, 3);
    t.deepEqual(await snapshot(drive.path), before);
    const verified = await place.ask('verify');
    t.deepEqual(verified.document.bad, [], 'what it holds can still be read and compared');
    t.true((verified.document.checked ?? 0) > 30);
    await drive.remountWritable();
    await place.must('backup');
    await mustBeWhole(t, place);
  },
);

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'another drive at the path of a vault is never written to',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const place = await desk(t, { drive: drive.path, fill: shoot });
    await place.must('backup');
    await drive.unmount();
    const stranger = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const theirs = await desk(t, { drive: stranger.path, fill: shoot });
    await theirs.must('backup');
    await stranger.unmount();
    await stranger.mount({ at: drive.path });
    await daysWork(place.source);
    const before = await snapshot(drive.path);
    const refused = await place.ask('backup');
    t.is(refused.status, 3, refused.stdout);
    t.true(
      codesOf(refused.document).some((code) => code === 'vault-other' || code === 'vault-away'),
      refused.stdout,
    );
    t.deepEqual(await snapshot(drive.path), before);
    await stranger.unmount();
    const empty = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    await empty.unmount();
    await empty.mount({ at: drive.path });
    const unmarked = await place.ask('backup');
    t.is(unmarked.status, 3, unmarked.stdout);
    t.deepEqual(await snapshot(drive.path), []);
    await empty.unmount();
    await drive.mount();
    await place.must('backup');
    await mustBeWhole(t, place);
  },
);

testWith(
  [...volumeNeeds.ext4, 'b3sum'],
  'a bare mount point is never written to, even with the folders of a vault',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
    const place = await desk(t, { drive: drive.path, fill: shoot });
    await place.must('backup');
    await drive.unmount();
    const away = await place.ask('backup');
    t.is(away.status, 3, away.stdout);
    t.deepEqual(codesOf(away.document), ['vault-away']);
    t.deepEqual(await readdir(drive.path), []);
    const status = await place.ask('status');
    t.is(status.document.vaults?.[0]?.connected, false);
    await drive.mount();
    await drive.unmount();
    // What an unlucky program may have left below the mount point: the folders of a vault, and no marker.
    for (const folder of ['Pictures/Photos', 'Versions', 'Ledger', 'Incoming']) {
      await mkdir(path.join(place.vault, folder), { recursive: true });
    }
    await daysWork(place.source);
    const before = await snapshot(drive.path);
    const unmarked = await place.ask('backup');
    t.is(unmarked.status, 3, unmarked.stdout);
    t.deepEqual(await snapshot(drive.path), before);
    await rm(place.vault, { recursive: true });
    await drive.mount();
    await place.must('backup');
    await mustBeWhole(t, place);
    t.regex(await readFile(path.join(place.vault, 'vault.json'), 'utf8'), /glassine-vault/);
  },
);
