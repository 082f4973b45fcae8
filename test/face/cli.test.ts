/**
 * The command line as a person and a script meet it: answers, exit statuses, and what goes to which stream.
 */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as v from 'valibot';
import { documents } from '../../src/face/documents/registry.js';
import { run } from '../support/commands.js';
import type { CommandResult } from '../support/commands.js';
import { desk, glassineAt, mainScript } from '../support/glassine.js';
import type { Answer, Desk, Glassine } from '../support/glassine.js';
import { temporaryFolder } from '../support/trees.js';

/** Runs as a person does: text, not JSON. */
function say(glassine: Glassine, args: readonly string[], cwd?: string): Promise<CommandResult> {
  return run(process.execPath, [mainScript, ...args], {
    env: glassine.env,
    ...(cwd !== undefined && { cwd }),
  });
}

/** Asks with `--json`, and holds the answer against its published schema. */
async function ask(t: ExecutionContext, glassine: Glassine, ...args: string[]): Promise<Answer> {
  const answer = await glassine.ask(...args);
  const verb = args[0] as keyof typeof documents;
  const schema = answer.document.problem ? documents.failure : documents[verb];
  const { success, issues } = v.safeParse(schema, answer.document);
  t.true(
    success,
    `${args.join(' ')}: ${JSON.stringify(issues?.map((issue) => [v.getDotPath(issue), issue.message]))}`,
  );
  return answer;
}

async function kept(t: ExecutionContext): Promise<Desk> {
  const place = await desk(t, {
    fill: async (source) => {
      await mkdir(join(source, '2026'));
      await writeFile(join(source, '2026', 'a.jpg'), 'first');
      await writeFile(join(source, '2026', 'b.jpg'), 'other');
    },
  });
  await ask(t, place, 'backup');
  return place;
}

test('wrong usage is 64, said on stderr, and answers nothing', async (t) => {
  const glassine = glassineAt(join(await temporaryFolder(t), 'home'));
  for (const args of [
    ['frobnicate'],
    ['restore', 'x'],
    ['ls', '--at', 'someday'],
    ['backup'],
    ['verify', 'Nowhere'],
  ]) {
    const { status, stdout, stderr } = await say(glassine, args);
    t.is(status, 64, args.join(' '));
    t.is(stdout, '', args.join(' '));
    t.not(stderr, '', args.join(' '));
  }
});

test('no verb at all is usage, and shows what there is', async (t) => {
  const { status, stderr } = await say(glassineAt(join(await temporaryFolder(t), 'home')), []);
  t.is(status, 64);
  t.regex(stderr, /Commands:/);
});

test('a fresh home answers that nothing is protected yet', async (t) => {
  const glassine = glassineAt(join(await temporaryFolder(t), 'home'));
  const { status, stdout } = await say(glassine, ['status']);
  t.is(status, 0);
  t.regex(stdout, /^Nothing is protected yet\.\n/);
  t.like((await ask(t, glassine, 'source', 'list')).document, { outcome: 'good', sources: [] });
});

test('a configuration that is wrong is told by its field, and doctor still looks', async (t) => {
  const place = await kept(t);
  const file = join(place.home, 'config.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"quietSeconds": 10', '"quietSeconds": "soon"'));
  const { status, stderr } = await say(place, ['status']);
  t.is(status, 64);
  t.regex(stderr, /quietSeconds is "soon".* must be a whole number of seconds from 1 to 3600/);
  const doctor = await ask(t, place, 'doctor');
  t.is(doctor.status, 1);
  t.regex(doctor.stdout, /quietSeconds/);
});

test('a home that cannot be made is 3, by its name', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  const { status, stderr } = await say(glassineAt(join(folder, 'file', 'home')), ['backup']);
  t.is(status, 3);
  t.true(stderr.includes(join(folder, 'file', 'home')), stderr);
});

test('a vault that is away is 3 for those who need it, and no reason not to look things up', async (t) => {
  const place = await kept(t);
  await rename(place.drive, `${place.drive}.away`);
  for (const args of [['backup'], ['verify'], ['restore', 'Photos', '--to', join(place.home, '..', 'out')]]) {
    const { status, document } = await ask(t, place, ...args);
    t.is(status, 3, args.join(' '));
    t.is(document.outcome, 'failed');
  }
  const found = await ask(t, place, 'find', 'A.JPG');
  t.is(found.status, 0);
  t.regex(found.stdout, /Photos\/2026\/a\.jpg/);
  t.is((await ask(t, place, 'history', 'Photos/2026/a.jpg')).status, 0);
  const status = await ask(t, place, 'status');
  t.is(status.document.vaults?.[0]?.connected, false);
});

