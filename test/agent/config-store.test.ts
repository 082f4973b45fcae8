/** The configuration in force: what happens to it when its file changes, breaks or goes. */
import { mkdir, readFile, readdir, rm, symlink, writeFile, lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ConfigStore } from '../../src/agent/config-store.js';
import { GlassineError } from '../../src/base/errors.js';
import { temporaryFolder } from '../support/trees.js';

test('a running agent keeps the last good configuration while the file is wrong', async (t) => {
  const file = join(await temporaryFolder(t), 'config.json');
  await writeFile(file, '{"quietSeconds": 7}');
  const store = await ConfigStore.open(file);
  t.is(store.current.quietSeconds, 7);

  await writeFile(file, '{"quietSeconds": "soon"}');
  t.true(await store.refresh());
  t.is(store.current.quietSeconds, 7);
  t.is(store.problem?.code, 'config-invalid');
  t.is(store.problem?.subject, 'quietSeconds');

  await writeFile(file, '{"quietSeconds": 21}');
  t.true(await store.refresh());
  t.is(store.current.quietSeconds, 21);
  t.is(store.problem, undefined);
});

test('a file that has not changed is not read again', async (t) => {
  const file = join(await temporaryFolder(t), 'config.json');
  await writeFile(file, '{}');
  const store = await ConfigStore.open(file);
  t.false(await store.refresh());
});

test('a configuration that disappears forgets nothing', async (t) => {
  const file = join(await temporaryFolder(t), 'config.json');
  await writeFile(file, '{"quietSeconds": 7}');
  const store = await ConfigStore.open(file);
  await rm(file);
  t.false(await store.refresh());
  t.is(store.current.quietSeconds, 7);
});

test('a change is refused, and the file left alone, while a person has an error in it', async (t) => {
  const file = join(await temporaryFolder(t), 'config.json');
  await writeFile(file, '{}');
  const store = await ConfigStore.open(file);
  await writeFile(file, '{"quietSeconds": 7,}');
  const error = await t.throwsAsync(
    store.update((config) => ({ ...config, quietSeconds: 9 })),
    { instanceOf: GlassineError },
  );
  t.is(error.code, 'config-invalid');
  t.is(await readFile(file, 'utf8'), '{"quietSeconds": 7,}');
});

test('a change that would make the configuration wrong is not written', async (t) => {
  const file = join(await temporaryFolder(t), 'config.json');
  const store = await ConfigStore.open(file);
  await t.throwsAsync(
    store.update((config) => ({ ...config, quietSeconds: -1 })),
    { instanceOf: GlassineError },
  );
  t.false(store.exists);
  await t.throwsAsync(readFile(file));
});

test('a change builds on what the file says now, not on what was read before', async (t) => {
  const file = join(await temporaryFolder(t), 'config.json');
  const store = await ConfigStore.open(file);
  await writeFile(file, '{"reconcileMinutes": 5}');
  await store.update((config) => ({ ...config, quietSeconds: 9 }));
  const again = await ConfigStore.open(file);
  t.is(again.current.reconcileMinutes, 5);
  t.is(again.current.quietSeconds, 9);
  t.false(await store.refresh());
});

test('a change leaves one file, for its owner alone', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await ConfigStore.open(join(folder, 'config.json'));
  await store.update((config) => ({ ...config, quietSeconds: 9 }));
  await store.update((config) => ({ ...config, quietSeconds: 10 }));
  t.deepEqual(await readdir(folder), ['config.json']);
  t.is((await stat(join(folder, 'config.json'))).mode & 0o777, 0o600);
});

test('a configuration that is a link stays a link', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'dotfiles'));
  await writeFile(join(folder, 'dotfiles', 'glassine.json'), '{}');
  await symlink('dotfiles/glassine.json', join(folder, 'config.json'));
  const store = await ConfigStore.open(join(folder, 'config.json'));
  await store.update((config) => ({ ...config, quietSeconds: 9 }));
  t.true((await lstat(join(folder, 'config.json'))).isSymbolicLink());
  t.regex(await readFile(join(folder, 'dotfiles', 'glassine.json'), 'utf8'), /"quietSeconds": 9/);
});
