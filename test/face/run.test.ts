/** The agent in the foreground: what it says, and what it does when the world around it changes. */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import { runLine } from '../../src/face/documents/looking.js';
import { run } from '../support/commands.js';
import { desk, glassineAt, mainScript } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { startAgent } from '../support/running-agent.js';
import { temporaryFolder } from '../support/trees.js';

const withOneFile = (source: string): Promise<void> => writeFile(join(source, 'a.jpg'), 'first');

/** Makes waiting short: a file is quiet after a second. */
async function hurry(place: Desk): Promise<void> {
  const file = join(place.home, 'config.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/"quietSeconds": \d+/, '"quietSeconds": 1'));
}

test('a second agent for one home is refused with 3, and says who is there', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const agent = await startAgent(t, place);
  const { status, stderr } = await run(process.execPath, [mainScript, 'run'], { env: place.env });
  t.is(status, 3);
  t.regex(stderr, new RegExp(`run, process ${agent.child.pid}`));
});

test('with nothing set yet it protects the pictures folder, and goes on', async (t) => {
  const folder = await temporaryFolder(t);
  const env = {
    HOME: folder,
    XDG_CONFIG_HOME: '',
    XDG_DATA_HOME: '',
    XDG_STATE_HOME: '',
    XDG_PICTURES_DIR: '',
  };
  const glassine = glassineAt('');
  const agent = await startAgent(t, glassine, env);
  t.true((await stat(join(folder, 'Pictures'))).isDirectory());
  const at = agent.news.length;
  await writeFile(join(folder, 'Pictures', 'a.jpg'), 'first');
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1, at);
  const vault = join(folder, '.local', 'share', 'glassine', 'Glassine');
  t.is(await readFile(join(vault, 'Pictures', 'Pictures', 'a.jpg'), 'utf8'), 'first');
  const { stdout } = await run(process.execPath, [mainScript, 'status'], {
    env: { ...glassine.env, ...env },
  });
  t.regex(stdout, /all on one device.*\n- Pictures is only on one device.*glassine vault add/);
  t.is(await agent.end('SIGTERM'), 0);
  const again = await run(process.execPath, [mainScript, 'source', 'list'], {
    env: { ...glassine.env, ...env },
  });
  t.regex(again.stdout, /Pictures/);
});

test('the first words say where, that this is no backup, and the command for a drive', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'Pictures'));
  const home = join(folder, 'home');
  const { stdout, status } = await run('timeout', ['-s', 'INT', '3', process.execPath, mainScript, 'run'], {
    env: { HOME: folder, XDG_CONFIG_HOME: '', XDG_PICTURES_DIR: '', GLASSINE_HOME: home },
  });
  t.true([0, 124].includes(status ?? -1), stdout);
  t.true(stdout.includes(join(folder, 'Pictures')), stdout);
  t.regex(stdout, /not yet a backup/);
  t.true(stdout.includes(`GLASSINE_HOME=${home} node `) && stdout.includes('main.js vault add '), stdout);
});

test('what status asks is summed after a pass before anybody asks', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const agent = await startAgent(t, place);
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1);
  const catalog = new Database(join(place.home, 'history.sqlite'), { readonly: true });
  t.teardown(() => catalog.close());
  const summed = catalog
    .prepare(`SELECT sum(bytes), (SELECT sum(proven_files + written_files) FROM kept_sums) FROM folder_sums`)
    .raw();
  const at = agent.news.length;
  await writeFile(join(place.source, 'b.jpg'), 'second');
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1, at);
  t.deepEqual(summed.get(), [11, 2]);
});

test('a vault that goes and comes is told, and gets what it missed', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const agent = await startAgent(t, place);
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1);
  await rename(place.drive, `${place.drive}.away`);
  await agent.heard(({ kind, connected }) => kind === 'vault' && connected === false);
  await writeFile(join(place.source, 'b.jpg'), 'second');
  const at = agent.news.length;
  await rename(`${place.drive}.away`, place.drive);
  await agent.heard(({ kind, connected }) => kind === 'vault' && connected === true, at);
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1, at);
  t.is(await readFile(join(place.pictures, 'b.jpg'), 'utf8'), 'second');
});

