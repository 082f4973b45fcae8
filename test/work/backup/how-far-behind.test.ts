/** What a vault that was away lacks, and how old the oldest of it is; and how fast a vault fills. */
import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { KeptSummary } from '../../../src/store/catalog/types.js';
import { workbench } from '../../support/workbench.js';
import type { Drive, Workbench } from '../../support/workbench.js';

const longAgo = Date.UTC(2016, 5, 1);

async function plantOld(bench: Workbench, name: string, text: string): Promise<void> {
  await writeFile(path.join(bench.root, name), text);
  await utimes(path.join(bench.root, name), longAgo / 1000, longAgo / 1000);
}

function keptIn(bench: Workbench, drive: Drive): KeptSummary {
  const { catalog } = bench.deps;
  return catalog.work.keptSummary(bench.sourceKey, catalog.vaultKey(drive.setting.id));
}

test('what a vault lacks is as old as its first sighting elsewhere, whatever the time of the file', async (t) => {
  const bench = await workbench(t);
  const [here, away] = [await bench.addDrive('here'), await bench.addDrive('away')];
  await plantOld(bench, 'a.jpg', 'first');
  await bench.backup();
  t.like(keptIn(bench, away), { behindFiles: 0, behindSince: undefined, behindBareUs: undefined });
  await away.unplug();
  await plantOld(bench, 'b.jpg', 'second');
  const before = bench.deps.clock.now();
  await bench.backup({ vaults: [here.setting] });
  const between = bench.deps.clock.now();
  await plantOld(bench, 'c.jpg', 'third one');
  await bench.backup({ vaults: [here.setting] });
  const { behindFiles, behindBytes, behindSince = 0, behindBareUs } = keptIn(bench, away);
  t.deepEqual([behindFiles, behindBytes, behindBareUs], [2, 15, undefined]);
  t.true(before < behindSince && behindSince < between, 'the oldest of the two counts');
  await away.plug();
  await bench.backup();
  t.like(keptIn(bench, away), { behindFiles: 0, behindSince: undefined });
});

test('a version that several vaults sighted is as old as the first of these sightings', async (t) => {
  const bench = await workbench(t);
  const [first, second] = [await bench.addDrive('first'), await bench.addDrive('second')];
  const third = await bench.addDrive('third');
  await plantOld(bench, 'a.jpg', 'first');
  await bench.backup({ vaults: [third.setting] });
  await plantOld(bench, 'a.jpg', 'second version');
  await bench.backup({ vaults: [first.setting] });
  const sighted = keptIn(bench, third).behindSince;
  t.true(sighted !== undefined);
  await bench.backup({ vaults: [second.setting] });
  t.is(keptIn(bench, third).behindSince, sighted);
});

test('what no vault has is as old as its file, and what differs in time alone is no missing picture', async (t) => {
  const bench = await workbench(t);
  const [here, away] = [await bench.addDrive('here'), await bench.addDrive('away')];
  await plantOld(bench, 'a.jpg', 'first');
  await bench.backup();
  await writeFile(path.join(bench.root, 'a.jpg'), 'first');
  await bench.backup({ vaults: [here.setting] });
  t.like(keptIn(bench, away), { behindFiles: 1, behindSince: undefined, behindBareUs: undefined });
  await here.unplug();
  await plantOld(bench, 'b.jpg', 'second');
  await bench.backup({ vaults: [here.setting] });
  t.like(keptIn(bench, away), { behindFiles: 2, behindSince: undefined, behindBareUs: longAgo * 1000 });
});

test('what came into a vault is told by the day, and only what is still there', async (t) => {
  const bench = await workbench(t);
  const drive = await bench.addDrive('here');
  const { catalog, clock } = bench.deps;
  await plantOld(bench, 'a.jpg', 'first');
  const before = clock.now();
  await bench.backup();
  const key = catalog.vaultKey(drive.setting.id);
  const firstKeptAt = catalog.firstKeptAt(key) ?? 0;
  t.true(before < firstKeptAt && firstKeptAt < clock.now());
  await plantOld(bench, 'b.jpg', 'second');
  await bench.backup();
  const days = catalog.keptByDay(key, before);
  t.is(
    days.reduce((sum, bytes) => sum + bytes, 0),
    11,
  );
  t.true(days.length <= 2, 'two when a midnight came in between');
  t.deepEqual(catalog.keptByDay(key, clock.now()), []);
  t.is(catalog.firstKeptAt(-1), undefined);
});
