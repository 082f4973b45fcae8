/** What a catalog remembers of many rows: forgotten as soon as one of them is changed, by whomever. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { Catalog } from '../../../src/store/catalog/catalog.js';
import { lineMaker, photos } from '../../support/ledger-lines.js';
import { falseMemories } from '../../support/memories.js';
import { temporaryFolder } from '../../support/trees.js';

interface Remembering {
  readonly catalog: Catalog;
  readonly sourceKey: number;
  readonly scratch: string;
  /** Anybody else who writes to the file. */
  readonly other: Database.Database;
  /** Everything asked, and asked of a copy without memory: what differs. */
  readonly wrong: () => Promise<string[]>;
}

/** Four scanned files in two folders, kept in two vaults, and all that can be remembered of them. */
async function remembering(t: ExecutionContext): Promise<Remembering> {
  const scratch = await temporaryFolder(t);
  const catalog = Catalog.open(path.join(scratch, 'catalog.sqlite'));
  const other = new Database(catalog.file);
  t.teardown(() => {
    other.close();
    catalog.close();
  });
  for (const id of ['vault-a', 'vault-b']) catalog.putVault({ id, name: id });
  const names = ['a/1.jpg', 'a/2.jpg', 'b/1.jpg', 'b/2.jpg'];
  for (const [at, vault] of ['vault-a', 'vault-b'].entries()) {
    const line = lineMaker();
    catalog.apply(vault, 'w', [line({ do: 'source', ...photos, folder: 'Photos' })]);
    const sourceKey = catalog.sources()[0]?.key ?? -1;
    for (const folder of at === 0 ? ['a', 'b'] : []) {
      const { key } = catalog.scan.folder(sourceKey, folder);
      for (const name of ['1.jpg', '2.jpg']) {
        const facts = { bytes: 5, modifiedUs: 1_767_225_600_000_000, inode: '1', device: '1' };
        catalog.scan.add(key, { name, kind: 'file', ...facts });
      }
      catalog.scan.marks.put(key, Buffer.alloc(16, folder));
    }
    catalog.apply(
      vault,
      'w',
      names.map((name) => line.keep(name, name.slice(0, 5))),
    );
  }
  const sourceKey = catalog.sources()[0]?.key ?? -1;
  const wrong = (): Promise<string[]> => falseMemories(catalog, { sourceKey, scratch });
  return { catalog, sourceKey, scratch, other, wrong };
}

const b3 = `x'${'ab'.repeat(32)}'`;
const stored = `INSERT INTO stored
  (vault_key, file_key, path, kind, b3, bytes, modified, newest, kept_at, proven)`;

/** Each by itself makes some answer another one. */
const changes = [
  'UPDATE files SET presence = 2 WHERE key = 1',
  "UPDATE files SET seen_kind = 'link' WHERE key = 1",
  'UPDATE files SET seen_bytes = 99 WHERE key = 1',
  'UPDATE files SET seen_modified = 99 WHERE key = 1',
  `UPDATE files SET seen_b3 = ${b3} WHERE key = 1`,
  'UPDATE files SET seen_b3 = NULL WHERE key = 1',
  "UPDATE files SET seen_kind = 'link', seen_target = 'x' WHERE key = 1",
  'UPDATE files SET version_key = NULL WHERE key = 1',
  'UPDATE files SET folder_key = (SELECT max(key) FROM folders), name = 3 WHERE key = 1',
  "INSERT INTO files (folder_key, name, presence, seen_kind, seen_bytes) VALUES (1, 'new', 1, 'file', 7)",
  'DELETE FROM files WHERE key = 2',
  'DELETE FROM stored WHERE key = 1',
  'UPDATE stored SET newest = 0 WHERE key = 1',
  "UPDATE stored SET kind = 'link' WHERE key = 1",
  `UPDATE stored SET b3 = ${b3} WHERE key = 1`,
  'UPDATE stored SET modified = 99 WHERE key = 1',
  'UPDATE stored SET vault_key = 9 WHERE key = 1',
  'UPDATE stored SET file_key = 99 WHERE key = 1',
  'UPDATE stored SET proven = 0 WHERE key = 1',
  'UPDATE stored SET damaged_at = 1 WHERE key = 1',
  `DELETE FROM stored WHERE key = 1; -- asked in between
   ${stored} SELECT 1, 1, 'x', 'file', seen_b3, 5, seen_modified, 1, 0, 1 FROM files WHERE key = 1`,
];