test('a source that goes is told, nothing of it is retired, and it goes on when it is back', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await hurry(place);
  const agent = await startAgent(t, place);
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1);
  await rename(place.source, `${place.source}.away`);
  await agent.heard(({ kind, code }) => kind === 'problem' && code === 'source-missing');
  t.is((await place.ask('status')).document.state, 'attention');
  t.is(await readFile(join(place.pictures, 'a.jpg'), 'utf8'), 'first');
  await rename(`${place.source}.away`, place.source);
  const at = agent.news.length;
  await writeFile(join(place.source, 'b.jpg'), 'second');
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1, at);
  t.is(await readFile(join(place.pictures, 'b.jpg'), 'utf8'), 'second');
});

test('an edited configuration counts at once; of a wrong one the last good one stays', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await hurry(place);
  const agent = await startAgent(t, place);
  const file = join(place.home, 'config.json');
  const good = await readFile(file, 'utf8');
  await writeFile(file, good.replace('"retention": "for ever"', '"retention": "now and then"'));
  const told = await agent.heard(({ code }) => code === 'config-invalid');
  t.regex(told.message ?? '', /retention is "now and then"/);
  const at = agent.news.length;
  await writeFile(join(place.source, 'b.jpg'), 'second');
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept !== undefined && kept > 0, at);
  t.is((await place.ask('pause')).document.problem?.code, 'config-invalid', 'and it is not written over');
  await writeFile(file, good);
  t.is((await place.ask('status')).document.vaults?.length, 1);
});

test('a source added from a second terminal is watched by the running agent', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await hurry(place);
  const agent = await startAgent(t, place);
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1);
  const more = join(place.home, '..', 'More');
  await mkdir(more);
  const at = agent.news.length;
  await place.must('source', 'add', more);
  await writeFile(join(more, 'm.jpg'), 'more');
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1, at);
  t.is(await readFile(join(place.vault, 'Pictures', 'More', 'm.jpg'), 'utf8'), 'more');
});

test('while it is paused nothing is kept by itself, but a person is served', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await hurry(place);
  const agent = await startAgent(t, place);
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1);
  await place.must('pause');
  await writeFile(join(place.source, 'b.jpg'), 'second');
  t.is((await place.must('backup')).kept, 1);
  await writeFile(join(place.source, 'c.jpg'), 'third');
  const at = agent.news.length;
  await place.must('resume');
  await agent.heard(({ kind, kept }) => kind === 'pass' && kept === 1, at);
  t.is(await readFile(join(place.pictures, 'c.jpg'), 'utf8'), 'third');
});

test('every line of run --json is as published, and the last one says that it ended well', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const agent = await startAgent(t, place);
  await agent.heard(({ kind }) => kind === 'pass');
  t.is(await agent.end('SIGINT'), 0);
  for (const line of agent.news) t.true(v.safeParse(runLine, line).success, JSON.stringify(line));
  t.is(agent.news.at(-1)?.kind, 'end');
  t.deepEqual(await readdir(join(place.home, 'run')), [], 'the socket is gone');
});

test('the log is in the home, and nothing of it on stdout', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const agent = await startAgent(t, place);
  await agent.heard(({ kind }) => kind === 'pass');
  await agent.end('SIGTERM');
  const log = await readFile(join(place.home, 'log', 'glassine.log'), 'utf8');
  t.regex(log, /the agent begins/);
  t.regex(log, /the agent ends/);
});

test('a killed agent leaves nothing that a human must clean up', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const agent = await startAgent(t, place);
  await agent.end('SIGKILL');
  t.true((await readdir(join(place.home, 'run'))).length > 0, 'its socket is still there');
  const { document } = await place.ask('status');
  t.is(document.outcome, 'good', 'a verb does without an agent');
  const next = await startAgent(t, place);
  t.is((await place.ask('status')).document.outcome, 'good');
  t.is(await next.end('SIGTERM'), 0);
  await rm(place.home, { recursive: true });
});
