/**
 * Watches: what is heard of changes in folders old, new, renamed and gone, and what when there are too many.
 */
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { symlinkSync, unlinkSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { native, type WatchHandle, type WatchHint } from '../../src/platform/native.js';
import { watchWithParcel } from '../../src/platform/watch.js';
import { mustRun } from '../support/commands.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { plant, temporaryFolder } from '../support/trees.js';

/** A watched folder whose hints can be waited for. */
class Ear {
  readonly heard: string[] = [];
  #wake: (() => void) | undefined;

  readonly listen = ({ kind, folder }: WatchHint): void => {
    this.heard.push(`${kind} ${folder}`);
    this.#wake?.();
  };

  /** Resolves, with true, when such hints came since the last call of `forget`. */
  async hears(...wanted: string[]): Promise<true> {
    while (!wanted.every((each) => this.heard.includes(each))) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return true;
  }

  forget(): void {
    this.heard.length = 0;
  }
}

interface Watched {
  readonly root: string;
  readonly ear: Ear;
  readonly handle: WatchHandle;
}

async function watched(t: ExecutionContext, ...folders: string[]): Promise<Watched> {
  const root = await temporaryFolder(t);
  for (const folder of folders) await mkdir(path.join(root, folder), { recursive: true });
  const ear = new Ear();
  const handle = await native.watch(root, ear.listen);
  t.teardown(() => {
    handle.close();
  });
  return { root, ear, handle };
}

testWith(['linux'], 'every kind of change is heard in the folder where it is made', async (t) => {
  const { root, ear, handle } = await watched(t, 'a/b/c');
  t.deepEqual([handle.watchedFolders, handle.unwatchedFolders], [4, 0]);
  const file = path.join(root, 'a/b/c/file');
  const changes: (() => Promise<unknown>)[] = [
    () => writeFile(file, 'x'),
    () => appendFile(file, 'y'),
    () => utimes(file, 1, 1),
    () => rename(file, `${file}2`),
    () => symlink('x', file),
    () => unlink(file),
  ];
  for (const change of changes) {
    ear.forget();
    await change();
    await ear.hears('folder a/b/c');
    t.true(ear.heard.every((hint) => hint === 'folder a/b/c'));
  }
});

testWith(['linux'], 'folders that appear are watched at once, with all that came with them', async (t) => {
  const { root, ear, handle } = await watched(t);
  await mkdir(path.join(root, 'new/deep/deeper'), { recursive: true });
  await ear.hears('folder ', 'tree new');
  // What was made before the watch stood is told as a tree; from then on each folder speaks for itself.
  while (handle.watchedFolders < 4) await delay(5);
  ear.forget();
  await writeFile(path.join(root, 'new/deep/deeper/file'), 'x');
  t.true(await ear.hears('folder new/deep/deeper'));
});

testWith(['linux'], 'a folder that is renamed or moved is heard of under its new name', async (t) => {
  const { root, ear, handle } = await watched(t, 'a/b/c', 'other');
  await rename(path.join(root, 'a/b'), path.join(root, 'other/B'));
  await ear.hears('folder a', 'folder other', 'tree other/B');
  ear.forget();
  await writeFile(path.join(root, 'other/B/c/file'), 'x');
  await ear.hears('folder other/B/c');
  await rename(path.join(root, 'other'), path.join(root, 'third'));
  await ear.hears('tree third');
  ear.forget();
  await writeFile(path.join(root, 'third/B/c/file2'), 'x');
  await ear.hears('folder third/B/c');
  t.is(handle.watchedFolders, 5);
});

testWith(['linux'], 'a folder that leaves is heard of no more, and again when it comes back', async (t) => {
  const { root, ear, handle } = await watched(t, 'a/b');
  const outside = path.join(await temporaryFolder(t), 'a');
  await rename(path.join(root, 'a'), outside);
  await ear.hears('folder ');
  while (handle.watchedFolders > 1) await delay(5);
  ear.forget();
  await writeFile(path.join(outside, 'b/unheard'), 'x');
  await rename(outside, path.join(root, 'back'));
  await ear.hears('tree back');
  t.deepEqual(ear.heard.toSorted(), ['folder ', 'tree back']);
  while (handle.watchedFolders < 3) await delay(5);
  await writeFile(path.join(root, 'back/b/file'), 'x');
  await ear.hears('folder back/b');
});

testWith(['linux'], 'folders that are removed are counted no more', async (t) => {
  const { root, ear, handle } = await watched(t, 'a/b/c', 'd');
  await rm(path.join(root, 'a'), { recursive: true });
  await ear.hears('folder ', 'folder a', 'folder a/b');
  while (handle.watchedFolders > 2) await delay(5);
  t.is(handle.watchedFolders, 2);
});

testWith(['linux'], 'a root that is removed or renamed is gone', async (t) => {
  for (const end of [
    (root: string): Promise<void> => rm(root, { recursive: true }),
    (root: string): Promise<void> => rename(root, `${root}.moved`),
  ]) {
    const root = await mkdtemp(path.join(os.tmpdir(), 'glassine-test-'));
    t.teardown(() => rm(`${root}.moved`, { recursive: true, force: true }));
    const ear = new Ear();
    const handle = await native.watch(root, ear.listen);
    await end(root);
    await ear.hears('gone ');
    t.is(handle.watchedFolders, 0);
    handle.close();
  }
});

testWith(
  volumeNeeds.ext4,
  'a root that is unmounted is gone, and a watch does not keep it mounted',
  async (t) => {
    const volume = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
    await mkdir(path.join(volume.path, 'a'));
    const ear = new Ear();
    const handle = await native.watch(volume.path, ear.listen);
    await mustRun('umount', [volume.path]);
    t.true(await ear.hears('gone '));
    handle.close();
  },
);

testWith(['linux'], 'a root that cannot be watched is an error', async (t) => {
  const root = await temporaryFolder(t);
  await plant(root, 'file', { bytes: 'x' });
  await t.throwsAsync(
    native.watch(path.join(root, 'none'), () => undefined),
    { code: 'ENOENT' },
  );
  await t.throwsAsync(
    native.watch(path.join(root, 'file'), () => undefined),
    { code: 'ENOTDIR' },
  );
});

testWith(['linux'], 'nothing is heard after closing', async (t) => {
  const { root, ear, handle } = await watched(t, 'a');
  await writeFile(path.join(root, 'a/1'), 'x');
  await ear.hears('folder a');
  handle.close();
  handle.close();
  ear.forget();
  await writeFile(path.join(root, 'a/2'), 'x');
  const other = await native.watch(root, ear.listen);
  await writeFile(path.join(root, '3'), 'x');
  await ear.hears('folder ');
  t.deepEqual(ear.heard, ['folder ']);
  other.close();
});

testWith(['linux'], 'names that are not UTF-8 are told in their escaped form', async (t) => {
  const { root, ear } = await watched(t);
  const bad = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]);
  await mkdir(bad);
  await ear.hears('tree /%FF');
  ear.forget();
  await writeFile(Buffer.concat([bad, Buffer.from('/x')]), 'x');
  t.true(await ear.hears('folder /%FF'));
});