for (const change of changes) {
  test(`what was computed is computed anew after: ${change.replaceAll(/\s+/g, ' ')}`, async (t) => {
    const { other, wrong, catalog, sourceKey } = await remembering(t);
    t.deepEqual(await wrong(), []);
    const answers = (): string =>
      JSON.stringify([
        catalog.vaults().map(({ key }) => catalog.work.keptSummary(sourceKey, key)),
        catalog.work.sourceSummary(sourceKey),
        catalog.work.missingTotals(
          sourceKey,
          catalog.vaults().map(({ key }) => key),
        ),
        catalog.aliveTotals(sourceKey, { folder: '' }),
      ]);
    for (const step of change.split('-- asked in between')) {
      const before = answers();
      other.exec(step);
      t.deepEqual(await wrong(), []);
      t.false(answers() === before, 'an answer is another one');
    }
  });
}

/** What a comparison looks at. */
const compared = [
  'UPDATE files SET presence = 2 WHERE key = 1',
  "UPDATE files SET name = 'other' WHERE key = 1",
  "UPDATE files SET seen_kind = 'link' WHERE key = 1",
  'UPDATE files SET seen_bytes = 99 WHERE key = 1',
  'UPDATE files SET seen_modified = 99 WHERE key = 1',
  "UPDATE files SET seen_target = 'x' WHERE key = 1",
  'UPDATE files SET seen_inode = NULL WHERE key = 1',
  'UPDATE files SET presence = 0, version_key = NULL WHERE key = 1',
  "INSERT INTO files (folder_key, name) VALUES (1, 'new')",
  'DELETE FROM files WHERE key = 1',
];

const marked = (catalog: Catalog, sourceKey: number, folder: string): boolean =>
  catalog.scan.marks.folderListed(sourceKey, folder, Buffer.alloc(16, folder)) !== undefined;

for (const change of compared) {
  test(`a folder counts as compared no more after: ${change}`, async (t) => {
    const { catalog, other, sourceKey } = await remembering(t);
    t.true(marked(catalog, sourceKey, 'a'));
    other.exec(change);
    t.false(marked(catalog, sourceKey, 'a'));
    t.true(marked(catalog, sourceKey, 'b'), 'the other folder is as it was');
  });
}

test('a folder counts as compared no more once a ledger tells of what no scan has seen', async (t) => {
  const { catalog, other, sourceKey } = await remembering(t);
  other.exec("INSERT INTO files (folder_key, name) VALUES (1, 'told')");
  catalog.scan.marks.put(1, Buffer.alloc(16, 'a'));
  t.true(marked(catalog, sourceKey, 'a'));
  other.exec("UPDATE files SET version_key = 1 WHERE name = 'told'");
  t.false(marked(catalog, sourceKey, 'a'));
});

test('another listing than the one compared is not known, nor the same one of another folder', async (t) => {
  const { catalog, sourceKey } = await remembering(t);
  t.is(catalog.scan.marks.folderListed(sourceKey, 'a', Buffer.alloc(16, 'b')), undefined);
  t.is(catalog.scan.marks.folderListed(sourceKey, 'c', Buffer.alloc(16, 'a')), undefined);
  t.is(catalog.scan.marks.folderListed(sourceKey + 1, 'a', Buffer.alloc(16, 'a')), undefined);
});

test('content that becomes known, and what was seen already, leave a folder compared', async (t) => {
  const { catalog, sourceKey } = await remembering(t);
  const { rows } = catalog.scan.folder(sourceKey, 'a');
  const [row] = rows;
  catalog.scan.know(row?.fileKey ?? -1, 'ab'.repeat(32));
  const { bytes, modifiedUs } = row ?? { bytes: 0, modifiedUs: 0 };
  catalog.scan.sawContent(row?.fileKey ?? -1, { bytes, modifiedUs, b3: 'cd'.repeat(32) });
  t.true(marked(catalog, sourceKey, 'a'));
});

