/** What is remembered of drives while they are away: on which device they lay, and how full they were. */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { devicesSeen, placesSeen } from '../../src/agent/devices-seen.js';
import { findHome, makeHome } from '../../src/platform/home.js';
import type { Home } from '../../src/platform/home.js';
import { native } from '../../src/platform/native.js';
import { temporaryFolder } from '../support/trees.js';

async function installation(folder: string): Promise<{ native: typeof native; home: Home }> {
  const home = findHome({ GLASSINE_HOME: join(folder, 'home') });
  await makeHome(home);
  return { native, home };
}

test('a memory that is damaged, or of an older version, is no reason to stop', async (t) => {
  const here = await installation(await temporaryFolder(t));
  for (const text of ['', '{"a":', '[]', 'null', '{"a": 7}']) {
    await writeFile(here.home.devicesFile, text);
    t.is((await placesSeen(here, [])).get('a')?.device, undefined, text);
  }
  await writeFile(
    here.home.devicesFile,
    '{"a": "disk:WD-1", "b": {"device": "disk:WD-2", "freeBytes": "x"}}',
  );
  t.deepEqual(
    [...(await devicesSeen(here, []))],
    [
      ['a', 'disk:WD-1'],
      ['b', 'disk:WD-2'],
    ],
  );
});

test('a drive that is away is remembered as it was', async (t) => {
  const folder = await temporaryFolder(t);
  const here = await installation(folder);
  const drive = join(folder, 'Drive');
  await mkdir(drive);
  const seen = (await placesSeen(here, [{ id: 'a', path: drive }])).get('a');
  t.true((seen?.totalBytes ?? 0) >= (seen?.freeBytes ?? 0) && (seen?.freeBytes ?? 0) > 0);
  t.truthy(seen?.device);
  await rename(drive, join(folder, 'away'));
  t.deepEqual((await placesSeen(here, [{ id: 'a', path: drive }])).get('a'), seen);
  t.deepEqual((await placesSeen(here, [])).get('a'), seen);
  await rm(here.home.devicesFile);
  t.is((await placesSeen(here, [])).get('a'), undefined);
});

test('what has hardly changed is not written again', async (t) => {
  const folder = await temporaryFolder(t);
  const here = await installation(folder);
  const places = [{ id: 'a', path: folder }];
  await placesSeen(here, places);
  const before = (await stat(here.home.devicesFile, { bigint: true })).ino;
  await writeFile(join(folder, 'little'), 'x');
  await placesSeen(here, places);
  t.is((await stat(here.home.devicesFile, { bigint: true })).ino, before);
  t.regex(await readFile(here.home.devicesFile, 'utf8'), /"freeBytes"/);
});
