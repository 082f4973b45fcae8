/** Letting go of real volumes, and who keeps them from going. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { problem } from '../../src/base/errors.js';
import type { Volume } from '../../src/base/volumes.js';
import { ejectVolumes, volumesUnpluggedWith } from '../../src/platform/eject.js';
import { usersOf } from '../../src/platform/eject-users.js';
import { native } from '../../src/platform/native.js';
import { listVolumes } from '../../src/platform/volume-list.js';
import { mustRun, systemPython } from '../support/commands.js';
import { detach, exfatMount, isMounted, loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { partitionNeeds, partitionedDrive } from '../support/partitions.js';
import { seededBytes, temporaryFolder } from '../support/trees.js';

async function volumeAt(mountPoint: string): Promise<Volume> {
  const found = (await listVolumes()).find(({ mountPoints }) => mountPoints.includes(mountPoint));
  if (!found) throw new Error(`no volume at ${mountPoint}`);
  return found;
}

/** Runs a program that says something when it has what it wants, and waits. It ends with the test. */
async function hold(t: ExecutionContext, words: readonly string[], cwd = '/'): Promise<number> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** Mounts devices, each at a place of its own. */
async function mounted(t: ExecutionContext, devices: readonly string[]): Promise<string[]> {
  const folder = await temporaryFolder(t);
  const places: string[] = [];
  for (const device of devices) {
    const place = path.join(folder, path.basename(device));
    await mkdir(place);
    await mustRun('mount', [device, place]);
    t.teardown(() => detach(place));
    places.push(place);
  }
  return places;
}

const small = { fs: 'ext4', sizeBytes: 16 << 20 } as const;

testWith([...volumeNeeds.ext4, 'python3'], 'whoever uses a drive is named, and it stays', async (t) => {
  const drive = await loopImage(t, small);
  const file = path.join(drive.path, 'a\nb.jpg');
  await writeFile(file, 'x'.repeat(5000));
  const folder = path.join(drive.path, 'Jobs');
  await mkdir(folder);
  const say = 'print(1, flush=True); sys.stdin.read()';
  const map = 'f = open(sys.argv[1], "rb"); m = mmap.mmap(f.fileno(), 0, prot=1); f.close()';
  const holders = new Map([
    [await hold(t, ['sh', '-c', 'echo here; exec cat'], folder), folder],
    [await hold(t, [systemPython, '-c', `import sys; f = open(sys.argv[1]); ${say}`, file]), file],
    [await hold(t, [systemPython, '-c', `import sys, mmap; ${map}; ${say}`, file]), file],
  ]);
  const { unmounted, users, poweredOff } = await ejectVolumes([await volumeAt(drive.path)], { native });
  t.is(unmounted.size, 0);
  t.false(poweredOff);
  t.deepEqual(new Map(users.map(({ pid = 0, path: used }) => [pid, used])), holders);
  t.deepEqual(users.map(({ program }) => program).sort(), ['cat', 'python3', 'python3']);
  t.is(await readFile(file, 'utf8'), 'x'.repeat(5000), 'nothing was taken away');
});

testWith(volumeNeeds.ext4, 'an image that is used from it, and a volume inside it, keep it', async (t) => {
  const drive = await loopImage(t, { ...small, sizeBytes: 32 << 20 });
  const image = path.join(drive.path, 'image');
  const inside = path.join(drive.path, 'inside');
  await mkdir(inside);
  await mustRun('truncate', ['-s', '8M', image]);
  await mustRun('mkfs.ext4', ['-q', '-F', image]);
  await mustRun('mount', ['-o', 'loop', image, inside]);
  t.teardown(() => detach(inside));
  const { users } = await ejectVolumes([await volumeAt(drive.path)], { native });
  t.deepEqual(
    users.map(({ program, path: used }) => [program, used]),
    [
      ['a volume mounted inside it', inside],
      ['an image used as a disk', image],
    ],
  );
});

testWith(volumeNeeds.xfs, 'a drive that was pulled out is not called safe', async (t) => {
  const drive = await loopImage(t, { fs: 'xfs', sizeBytes: 330 << 20 });
  const volume = await volumeAt(drive.path);
  await writeFile(path.join(drive.path, 'a'), 'a');
  await drive.shutdown();
  await t.throwsAsync(ejectVolumes([volume], { native }), { code: 'EIO' });
});

testWith(volumeNeeds.ext4, 'who is stopped takes nothing away', async (t) => {
  const drive = await loopImage(t, small);
  const signal = AbortSignal.abort(problem('stopped', 'eject'));
  await t.throwsAsync(ejectVolumes([await volumeAt(drive.path)], { native, signal }), { code: 'stopped' });
  t.true(await isMounted(drive.path));
});

