/** The log: bounded, structured, and never in the way. */
import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openLog } from '../../src/platform/log.js';
import { temporaryFolder } from '../support/trees.js';

test('a log never grows past twice its bound', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'glassine.log');
  const log = openLog(file, { fullBytes: 2000 });
  for (let line = 0; line < 200; line++) log.info('kept', { line });
  t.deepEqual((await readdir(folder)).sort(), ['glassine.log', 'glassine.log.1']);
  t.true((await stat(file)).size <= 2000);
  t.true((await stat(`${file}.1`)).size <= 2000);
  const last = (await readFile(file, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
  t.like(JSON.parse(last), { msg: 'kept', line: 199, level: 30 });
});

test('a log goes on where the one before it ended', async (t) => {
  const file = join(await temporaryFolder(t), 'glassine.log');
  openLog(file).warn('first');
  openLog(file).error('second');
  t.is((await readFile(file, 'utf8')).trimEnd().split('\n').length, 2);
});

test('a log that cannot be written is silent, and speaks again when it can', async (t) => {
  const folder = join(await temporaryFolder(t), 'log');
  const log = openLog(join(folder, 'glassine.log'));
  t.notThrows(() => log.info('lost'));
  await mkdir(folder);
  log.info('found');
  t.regex(await readFile(join(folder, 'glassine.log'), 'utf8'), /found/);
  await rm(folder, { recursive: true });
});
