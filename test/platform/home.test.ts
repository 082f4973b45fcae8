/** Where an installation keeps its own, and who may look at it. */
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { GlassineError } from '../../src/base/errors.js';
import { findHome, makeHome } from '../../src/platform/home.js';
import { findPicturesFolder } from '../../src/platform/pictures-folder.js';
import { temporaryFolder } from '../support/trees.js';

test('GLASSINE_HOME moves everything into one folder', async (t) => {
  const folder = await temporaryFolder(t);
  const home = findHome({ GLASSINE_HOME: folder });
  for (const path of Object.values(home)) {
    if (typeof path === 'string') t.true(path === folder || path.startsWith(folder + '/'), path);
  }
});

test('a home too deep for a socket keeps its socket in the runtime folder', async (t) => {
  const folder = await temporaryFolder(t);
  const deep = join(folder, 'deep'.repeat(30));
  const home = findHome({ GLASSINE_HOME: deep, XDG_RUNTIME_DIR: folder });
  t.true(home.socket.startsWith(join(folder, 'glassine') + '/'));
  t.true(Buffer.byteLength(home.socket) <= 100);
  t.not(findHome({ GLASSINE_HOME: deep + '2', XDG_RUNTIME_DIR: folder }).socket, home.socket);
});

test('new folders are for their owner alone', async (t) => {
  const home = findHome({ GLASSINE_HOME: join(await temporaryFolder(t), 'home') });
  await makeHome(home);
  for (const folder of [home.dataFolder, home.logFolder, home.socketFolder]) {
    t.is((await stat(folder)).mode & 0o777, 0o700, folder);
  }
});

test('a folder that was there keeps its mode, but never that of the socket', async (t) => {
  const folder = await temporaryFolder(t);
  const home = findHome({ GLASSINE_HOME: folder });
  await chmod(folder, 0o755);
  await mkdir(home.socketFolder);
  await chmod(home.socketFolder, 0o777);
  await makeHome(home);
  t.is((await stat(folder)).mode & 0o777, 0o755);
  t.is((await stat(home.socketFolder)).mode & 0o777, 0o700);
});

test('a socket folder that is a link is refused', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'elsewhere'));
  await symlink('elsewhere', join(folder, 'run'));
  const error = await t.throwsAsync(makeHome(findHome({ GLASSINE_HOME: folder })), {
    instanceOf: GlassineError,
  });
  t.is(error.code, 'home-unwritable');
});

test('a file where the home should be is told by its path', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'home'), '');
  const home = findHome({ GLASSINE_HOME: join(folder, 'home') });
  const error = await t.throwsAsync(makeHome(home), { instanceOf: GlassineError });
  t.is(error.code, 'home-unwritable');
  t.is(error.problem.subject, join(folder, 'home'));
});

test('the pictures folder is the one the desktop names', async (t) => {
  const home = await temporaryFolder(t);
  t.is(await findPicturesFolder({}, home), join(home, 'Pictures'));
  await mkdir(join(home, '.config'));
  const file = join(home, '.config', 'user-dirs.dirs');
  await writeFile(
    file,
    '# a comment\nXDG_MUSIC_DIR="$HOME/Musik"\nXDG_PICTURES_DIR="$HOME/Meine \\"Bilder\\""\n',
  );
  t.is(await findPicturesFolder({}, home), join(home, 'Meine "Bilder"'));
  await writeFile(file, 'XDG_PICTURES_DIR="/srv/pictures/"\n');
  t.is(await findPicturesFolder({}, home), '/srv/pictures');
  t.is(await findPicturesFolder({ XDG_PICTURES_DIR: '/env/pictures' }, home), '/env/pictures');
});

test('a pictures folder that is switched off or relative is the usual one', async (t) => {
  const home = await temporaryFolder(t);
  await mkdir(join(home, '.config'));
  for (const value of ['$HOME', '$HOME/', 'Bilder']) {
    await writeFile(join(home, '.config', 'user-dirs.dirs'), `XDG_PICTURES_DIR="${value}"\n`);
    t.is(await findPicturesFolder({}, home), join(home, 'Pictures'), value);
  }
});