test('a flipped bit is 1 for verify, and at risk for status', async (t) => {
  const place = await kept(t);
  await writeFile(join(place.pictures, '2026', 'a.jpg'), 'firsT');
  const verified = await ask(t, place, 'verify');
  t.is(verified.status, 1);
  t.like(verified.document.bad?.[0], {
    vault: 'Drive',
    stored: 'Pictures/Photos/2026/a.jpg',
    code: 'copy-mismatch',
  });
  const status = await ask(t, place, 'status');
  t.is(status.status, 1);
  t.is(status.document.state, 'at risk');
  const { stdout } = await say(place, ['status']);
  t.regex(stdout, /1 copy damaged/);
});

test('of several paths the known ones are restored, and the others are named with 2', async (t) => {
  const place = await kept(t);
  const out = join(place.home, '..', 'out');
  const answer = await ask(t, place, 'restore', 'Photos/2026/a.jpg', 'Photos/nothing.jpg', '--to', out);
  t.is(answer.status, 2);
  t.is(answer.document.restored, 1);
  t.deepEqual(
    answer.document.incomplete?.map(({ path, code }) => [path, code]),
    [['Photos/nothing.jpg', 'path-unknown']],
  );
  t.is(await readFile(join(out, 'a.jpg'), 'utf8'), 'first');
  const again = await ask(t, place, 'restore', 'Photos/2026/a.jpg', '--to', out);
  t.is(again.status, 2, 'nothing is replaced unless told');
  t.is((await ask(t, place, 'restore', 'Photos/2026/a.jpg', '--to', out, '--overwrite')).status, 0);
});

test('every moment can be looked at and had back', async (t) => {
  const place = await kept(t);
  const before = new Date().toISOString();
  await writeFile(join(place.source, '2026', 'a.jpg'), 'second version');
  await rm(join(place.source, '2026', 'b.jpg'));
  await ask(t, place, 'backup');
  const history = await ask(t, place, 'history', join(place.source, '2026', 'a.jpg'));
  t.deepEqual(
    history.document.versions?.map(({ bytes, current }) => [bytes, current]),
    [
      [14, true],
      [5, false],
    ],
  );
  const names = async (...args: string[]): Promise<unknown> =>
    (await ask(t, place, 'ls', 'Photos/2026', ...args)).document.entries?.map(({ name }) => name);
  t.deepEqual(await names(), ['a.jpg']);
  t.deepEqual(await names('--at', before), ['a.jpg', 'b.jpg']);
  const out = join(place.home, '..', 'out');
  await ask(t, place, 'restore', 'Photos', '--to', out, '--at', before);
  t.is(await readFile(join(out, '2026', 'a.jpg'), 'utf8'), 'first');
  t.is(await readFile(join(out, '2026', 'b.jpg'), 'utf8'), 'other');
});

test('a path is understood from inside the source, and by the name of the source', async (t) => {
  const place = await kept(t);
  const forms: [string, string][] = [
    ['a.jpg', join(place.source, '2026')],
    ['./2026/../2026/a.jpg', place.source],
    ['Photos/2026/a.jpg', '/'],
    [join(place.source, '2026', 'a.jpg'), '/'],
  ];
  for (const [path, cwd] of forms) {
    const { status, stdout } = await say(place, ['history', path], cwd);
    t.is(status, 0, path);
    t.regex(stdout, /^Photos\/2026\/a\.jpg: 1 version\n/, path);
  }
  t.is((await say(place, ['history', '/etc/passwd'])).status, 64);
  t.is((await say(place, ['history', 'Photos/2026'])).status, 64, 'a folder has no versions');
});