testWith(['linux'], 'links are not followed', async (t) => {
  const outside = await temporaryFolder(t);
  await mkdir(path.join(outside, 'inside'));
  const { root, ear, handle } = await watched(t);
  await symlink(outside, path.join(root, 'link'));
  await ear.hears('folder ');
  t.is(handle.watchedFolders, 1);
  const again = await native.watch(root, () => undefined);
  t.is(again.watchedFolders, 1);
  again.close();
});

const module = JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href);

testWith(
  ['linux', 'root', 'unshare'],
  'above the limit what can be watched is, and the rest counted',
  async (t) => {
    const root = await temporaryFolder(t);
    for (let at = 0; at < 40; at++) await mkdir(path.join(root, `${at}/inside`), { recursive: true });
    const script = `
    import { native } from ${module};
    import { writeFileSync } from 'node:fs';
    const heard = new Set();
    const hear = ({ kind, folder }) => heard.add(kind + ' ' + folder);
    const watch = await native.watch(${JSON.stringify(root)}, hear);
    const counts = [watch.watchedFolders, watch.unwatchedFolders];
    writeFileSync(${JSON.stringify(root)} + '/file', '');
    while (!heard.has('folder ')) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(JSON.stringify(counts));
    watch.close();
  `;
    // The limit of a user namespace of its own: that of the whole machine stays as it is.
    const command = 'echo 25 > /proc/sys/user/max_inotify_watches && exec "$0" --input-type=module -e "$1"';
    const said = await mustRun('unshare', ['-Ur', 'sh', '-c', command, process.execPath, script]);
    t.deepEqual(JSON.parse(said), [25, 56]);
  },
);

testWith(
  ['linux'],
  'events that come too fast are told as lost, and folders made meanwhile are watched',
  async (t) => {
    const root = await temporaryFolder(t);
    await mkdir(path.join(root, 'removed meanwhile'));
    const script = `
    import { native } from ${module};
    const watch = await native.watch(${JSON.stringify(root)}, ({ kind, folder }) => {
      console.log(kind + ' ' + folder + ' ' + watch.watchedFolders);
    });
    console.log('ready');
  `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    t.teardown(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const until = async (wanted: RegExp): Promise<void> => {
      for (let line = await lines.next(); !wanted.test(String(line.value)); line = await lines.next()) {
        t.not(line.done, true, `it ended before it said ${wanted.source}`);
        if (line.done) return;
      }
    };
    await until(/^ready$/);
    child.kill('SIGSTOP');
    const most = Number(await readFile('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    const files = Array.from({ length: most / 2 + 100 }, (_, at) => path.join(root, `${at}`));
    for (const file of files) {
      symlinkSync('x', file);
      unlinkSync(file);
    }
    await mkdir(path.join(root, 'made meanwhile'));
    await rm(path.join(root, 'removed meanwhile'), { recursive: true });
    child.kill('SIGCONT');
    await until(/^lost {2}2$/);
    await writeFile(path.join(root, 'made meanwhile/file'), 'x');
    await until(/^folder made meanwhile 2$/);
  },
);

test('the watcher of other systems tells the same', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(path.join(root, 'a/b'), { recursive: true });
  const ear = new Ear();
  const handle = await watchWithParcel(root, ear.listen);
  await writeFile(path.join(root, 'a/b/file'), 'x');
  await ear.hears('folder a/b');
  await mkdir(path.join(root, 'a/new'));
  await ear.hears('folder a', 'tree a/new');
  await writeFile(path.join(root, 'a/new/file'), 'x');
  await ear.hears('folder a/new');
  handle.close();
  await t.throwsAsync(watchWithParcel(path.join(root, 'none'), ear.listen), { code: 'ENOENT' });
});
