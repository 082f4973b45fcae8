/** Noticing what comes and goes, on real folders. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Presence, lookAtSource, lookAtVault } from '../../src/agent/presence.js';
import { temporaryFolder } from '../support/trees.js';

const ids = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const;
const marker = (id: string): string =>
  JSON.stringify({ format: 'glassine-vault', version: 1, kind: 'open', id });

test('a bare mount point, a stranger and nonsense are not the vault', async (t) => {
  const folder = join(await temporaryFolder(t), 'Glassine');
  const vault = { id: ids[0], name: 'Drive', folder };
  const presence = new Presence(lookAtVault);
  const isThere = async (): Promise<boolean> => {
    await presence.look([vault], 5000);
    return presence.isPresent(vault.id);
  };
  t.false(await isThere());
  await mkdir(folder);
  t.false(await isThere());
  for (const text of [marker(ids[1]), '{"id":', 'null', '']) {
    await writeFile(join(folder, 'vault.json'), text);
    t.false(await isThere(), text);
  }
  await writeFile(join(folder, 'vault.json'), marker(ids[0]));
  t.true(await isThere());
});

test('a vault that comes, stays, goes and comes again is told once each time', async (t) => {
  const root = await temporaryFolder(t);
  const vault = { id: ids[0], name: 'Drive', folder: join(root, 'Glassine') };
  const presence = new Presence(lookAtVault);
  const look = () => presence.look([vault], 5000);
  await mkdir(vault.folder);
  await writeFile(join(vault.folder, 'vault.json'), marker(ids[0]));
  t.deepEqual(await look(), { came: [vault], went: [] });
  t.deepEqual(await look(), { came: [], went: [] });
  await rename(vault.folder, join(root, 'away'));
  t.deepEqual(await look(), { came: [], went: [vault.id] });
  t.deepEqual(await look(), { came: [], went: [] });
  await rename(join(root, 'away'), vault.folder);
  t.deepEqual(await look(), { came: [vault], went: [] });
});

test('a source that was replaced by another folder between two looks has gone and come', async (t) => {
  const root = join(await temporaryFolder(t), 'Photos');
  const source = { id: ids[0], name: 'Photos', root };
  const presence = new Presence(lookAtSource);
  await mkdir(root);
  await presence.look([source], 5000);
  await rename(root, `${root}.old`);
  await mkdir(root);
  t.deepEqual(await presence.look([source], 5000), { came: [source], went: [source.id] });
});

test('a file where a source should be is no source', async (t) => {
  const root = join(await temporaryFolder(t), 'Photos');
  await writeFile(root, '');
  const presence = new Presence(lookAtSource);
  t.deepEqual(await presence.look([{ id: ids[0], name: 'Photos', root }], 5000), { came: [], went: [] });
});

test('what is no longer set is forgotten', async (t) => {
  const root = await temporaryFolder(t);
  const source = { id: ids[0], name: 'Photos', root };
  const presence = new Presence(lookAtSource);
  await presence.look([source], 5000);
  t.deepEqual(await presence.look([], 5000), { came: [], went: [source.id] });
  t.false(presence.isPresent(source.id));
  await rm(root, { recursive: true });
});

test('a path that hangs holds nobody up, and is told when it answers', async (t) => {
  let answer: () => void = () => undefined;
  const hangs = new Promise<void>((resolve) => (answer = resolve));
  const [slow, quick] = [{ id: 'slow' }, { id: 'quick' }];
  const presence = new Presence<{ id: string }>(async (place) => {
    if (place.id === 'slow') await hangs;
    return { mark: 'here', present: true };
  });
  t.deepEqual(await presence.look([slow, quick], 1), { came: [quick], went: [] });
  t.false(presence.isPresent('slow'));
  answer();
  await hangs;
  const later = await presence.look([slow, quick], 5000);
  t.deepEqual(later.came, [slow]);
});
