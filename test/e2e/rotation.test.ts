/** Drives that take turns, drives that are put away for good, and what counts as one copy. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import type { ExecutionContext } from 'ava';
import { run } from '../support/commands.js';
import { codesOf, desk, mainScript } from '../support/glassine.js';
import type { AnyDocument, Desk } from '../support/glassine.js';
import { loopImage, volumeNeeds } from '../support/mounts.js';
import { testWith } from '../support/needs.js';
import { startAgent } from '../support/running-agent.js';
import { twoOnOneDisk } from '../support/one-disk.js';
import { temporaryFolder } from '../support/trees.js';

const dayMs = 86_400_000;

const withOneFile = (source: string): Promise<void> => writeFile(path.join(source, 'a.jpg'), 'first');

async function say(place: Desk, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [mainScript, ...args], { env: place.env });
  return stdout + stderr;
}

type Vault = NonNullable<AnyDocument['vaults']>[number];

async function vaultCalled(place: Desk, name: string, verb = 'status'): Promise<Vault | undefined> {
  const { document } = await place.ask(verb);
  return document.vaults?.find((vault) => vault.name === name);
}

/** What somebody should do, but for that all of a test's folders lie on one disk. */
function needsIn({ needs = [] }: AnyDocument): NonNullable<AnyDocument['needs']> {
  return needs.filter(({ code }) => code !== 'one-device-only');
}

/** The history says that every vault was last seen so many days ago. */
function lastSeen(place: Desk, days: number): void {
  const database = new Database(path.join(place.home, 'history.sqlite'));
  database.prepare('UPDATE vaults SET last_seen_at = last_seen_at - ?').run(days * dayMs);
  database.close();
}

/** A second drive, `Red`, in the folder beside the first. */
async function addRed(t: ExecutionContext, place: Desk, ...words: string[]): Promise<string> {
  const folder = path.join(await temporaryFolder(t), 'Red');
  await mkdir(folder);
  await place.must('vault', 'add', folder, '--name', 'Red', ...words);
  return folder;
}

test('what is set of a vault is checked, said and can be taken back', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const wrong: [string[], RegExp][] = [
    [['Nowhere', '--place', 'safe'], /no vault called Nowhere.*vault list/],
    [['Drive'], /Please say what is new about it: --place/],
    [['Drive', '--off-site', '--at-home'], /not both/],
    [['Drive', '--due', 'soon'], /"soon" is not a time/],
    [['Drive', '--due', '20y'], /1 to 3650 days/],
    [['Drive', '--group', 'a/b'], /"a\/b" cannot be a group; it must be a name of/],
    [['Drive', '--place', ' x'], /" x" cannot be a place/],
    [['Drive', '--medium', 'tape'], /tape/],
  ];
  for (const [words, sentence] of wrong) {
    const { status, stderr } = await run(process.execPath, [mainScript, 'vault', 'set', ...words], {
      env: place.env,
    });
    t.is(status, 64, words.join(' '));
    t.regex(stderr, sentence);
  }
  const words = ['--place', 'safe', '--medium', 'hdd', '--due', '2w', '--group', 'Weekly', '--off-site'];
  await place.must('vault', 'set', 'Drive', ...words);
  t.like(await vaultCalled(place, 'Drive', 'vault'), {
    ...{ place: 'safe', medium: 'hdd', dueDays: 14, group: 'Weekly', offSite: true, state: 'active' },
  });
  t.regex(
    await say(place, 'vault', 'list'),
    /Drive .*hdd .*safe, away from home.*every 14 days.*turns in Weekly/,
  );
  const none = ['--place', 'none', '--due', 'none', '--group', 'none', '--at-home'];
  await place.must('vault', 'set', 'Drive', ...none);
  const plain = await vaultCalled(place, 'Drive', 'vault');
  t.deepEqual([plain?.place, plain?.dueDays, plain?.group, plain?.offSite], Array(4).fill(undefined));
});

test('of two drives that take turns one is away in silence until its date, then told by name and place', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  const turn = ['--group', 'Weekly', '--due', '14d', '--place'];
  await place.must('vault', 'set', 'Drive', ...turn, 'studio');
  const red = await addRed(t, place, ...turn, 'safe');
  await place.must('backup');
  await rename(red, `${red} (in the safe)`);
  await writeFile(path.join(place.source, 'b.jpg'), 'second');
  const backup = await place.must('backup');
  t.is(backup.kept, 1, 'and it is no trouble');
  const status = await place.must('status');
  t.deepEqual(needsIn(status), []);
  const away = await vaultCalled(place, 'Red');
  t.like(away, { connected: false, place: 'safe', group: 'Weekly', behindFiles: 1 });
  t.true(Date.parse(away?.oldestBehindAt ?? '') <= Date.now(), 'how old the oldest is that it lacks');
  t.true((away?.freeBytes ?? 0) > 0 && (away?.totalBytes ?? 0) > 0, 'how full it was is remembered');
  t.is(Date.parse(away?.dueAt ?? '') - Date.parse(away?.lastSeenAt ?? ''), 14 * dayMs);
  t.regex(
    await say(place, 'status'),
    /Red .*safe, takes turns in Weekly.*due back \d{4}-\d\d-\d\d.*1 file behind/,
  );
  lastSeen(place, 15);
  const late = await place.must('status');
  t.deepEqual(
    needsIn(late).map(({ code }) => code),
    ['vault-due'],
  );
  t.regex(needsIn(late)[0]?.sentence ?? '', /^Red \(safe\) was due back on \d{4}-\d\d-\d\d; bring it/);
  await rename(place.drive, `${place.drive} (lost)`);
  const silent = await place.ask('status');
  const due = needsIn(silent.document).filter(({ code }) => code.endsWith('-due'));
  t.is(due.length, 1, silent.stdout);
  t.regex(due[0]?.sentence ?? '', /take turns in Weekly.*: Red \(safe\), Drive \(studio\);/);
});