test('where nothing can be remembered now, the answers are the same', async (t) => {
  const { catalog, other, sourceKey } = await remembering(t);
  other.exec('BEGIN IMMEDIATE');
  const kept = catalog.work.keptSummary(sourceKey, 1);
  t.like(kept, { behindFiles: 0, provenFiles: 4 });
  t.like(catalog.work.sourceSummary(sourceKey), { files: 4, bytes: 20, unprotectedFiles: 0 });
  t.is(other.prepare('SELECT count(*) FROM kept_sums').pluck().get(), 0);
  other.exec('ROLLBACK');
  t.deepEqual(catalog.work.keptSummary(sourceKey, 1), kept);
  other.exec('UPDATE vaults SET last_seen_at = 1');
  t.deepEqual(catalog.work.keptSummary(sourceKey, 1), kept);
  t.is(other.prepare('SELECT count(*) FROM kept_sums').pluck().get(), 2);
});

/** More files than are summed in one step, twice over. */
const manyFolders = 1_030;
const inEach = 50;
const manyFiles = manyFolders * inEach;

function addFolders(catalog: Catalog, sourceKey: number): void {
  catalog.transaction(() => {
    for (let at = 0; at < manyFolders; at++) {
      const { key } = catalog.scan.folder(sourceKey, `c/${String(at).padStart(4, '0')}`);
      const facts = { bytes: 7, modifiedUs: 1_767_225_600_000_000, inode: String(at), device: '1' };
      for (let name = 0; name < inEach; name++) {
        catalog.scan.add(key, { name: `${String(name)}.jpg`, kind: 'file', ...facts });
      }
    }
  });
}

test('where only the first of many folders could be summed, the answers are whole', async (t) => {
  const { catalog, other, sourceKey } = await remembering(t);
  addFolders(catalog, sourceKey);
  t.false(catalog.work.sumUp(sourceKey, [1]).next().done);
  other.exec('BEGIN IMMEDIATE');
  t.like(catalog.work.sourceSummary(sourceKey), { files: 4 + manyFiles, bytes: 20 + 7 * manyFiles });
  t.deepEqual(catalog.work.sumUp(sourceKey, [1]).next(), { done: true, value: false });
  const summed = other.prepare('SELECT count(*) FROM folder_sums').pluck().get() as number;
  t.true(summed > 0 && summed < manyFolders, String(summed));
});

test('what is summed in steps, changed by others between them, is summed whole and right', async (t) => {
  const { catalog, other, sourceKey, wrong } = await remembering(t);
  addFolders(catalog, sourceKey);
  const steps = catalog.work.sumUp(sourceKey, [1, 2]);
  t.false(steps.next().done);
  // One in what was summed, and one in what was not.
  other.exec('UPDATE files SET seen_bytes = 99 WHERE key = 1 OR key = (SELECT max(key) FROM files)');
  let count = 1;
  while (steps.next().done !== true) count++;
  t.is(count, 9, 'three of each table');
  const counted = (table: string): unknown => other.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  t.is(counted('folder_sums'), manyFolders + 1, 'all but the one that was changed after it was summed');
  t.is(counted('kept_sums'), 2 * (manyFolders + 2));
  t.deepEqual(await wrong(), []);
  t.is(counted('folder_sums'), manyFolders + 2);
  t.deepEqual(catalog.work.sumUp(sourceKey, [1, 2]).next(), { done: true, value: true });
});

test('what was asked in a transaction that was taken back is not remembered', async (t) => {
  const { catalog, sourceKey } = await remembering(t);
  const asked = (): number => catalog.work.sourceSummary(sourceKey).files;
  t.is(asked(), 4);
  const takenBack = (): void =>
    catalog.transaction(() => {
      addFolders(catalog, sourceKey);
      t.is(asked(), 4 + manyFiles);
      // The first time sums were written: only the second answer could be kept.
      t.is(asked(), 4 + manyFiles);
      throw new Error('taken back');
    });
  t.throws(takenBack, { message: 'taken back' });
  t.is(asked(), 4);
});

test('what this connection itself writes is counted when it is asked again', async (t) => {
  const { catalog, sourceKey } = await remembering(t);
  const asked = (): number => catalog.work.sourceSummary(sourceKey).files;
  t.is(asked(), 4);
  t.is(asked(), 4);
  addFolders(catalog, sourceKey);
  t.is(asked(), 4 + manyFiles);
});