testWith(
  [...volumeNeeds.ext4, 'unshare'],
  'a drive that is still mounted where we do not see it is not called safe',
  async (t) => {
    const drive = await loopImage(t, small);
    await hold(t, ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', 'echo in; exec cat']);
    const volume = await volumeAt(drive.path);
    const { unmounted, users, refused, poweredOff } = await ejectVolumes([volume], { native });
    t.true(unmounted.has(volume.id));
    t.deepEqual(users, []);
    t.regex(refused ?? '', /still mounted in a container/);
    t.false(poweredOff);
  },
);

testWith(volumeNeeds.ext4, 'a drive goes wherever it is mounted, with all that is on it', async (t) => {
  const drive = await loopImage(t, small);
  await writeFile(path.join(drive.path, 'a.jpg'), seededBytes(1, 3_000_000));
  const place = path.join(await temporaryFolder(t), 'bound');
  await mkdir(place);
  await mustRun('mount', ['--bind', drive.path, place]);
  t.teardown(() => detach(place));
  const volume = await volumeAt(drive.path);
  t.deepEqual(volume.mountPoints, [drive.path, place]);
  const { unmounted, users, refused } = await ejectVolumes([volume], { native });
  t.deepEqual([...unmounted], [volume.id]);
  t.deepEqual(users, []);
  t.is(refused, undefined);
  t.false((await isMounted(drive.path)) || (await isMounted(place)));
});

testWith(volumeNeeds.exfat, 'a card is safe when its last byte is on it, not before', async (t) => {
  const card = await exfatMount(t, { sizeBytes: 64 << 20 });
  const bytes = seededBytes(2, 20 << 20);
  await writeFile(path.join(card.path, 'DSC_0001.NEF'), bytes);
  const { users, refused } = await ejectVolumes([await volumeAt(card.path)], { native });
  t.deepEqual([users, refused], [[], undefined]);
  // Taken as it is now, while nobody is asked to write anything any more.
  const copy = path.join(await temporaryFolder(t), 'copy');
  await mustRun('cp', [card.image, copy]);
  await mustRun('fsck.exfat', ['-n', copy]);
  await card.unmount();
  await card.mount({ readOnly: true });
  t.true(bytes.equals(await readFile(path.join(card.path, 'DSC_0001.NEF'))));
});

testWith(partitionNeeds, 'both partitions of a drive go together', async (t) => {
  const { partitions } = await partitionedDrive(t, 2);
  const places = await mounted(t, partitions);
  const volumes = volumesUnpluggedWith(await volumeAt(places[0] ?? ''), await listVolumes());
  t.deepEqual(
    volumes.map(({ label }) => label),
    ['Part 1', 'Part 2'],
  );
  const ejected = await ejectVolumes(volumes, { native });
  t.deepEqual([ejected.unmounted.size, ejected.users, ejected.refused], [2, [], undefined]);
});

testWith(
  [...partitionNeeds, 'unshare'],
  'a drive of which another part is in use, where we do not see it, is not called safe',
  async (t) => {
    const { partitions } = await partitionedDrive(t, 2);
    const places = await mounted(t, partitions.slice(0, 1));
    const script = `mount ${partitions[1] ?? ''} /mnt && echo in && exec cat`;
    await hold(t, ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script]);
    const volume = await volumeAt(places[0] ?? '');
    const { unmounted, refused } = await ejectVolumes([volume], { native });
    t.true(unmounted.has(volume.id));
    t.regex(refused ?? '', /still mounted in a container/);
  },
);

testWith(volumeNeeds.ext4, 'all volumes of one drive are unplugged together, and no others', async (t) => {
  const one = await loopImage(t, small);
  const other = await loopImage(t, small);
  const all = await listVolumes();
  const [volume, stranger] = await Promise.all([volumeAt(one.path), volumeAt(other.path)]);
  t.deepEqual(volumesUnpluggedWith(volume, all), [volume]);
  const twin = { ...stranger, device: volume.device };
  t.deepEqual(volumesUnpluggedWith(volume, [volume, twin]), [volume, twin]);
  const share = { ...volume, id: 'share', bus: 'network' } as const;
  t.deepEqual(volumesUnpluggedWith(share, [share, { ...share, id: 'other' }]), [share], 'a server stays on');
});

testWith(['linux'], 'nobody uses a folder that nobody uses', async (t) => {
  t.deepEqual(await usersOf([await temporaryFolder(t)]), []);
});
