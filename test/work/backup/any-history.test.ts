/** Anything done to a source, with drives that come and go: every moment of it can be had back. */
import {
  readFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../../src/platform/native.js';
import { falseMemories } from '../../support/memories.js';
import { differences, seeded } from '../../support/trees.js';
import { type Workbench, workbench } from '../../support/workbench.js';

type Random = (below: number) => number;

/** Paths of everything in a folder, files and links with what they hold, empty folders as themselves. */
async function snapshot(root: string, folder = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const names = await readdir(path.join(root, folder));
  if (names.length === 0 && folder !== '') found.set(folder, 'empty folder');
  for (const name of names) {
    const inside = folder === '' ? name : `${folder}/${name}`;
    const stat = await lstat(path.join(root, inside));
    if (stat.isDirectory()) for (const [key, value] of await snapshot(root, inside)) found.set(key, value);
    else if (stat.isSymbolicLink()) found.set(inside, `link to ${await readlink(path.join(root, inside))}`);
    else found.set(inside, native.hash(await readFile(path.join(root, inside))));
  }
  return found;
}

const names = ['a', 'b', 'c', 'IMG_1.jpg', 'IMG_1.xmp', 'Ünter'];

async function pick(root: string, random: Random, wanted: 'file' | 'folder'): Promise<string | undefined> {
  const all: string[] = wanted === 'folder' ? [''] : [];
  const look = async (folder: string): Promise<void> => {
    for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
      const inside = path.join(folder, entry.name);
      if (entry.isDirectory()) await look(inside);
      if (entry.isDirectory() === (wanted === 'folder')) all.push(inside);
    }
  };
  await look('');
  return all[random(all.length)];
}

/** One thing a person or a program does to a folder of pictures. */
async function act(root: string, random: Random): Promise<void> {
  const folder = (await pick(root, random, 'folder')) ?? '';
  const file = await pick(root, random, 'file');
  const fresh = path.join(root, folder, names[random(names.length)] ?? 'x');
  const content = `content ${random(6)} `.repeat(1 + random(40));
  const free = (await lstat(fresh).catch(() => undefined)) === undefined;
  switch (random(9)) {
    case 0:
    case 1:
    case 2:
      if (free) await writeFile(fresh, content);
      return;
    case 3:
      if (file && !(await lstat(path.join(root, file))).isSymbolicLink())
        await writeFile(path.join(root, file), content);
      return;
    case 4:
      if (file) await rm(path.join(root, file));
      return;
    case 5:
      if (file && free) await rename(path.join(root, file), fresh);
      return;
    case 6:
      if (free) await mkdir(fresh);
      return;
    case 7:
      if (free && folder !== '' && !fresh.startsWith(path.join(root, folder, path.sep))) {
        await rename(path.join(root, folder), fresh);
      } else if (free && random(2) === 0) {
        await symlink(`../${random(9)}`, fresh);
      } else if (folder !== '' && random(3) === 0) {
        await rm(path.join(root, folder), { recursive: true });
      }
      return;
    default:
      if (file && !(await lstat(path.join(root, file))).isSymbolicLink()) {
        await utimes(path.join(root, file), 1_600_000_000 + random(99), 1_600_000_000 + random(99));
      }
  }
}

interface Moment {
  readonly at: number;
  readonly tree: Map<string, string>;
}

/** What the catalog says was there at a moment, with a stored copy of each file found and read. */
async function remembered(t: ExecutionContext, bench: Workbench, at: number): Promise<Map<string, string>> {
  const { catalog } = bench.deps;
  const roots = new Map(
    bench.drives.map((drive) => [catalog.vaultKey(drive.setting.id), drive.setting.folder]),
  );
  const found = new Map<string, string>();
  for (const { path: name, content } of [...catalog.aliveAt(bench.sourceKey, { atMs: at })]) {
    if (content.kind === 'folder') found.set(name, 'empty folder');
    else if (content.kind === 'link') found.set(name, `link to ${content.target ?? ''}`);
    else {
      const copies = catalog.copiesOf({ b3: content.b3 ?? '' });
      t.true(copies.length > 0, `${name} has a copy`);
      for (const copy of copies) {
        const bytes = await readFile(path.join(roots.get(copy.vaultKey) ?? '', copy.stored ?? ''));
        t.is(native.hash(bytes), content.b3 ?? '', `${copy.stored ?? ''} holds what it should`);
      }
      found.set(name, content.b3 ?? '');
    }
  }
  return found;
}

function memoriesOf({ deps, root, sourceKey }: Workbench): Promise<string[]> {
  return falseMemories(deps.catalog, { root, sourceKey, scratch: deps.scratchFolder });
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`whatever is done to a source, every moment of it can be had back (story ${seed})`, async (t) => {
    const bench = await workbench(t);
    const random = seeded(seed);
    const drives = [await bench.addDrive('D1'), await bench.addDrive('D2')];
    await writeFile(path.join(bench.root, 'always there.jpg'), 'so that the source is never empty');
    const plugged = [true, true];
    const moments: Moment[] = [];
    for (let pass = 0; pass < 14; pass++) {
      for (let n = random(8); n >= 0; n--) await act(bench.root, random);
      await writeFile(path.join(bench.root, 'always there.jpg'), 'so that the source is never empty');
      for (const [at, drive] of drives.entries()) {
        if (random(3) !== 0) continue;
        // One of the two is always there: what no vault saw cannot be had back.
        if (plugged[at] && !plugged[1 - at]) continue;
        await (plugged[at] ? drive.unplug() : drive.plug());
        plugged[at] = !plugged[at];
      }
      if (pass === 9) bench.forgetCatalog();
      if (pass === 9)
        for (const [at, drive] of drives.entries())
          if (!plugged[at]) await drive.plug().then(() => (plugged[at] = true));
      const report = await bench.backup();
      t.deepEqual([report.problems, report.incomplete], [[], []]);
      t.deepEqual(await memoriesOf(bench), [], `pass ${pass}`);
      moments.push({ at: bench.deps.clock.now(), tree: await snapshot(bench.root) });
      for (const [at, drive] of drives.entries()) {
        if (plugged[at]) t.deepEqual(await differences(bench.root, drive.pictures), [], `pass ${pass}`);
      }
    }
    for (const [at, drive] of drives.entries()) if (!plugged[at]) await drive.plug();
    await bench.backup();
    for (const { at, tree } of moments) {
      t.deepEqual(sorted(await remembered(t, bench, at)), sorted(tree));
    }
    bench.forgetCatalog();
    await bench.backup();
    for (const { at, tree } of moments) {
      t.deepEqual(sorted(await remembered(t, bench, at)), sorted(tree), 'from the ledgers alone');
    }
    for (const drive of drives) {
      t.deepEqual(await readdir(path.join(drive.setting.folder, 'Incoming', bench.deps.writer)), []);
    }
  });
}

function sorted(tree: Map<string, string>): [string, string][] {
  return [...tree].sort(([a], [b]) => (a < b ? -1 : 1));
}