test('a name that is not text is shown so that it can be typed, and found again', async (t) => {
  const place = await kept(t);
  await writeFile(
    Buffer.concat([Buffer.from(`${place.source}/2026/x`), Buffer.of(0xff), Buffer.from('.jpg')]),
    'odd',
  );
  await ask(t, place, 'backup');
  const { stdout } = await say(place, ['find', 'x%FF']);
  const shown = /Photos\/\/2026\/x%FF\.jpg/.exec(stdout)?.[0];
  t.truthy(shown, stdout);
  t.is((await ask(t, place, 'history', shown ?? '')).document.versions?.[0]?.bytes, 3);
  t.is((await ask(t, place, 'history', join(place.source, '2026', 'x%FF.jpg'))).document.versions?.length, 1);
});

test('names that would harm a terminal are shown escaped, and whole in JSON', async (t) => {
  const place = await kept(t);
  await writeFile(join(place.source, 'a\nb\u001b[31m.jpg'), 'x');
  await ask(t, place, 'backup');
  const { stdout } = await say(place, ['ls', 'Photos']);
  t.true(stdout.includes('a\\nb\\u{1b}[31m.jpg'), stdout);
  const { document } = await ask(t, place, 'ls', 'Photos');
  t.true(document.entries?.some(({ name }) => name === 'a\nb\u001b[31m.jpg'));
});

test('sources and vaults may not lie in one another', async (t) => {
  const place = await kept(t);
  const code = async (...args: string[]): Promise<unknown> =>
    (await ask(t, place, ...args)).document.problem?.code;
  t.is(await code('source', 'add', join(place.source, '2026')), 'source-nested');
  t.is(await code('source', 'add', place.source), 'source-exists');
  t.is(await code('source', 'add', join(place.drive, 'Glassine')), 'vault-inside-source');
  t.is(await code('vault', 'add', join(place.source, '2026')), 'vault-inside-source');
  t.is(await code('source', 'add', join(place.home, '..')), 'source-holds-home');
  await t.throwsAsync(
    stat(join(place.source, '2026', 'Glassine')),
    undefined,
    'nothing was made before it was refused',
  );
  const home = glassineAt(join(place.source, 'home'));
  t.is((await ask(t, home, 'source', 'add', place.source)).document.problem?.code, 'source-holds-home');
});

test('a source that is removed and added again goes on with its history', async (t) => {
  const place = await kept(t);
  await ask(t, place, 'source', 'remove', 'photos');
  t.regex((await say(place, ['status'])).stdout, /^Nothing is protected yet/);
  await ask(t, place, 'source', 'add', place.source);
  const { document } = await ask(t, place, 'backup');
  t.is(document.bytesCopied, 0);
  t.is((await ask(t, place, 'history', 'Photos/2026/a.jpg')).document.versions?.length, 1);
});

test('when the home is lost, adding the vault again brings everything back', async (t) => {
  const place = await kept(t);
  await writeFile(join(place.source, '2026', 'a.jpg'), 'second version');
  await ask(t, place, 'backup');
  await rm(place.home, { recursive: true });
  const added = await say(place, ['vault', 'add', place.drive, '--name', 'Drive']);
  t.is(added.status, 0, added.stderr);
  t.regex(added.stdout, /Drive is known here now.*\nIt holds 3 versions .* of Photos/);
  t.is((await ask(t, place, 'history', 'Photos/2026/a.jpg')).document.versions?.length, 2);
  const out = join(place.home, '..', 'out');
  await ask(t, place, 'restore', 'Photos', '--to', out);
  t.is(await readFile(join(out, '2026', 'a.jpg'), 'utf8'), 'second version');
  await ask(t, place, 'source', 'add', place.source, '--name', 'Photos');
  const { document } = await ask(t, place, 'backup');
  t.is(document.bytesCopied, 0, 'the same folder of the same computer goes on');
});

test('adopt asks for a vault, and refuses a folder that is none', async (t) => {
  const place = await kept(t);
  const empty = join(place.home, '..', 'empty');
  await mkdir(empty);
  const { status, document } = await ask(t, place, 'vault', 'adopt', empty);
  t.is(status, 3);
  t.is(document.problem?.code, 'vault-no-marker');
  t.is((await ask(t, place, 'vault', 'add', join(empty, 'nowhere'))).status, 64);
});

