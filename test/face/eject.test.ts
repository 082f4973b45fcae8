/** `eject`, as a person and a script meet it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as v from 'valibot';
import { ejectDocument } from '../../src/face/documents/letting-go.js';
import type { EjectDocument } from '../../src/face/documents/letting-go.js';
import { text } from '../../src/face/text/eject.js';
import { codesOf, desk, glassineAt, mainScript } from '../support/glassine.js';
import type { Glassine } from '../support/glassine.js';
import { run } from '../support/commands.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { isMounted, loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { startAgent } from '../support/running-agent.js';
import { differences, fillTree, temporaryFolder } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

const small = { fs: 'ext4', sizeBytes: 32 << 20 } as const;

async function eject(
  glassine: Glassine,
  name: string,
): Promise<{ status: number | null; document: EjectDocument }> {
  const { status, document } = await glassine.ask('eject', name);
  return { status, document: v.parse(ejectDocument, document) };
}

async function refusal(glassine: Glassine, ...args: string[]): Promise<unknown[]> {
  const { status, document } = await glassine.ask('eject', ...args);
  return [status, document.problem?.code];
}

test('what is no volume, and what the system lives on, is refused with 64', async (t) => {
  const glassine = glassineAt(path.join(await temporaryFolder(t), 'home'));
  t.deepEqual(await refusal(glassine, 'No such drive'), [64, 'volume-unknown']);
  if (process.platform === 'linux') t.deepEqual(await refusal(glassine, '/'), [64, 'volume-system']);
  const { status, stderr } = await run(process.execPath, [mainScript, 'eject'], { env: glassine.env });
  t.is(status, 64);
  t.regex(stderr, /missing required argument 'volume'/);
});

testWith(volumeNeeds.ext4, 'a label that two drives bear is asked about, with both places', async (t) => {
  const one = await loopImage(t, { ...small, label: 'TWICE' });
  const other = await loopImage(t, { ...small, label: 'TWICE' });
  const glassine = glassineAt(path.join(await temporaryFolder(t), 'home'));
  const { status, document } = await glassine.ask('eject', 'twice');
  t.is(status, 64);
  t.is(document.problem?.code, 'volume-ambiguous');
  for (const { path: place } of [one, other]) t.true(document.problem?.message.includes(place));
  t.is((await eject(glassine, one.path)).status, 0, 'the mount point says which');
  t.true(await isMounted(other.path));
});

testWith(volumeNeeds.ext4, 'a drive in use is not let go: 1, and who uses it', async (t) => {
  const drive = await loopImage(t, { ...small, label: 'Busy one' });
  const glassine = glassineAt(path.join(await temporaryFolder(t), 'home'));
  const child = spawn('sh', ['-c', 'echo here; exec cat'], {
    cwd: drive.path,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await once(child.stdout, 'data');
  const { status, document } = await eject(glassine, 'Busy one');
  t.is(status, 1);
  t.like(document, { outcome: 'failed', safeToUnplug: false, volume: 'Busy one' });
  t.deepEqual(document.users, [{ program: 'cat', pid: child.pid ?? 0, path: drive.path }]);
  t.deepEqual(codesOf(document), ['volume-busy']);
  const said = await run(process.execPath, [mainScript, 'eject', 'Busy one'], { env: glassine.env });
  t.is(said.status, 1);
  t.is(
    said.stdout.trim(),
    `Busy one is still used by cat (${child.pid}); close that and try again. Do not unplug it yet.`,
  );
  t.true(await isMounted(drive.path));
});

testWith(volumeNeeds.ext4, 'a vault is ejected by its name: 0, and away afterwards', async (t) => {
  const drive = await loopImage(t, small);
  const place = await desk(t, {
    drive: drive.path,
    fill: (source) => writeFile(path.join(source, 'a'), 'a'),
  });
  await place.must('backup');
  const said = await run(process.execPath, [mainScript, 'eject', 'drive'], { env: place.env });
  t.is(said.status, 0, said.stderr);
  t.is(said.stdout.trim(), `${drive.path} is safe to unplug.`);
  t.false(await isMounted(drive.path));
  t.deepEqual(await refusal(place, 'drive'), [3, 'vault-away']);
  await drive.unmount();
  await drive.mount();
  t.deepEqual(await vaultFaults(place.vault), []);
});

async function inAHurry(place: Glassine): Promise<void> {
  const file = path.join(place.home, 'config.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/"quietSeconds": \d+/, '"quietSeconds": 1'));
}

testWith(
  [...volumeNeeds.ext4, ...lyingNeeds, 'b3sum'],
  'an agent in the middle of a pass parks it, and goes on when the drive is back',
  async (t: ExecutionContext) => {
    const slow = await lyingMount(t);
    await fillTree(slow.path, { files: 150, seed: 9 });
    const drive = await loopImage(t, { ...small, label: 'Parked' });
    const place = await desk(t, { drive: drive.path, source: slow.path });
    await inAHurry(place);
    await slow.lie({ slowMs: 40, log: true });
    const agent = await startAgent(t, place);
    while ((await slow.calls()).filter(([call]) => call === 'read').length < 8) {
      t.is(agent.news.filter(({ kind }) => kind === 'pass').length, 0);
    }
    const { status, document } = await eject(place, 'Parked');
    t.is(status, 0);
    t.true(document.safeToUnplug);
    t.deepEqual(document.volumes, [{ name: 'Parked', mountPoint: drive.path, unmounted: true }]);
    t.is(agent.news.filter(({ kind }) => kind === 'pass').length, 0, 'the pass was not waited for');
    await agent.heard(({ kind, connected }) => kind === 'vault' && connected === false);
    await slow.lie({});
    await drive.unmount();
    const before = agent.news.length;
    await drive.mount();
    await agent.heard(({ kind, kept = 0 }) => kind === 'pass' && kept > 0, before);
    t.is(await agent.end('SIGTERM'), 0);
    await place.must('backup');
    t.deepEqual(await differences(place.source, place.pictures), []);
    t.deepEqual(await vaultFaults(place.vault), []);
  },
);

const document: EjectDocument = {
  ...{ outcome: 'good', volume: 'Blue', safeToUnplug: true, network: false, poweredOff: false, users: [] },
  volumes: [{ name: 'Blue', mountPoint: '/media/Blue', unmounted: true }],
};

test('the text says what a person may do now', (t) => {
  t.deepEqual(text(document), ['Blue is safe to unplug.']);
  t.deepEqual(text({ ...document, poweredOff: true }), ['Blue is switched off and safe to unplug.']);
  t.deepEqual(text({ ...document, network: true }), ['Blue is disconnected.']);
  const volumes = [...document.volumes, { name: 'Jobs', mountPoint: '/media/Jobs', unmounted: true }];
  t.deepEqual(text({ ...document, volumes }), ['Blue, with Jobs on the same drive, is safe to unplug.']);
  t.deepEqual(text({ ...document, safeToUnplug: false }), ['Unmounted so far: Blue.']);
});
