/**
 * Ledgers and catalogs that are torn, damaged, missing or newer: what is sound is read, nothing is written
 * over it.
 */
import { appendFile, copyFile, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { codesOf, desk, glassineAt } from '../support/glassine.js';
import type { Desk } from '../support/glassine.js';
import { daysWork, shoot } from '../support/mixed-shoot.js';
import { testWith } from '../support/needs.js';
import { differences, listTree, plant, temporaryFolder } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

/** A desk with two passes behind it. */
async function used(t: ExecutionContext): Promise<Desk> {
  const place = await desk(t, { fill: shoot });
  await place.must('backup');
  await daysWork(place.source);
  await place.must('backup');
  return place;
}

async function segmentOf(place: Desk): Promise<string> {
  const [writer] = await readdir(path.join(place.vault, 'Ledger'));
  return path.join(place.vault, 'Ledger', writer ?? '', '00000001.jsonl');
}

async function mustBeWhole(t: ExecutionContext, place: Desk): Promise<void> {
  t.deepEqual(await differences(place.source, place.pictures), []);
  t.deepEqual(await vaultFaults(place.vault), []);
  t.deepEqual((await place.must('verify')).bad, []);
}

const tails: Readonly<Record<string, string | Buffer>> = {
  'half a line': '{"n":9999,"at":"2026-11-21T18:26:03.120Z","do":"keep","sou',
  zeros: Buffer.alloc(4096),
  garbage: Buffer.from([1, 2, 3, 0xff, 0xfe, 0, 7]),
};

for (const [what, tail] of Object.entries(tails)) {
  testWith(
    ['b3sum'],
    `a ledger that ends in ${what} is cut there by its writer, and nothing is lost`,
    async (t) => {
      const place = await used(t);
      await appendFile(await segmentOf(place), tail);
      await plant(place.source, 'new.jpg', { bytes: 'new' });
      t.is((await place.must('backup')).kept, 1);
      await mustBeWhole(t, place);
    },
  );
}

/**
 * A ledger that is wrong where it was read before: `verify` finds it, pictures can still be had; an
 * installation that
 * has to read it all writes nothing; and a rebuild makes it good.
 */
async function foundAndRebuilt(t: ExecutionContext, place: Desk, codes: readonly string[]): Promise<void> {
  const verified = await place.ask('verify');
  t.is(verified.status, 1, verified.stdout);
  t.true(
    codesOf(verified.document).some((code) => codes.includes(code)),
    verified.stdout,
  );
  const target = path.join(await temporaryFolder(t), 'restored');
  await place.must('restore', 'Photos', '--to', target);
  t.deepEqual(await differences(place.source, target), [], 'pictures can still be had');
  const catalog = await catalogOf(place);
  await removeCompanions(catalog);
  await rm(catalog);
  const before = [...(await listTree(place.vault)).keys()].sort();
  await plant(place.source, 'new.jpg', { bytes: 'new' });
  const refused = await place.ask('backup');
  t.not(refused.status, 0, refused.stdout);
  t.true(
    codesOf(refused.document).some((code) => codes.includes(code)),
    refused.stdout,
  );
  t.deepEqual([...(await listTree(place.vault)).keys()].sort(), before, 'nothing was written');
  const rebuilt = await place.ask('vault', 'rebuild', 'Drive');
  t.is(rebuilt.status, 0, rebuilt.stdout);
  await place.must('backup');
  t.deepEqual(await differences(place.source, place.pictures), []);
  t.deepEqual((await place.must('verify')).bad, []);
}

test('a flipped bit in the middle of a ledger is found, and a rebuild makes it good', async (t) => {
  const place = await used(t);
  const segment = await segmentOf(place);
  const bytes = await readFile(segment);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(segment, bytes);
  await foundAndRebuilt(t, place, ['ledger-damaged']);
});

test('a missing line in a ledger is found, and a rebuild makes it good', async (t) => {
  const place = await used(t);
  const segment = await segmentOf(place);
  const lines = (await readFile(segment, 'utf8')).split('\n');
  lines.splice(Math.floor(lines.length / 2), 1);
  await writeFile(segment, lines.join('\n'));
  await foundAndRebuilt(t, place, ['ledger-damaged']);
});

test('a missing segment of a ledger is found, and a rebuild makes it good', async (t) => {
  const place = await used(t);
  const segment = await segmentOf(place);
  await rename(segment, segment.replace('00000001', '00000002'));
  await foundAndRebuilt(t, place, ['ledger-missing-segment', 'ledger-damaged']);
});

test('a vault of a newer format is read, and never written', async (t) => {
  const place = await used(t);
  const marker = path.join(place.vault, 'vault.json');
  const text = await readFile(marker, 'utf8');
  await writeFile(marker, text.replace('"version":1', '"version":2'));
  await plant(place.source, 'new.jpg', { bytes: 'new' });
  const before = [...(await listTree(place.vault)).keys()].sort();
  const refused = await place.ask('backup');
  t.deepEqual(codesOf(refused.document), ['vault-newer'], refused.stdout);
  t.not(refused.status, 0);
  t.deepEqual([...(await listTree(place.vault)).keys()].sort(), before);
  t.is(await readFile(marker, 'utf8'), text.replace('"version":1', '"version":2'));
  await writeFile(marker, text);
  t.is((await place.must('backup')).kept, 1);
});

async function catalogOf(place: Desk): Promise<string> {
  const files = await readdir(place.home, { recursive: true });
  const name = files.find((file) => /\.(sqlite3?|db)$/.test(file));
  if (name === undefined) throw new Error(`no catalog among ${files.join(', ')}`);
  return path.join(place.home, name);
}

async function removeCompanions(catalog: string): Promise<void> {
  for (const ending of ['-wal', '-shm', '-journal']) await rm(catalog + ending, { force: true });
}

const catalogHarms: Readonly<Record<string, (catalog: string) => Promise<void>>> = {
  'is gone': (catalog) => rm(catalog),
  'is cut short': (catalog) => truncate(catalog, 5000),
  'is empty': (catalog) => truncate(catalog, 0),
  'holds garbage': (catalog) => writeFile(catalog, Buffer.alloc(100_000, 0xa5)),
  'is damaged in the middle': async (catalog) => {
    const bytes = await readFile(catalog);
    bytes.fill(0x5a, Math.floor(bytes.length / 3), Math.floor(bytes.length / 3) + 20_000);
    await writeFile(catalog, bytes);
  },
};

for (const [what, harm] of Object.entries(catalogHarms)) {
  testWith(
    ['b3sum'],
    `a catalog that ${what} is built again from the ledgers, and nothing is copied twice`,
    async (t) => {
      const place = await used(t);
      const catalog = await catalogOf(place);
      await removeCompanions(catalog);
      await harm(catalog);
      await plant(place.source, 'new.jpg', { bytes: 'new' });
      const answer = await place.ask('backup');
      // Damage that is met in the middle of a pass may need a second one; it is never the last word.
      const last = answer.document.outcome === 'good' ? answer.document : await place.must('backup');
      t.is(last.kept, 1, answer.stdout);
      t.is(last.bytesCopied, 3, 'only the new file was copied');
      await mustBeWhole(t, place);
      const { versions } = await place.must('history', 'Photos/2026/Wedding/IMG_0001.xmp');
      t.is(versions?.length, 2, 'older versions are known again');
    },
  );
}

test('a catalog from a newer version is left alone', async (t) => {
  const place = await used(t);
  const catalog = await catalogOf(place);
  const database = new Database(catalog);
  database.pragma('user_version = 9999');
  database.close();
  await removeCompanions(catalog);
  const saved = path.join(await temporaryFolder(t), 'catalog');
  await copyFile(catalog, saved);
  const refused = await place.ask('backup');
  t.is(refused.status, 3, refused.stdout);
  t.deepEqual(codesOf(refused.document), ['catalog-newer']);
  t.true((await readFile(catalog)).equals(await readFile(saved)));
});

test('a catalog that another program holds is waited for, then named', async (t) => {
  const place = await used(t);
  const database = new Database(await catalogOf(place));
  database.exec('BEGIN EXCLUSIVE');
  const refused = await place.ask('backup');
  t.is(refused.status, 3, refused.stdout);
  t.deepEqual(codesOf(refused.document), ['catalog-busy']);
  database.exec('ROLLBACK');
  database.close();
  await place.must('backup');
});

testWith(['b3sum'], 'with the whole home gone, adopting the drive brings every version back', async (t) => {
  const place = await used(t);
  const then = (await place.must('history', 'Photos/2026/Wedding/IMG_0001.xmp')).versions;
  await rm(place.home, { recursive: true });
  const next = glassineAt(place.home);
  await next.must('vault', 'adopt', place.drive);
  const now = (await next.must('history', 'Photos/2026/Wedding/IMG_0001.xmp')).versions;
  t.deepEqual(
    now?.map((version) => version.b3),
    then?.map((version) => version.b3),
  );
  const target = path.join(await temporaryFolder(t), 'restored');
  await next.must('restore', 'Photos', '--to', target);
  t.deepEqual(await differences(place.source, target), []);
});