test('what is said about a vault is remembered, and a second add only changes what is said', async (t) => {
  const place = await kept(t);
  await ask(
    t,
    place,
    'vault',
    'add',
    place.drive,
    '--place',
    'the safe',
    '--off-site',
    '--due',
    '30d',
    '--medium',
    'hdd',
  );
  const { document } = await ask(t, place, 'vault', 'list');
  t.is(document.vaults?.length, 1);
  t.like(document.vaults?.[0], {
    name: 'Drive',
    place: 'the safe',
    offSite: true,
    dueDays: 30,
    medium: 'hdd',
  });
  t.is((await ask(t, place, 'vault', 'remove', 'drive')).status, 0);
  t.is((await ask(t, place, 'vault', 'remove', 'drive')).document.problem?.code, 'vault-unknown');
});

test('stdout is the answer alone; progress goes to stderr, and quiet is quiet', async (t) => {
  const place = await desk(t, { fill: (source) => writeFile(join(source, 'a.jpg'), 'x'.repeat(100_000)) });
  const first = await say(place, ['backup']);
  t.regex(first.stdout, /^1 file kept; 100 kB copied\.\nDrive: complete, 1 file, 100 kB new\n$/);
  t.regex(first.stderr, /^Keeping: /);
  await writeFile(join(place.source, 'b.jpg'), 'y');
  t.like(await say(place, ['backup', '--quiet']), { status: 0, stdout: '', stderr: '' });
});

test('a dry run says what would be done and does nothing', async (t) => {
  const place = await kept(t);
  await writeFile(join(place.source, '2026', 'c.jpg'), 'third');
  const dry = await ask(t, place, 'backup', '--dry-run');
  t.is(dry.document.kept, 1);
  await t.throwsAsync(stat(join(place.pictures, '2026', 'c.jpg')));
  t.is((await ask(t, place, 'backup')).document.kept, 1);
});

test('retain says why each version goes, and removes nothing on a dry run', async (t) => {
  const place = await kept(t);
  await writeFile(join(place.source, '2026', 'a.jpg'), 'second version');
  await ask(t, place, 'backup');
  const rule = 'last 1, removed for 1 day';
  const dry = await ask(t, place, 'retain', '--dry-run', '--rule', rule);
  t.is(dry.document.versions?.length, 1);
  t.is((await ask(t, place, 'history', 'Photos/2026/a.jpg')).document.versions?.length, 2);
  const done = await ask(t, place, 'retain', '--rule', rule);
  t.is(done.status, 0, done.stdout);
  t.is((await ask(t, place, 'retain', '--rule', rule)).document.versions?.length, 0);
  t.is((await ask(t, place, 'retain', '--rule', 'sometimes')).document.problem?.code, 'rule-unreadable');
});

test('pause is remembered and told, and ends by itself or by resume', async (t) => {
  const place = await kept(t);
  await ask(t, place, 'pause', '1h');
  t.regex((await say(place, ['status'])).stdout, /paused until/);
  await ask(t, place, 'resume');
  t.notRegex((await say(place, ['status'])).stdout, /paused/);
  t.is((await ask(t, place, 'pause', 'later')).status, 64);
});

test('doctor examines, and names honestly what is not built', async (t) => {
  const place = await kept(t);
  const { status, stdout } = await say(place, ['doctor']);
  t.is(status, 0, stdout);
  for (const word of ['Node', 'Native part', 'History', 'Vault Drive', 'not built yet'])
    t.true(stdout.includes(word), word);
  await ask(t, place, 'doctor');
});

test('a history that is damaged is set aside and made again from the vaults', async (t) => {
  const place = await kept(t);
  await writeFile(
    join(place.home, 'history.sqlite'),
    'this is no database, although it is quite long\n'.repeat(200),
  );
  for (const suffix of ['-wal', '-shm'])
    await rm(join(place.home, `history.sqlite${suffix}`), { force: true });
  t.is((await ask(t, place, 'history', 'Photos/2026/a.jpg')).document.versions?.length, 1);
  t.true((await readdir(place.home)).some((name) => /^history \(damaged .*Z\)\.sqlite$/.test(name)));
  t.is((await ask(t, place, 'backup')).document.bytesCopied, 0);
});

test('a history that is gone is read from the vaults again before anything is asked of it', async (t) => {
  const place = await kept(t);
  for (const suffix of ['', '-wal', '-shm'])
    await rm(join(place.home, `history.sqlite${suffix}`), { force: true });
  const out = join(place.home, '..', 'out');
  t.is((await ask(t, place, 'restore', 'Photos', '--to', out)).document.restored, 2);
});