test('a retired drive gets nothing new, and is asked for by name and place when it alone has something', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await place.must('vault', 'set', 'Drive', '--place', 'safe', '--due', '1d');
  await place.must('backup');
  await place.must('vault', 'retire', 'Drive');
  await place.must('vault', 'retire', 'Drive');
  const alone = await place.ask('backup');
  t.is(alone.status, 64);
  t.regex(alone.stdout, /retired.*vault activate/);
  await addRed(t, place);
  await writeFile(path.join(place.source, 'a.jpg'), 'second version');
  await place.must('backup');
  const drive = await vaultCalled(place, 'Drive');
  t.like(drive, { state: 'retired', behindFiles: 1 });
  t.is(drive?.dueAt, undefined);
  const verified = await place.must('verify');
  t.deepEqual(
    verified.vaults?.map(({ name }) => name),
    ['Red'],
    'it is left alone',
  );
  t.is((await place.must('verify', 'Drive')).checked, 1, 'unless it is named');
  t.is((await place.ask('retain', 'Drive', '--dry-run')).status, 0);
  await rename(place.drive, `${place.drive} (in the safe)`);
  lastSeen(place, 400);
  t.deepEqual(needsIn(await place.must('status')), [], 'nobody waits for it');
  t.regex(await say(place, 'find', 'a.jpg'), /in Red/);
  const history = await say(place, 'history', 'Photos/a.jpg');
  t.regex(history, /until .*Drive \(proven, safe, retired\)/);
  const before = (await place.must('history', 'Photos/a.jpg')).versions?.[1]?.keptAt ?? '';
  t.regex(await say(place, 'ls', 'Photos', '--at', before), /a\.jpg +only in Drive \(safe, retired\)/);
  const out = path.join(place.home, '..', 'out');
  const restored = await place.ask('restore', 'Photos/a.jpg', '--at', before, '--to', out);
  t.deepEqual(codesOf(restored.document), ['no-good-copy'], restored.stdout);
  t.regex(restored.stdout, /plug in Drive \(safe\)/);
  await rename(`${place.drive} (in the safe)`, place.drive);
  await place.must('restore', 'Photos/a.jpg', '--at', before, '--to', out);
  await place.must('vault', 'activate', 'Drive');
  t.is((await place.must('backup')).kept, 1, 'used again, it gets what it lacks');
});

test('a running agent leaves a retired drive alone, and fills it at once when it is used again', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await addRed(t, place);
  await place.must('vault', 'retire', 'Drive');
  const agent = await startAgent(t, place);
  await agent.heard(({ kind, name }) => kind === 'up-to-date' && name === 'Red');
  t.false(agent.news.some(({ kind, name }) => kind === 'up-to-date' && name === 'Drive'));
  t.like(await vaultCalled(place, 'Drive'), { connected: true, state: 'retired', provenFiles: 0 });
  await place.must('vault', 'activate', 'Drive');
  t.like(await agent.heard(({ kind, name }) => kind === 'up-to-date' && name === 'Drive'), {
    files: 1,
    bytes: 5,
  });
});

test('with every vault away the one that has what is wanted is asked for', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await place.must('vault', 'set', 'Drive', '--place', 'safe');
  await place.must('backup');
  const red = await addRed(t, place);
  await place.must('vault', 'retire', 'Drive');
  for (const folder of [red, place.drive]) await rename(folder, `${folder} (away)`);
  const { status, stdout } = await place.ask('restore', 'Photos', '--to', path.join(place.home, '..', 'out'));
  t.is(status, 3);
  t.regex(stdout, /plug in Drive \(safe\) and try again/);
});

testWith(volumeNeeds.ext4, 'two vaults on one disk are one copy, and it is said', async (t) => {
  const [one, two] = await twoOnOneDisk(t, 24 << 20);
  const place = await desk(t, { drive: one, fill: withOneFile });
  const added = await place.must('vault', 'add', two, '--name', 'Red');
  t.regex(added.notes?.join(' ') ?? '', /same device as Drive, so the two count as one copy/);
  const third = await loopImage(t, { fs: 'ext4', sizeBytes: 24 << 20 });
  await place.must('vault', 'add', third.path, '--name', 'Blue');
  await place.must('backup');
  const { coverage } = await place.must('status');
  t.is(coverage?.copies, 3, 'the original, the disk, and the other drive');
  t.deepEqual(
    coverage?.sharedDevices.map(({ vaults, sources }) => ({ vaults, sources })),
    [{ vaults: ['Drive', 'Red'], sources: [] }],
  );
  t.regex(await say(place, 'status'), /\nDrive and Red are on one device, so they count as one copy\.\n/);
});

testWith(
  volumeNeeds.ext4,
  'a vault on the disk of its source is no copy of it, and it is said',
  async (t) => {
    const [one, two] = await twoOnOneDisk(t, 24 << 20);
    const place = await desk(t, { source: path.join(one, 'Photos'), drive: two, fill: withOneFile });
    await place.must('backup');
    const status = await place.must('status');
    t.is(status.coverage?.copies, 1);
    t.true(status.needs?.some(({ code }) => code === 'one-device-only'));
    t.regex(
      await say(place, 'status'),
      /\nDrive is on the same device as Photos, so it is no copy of it\.\n/,
    );
  },
);
