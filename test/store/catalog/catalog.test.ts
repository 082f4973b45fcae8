/** The catalog: what it refuses to open, and what lines of a ledger make of it. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { Catalog } from '../../../src/store/catalog/catalog.js';
import { lineMaker, photos, hashOf } from '../../support/ledger-lines.js';

function folderFor(t: { teardown(action: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'glassine-catalog-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A catalog that knows one source in one vault. */
function opened(t: { teardown(action: () => void): void }) {
  const catalog = Catalog.open(':memory:');
  t.teardown(() => catalog.close());
  catalog.putVault({ id: 'vault-a', name: 'A' });
  catalog.putVault({ id: 'vault-b', name: 'B' });
  return catalog;
}

test('a catalog from a newer Glassine is refused and left as it is', (t) => {
  const file = join(folderFor(t), 'catalog.sqlite');
  Catalog.open(file).close();
  const raw = new Database(file);
  raw.pragma('user_version = 999');
  raw.close();
  const before = readFileSync(file);
  const error = t.throws(() => Catalog.open(file), { message: /catalog-newer/ });
  t.is((error as { code?: string }).code, 'catalog-newer');
  t.deepEqual(readFileSync(file), before);
});

test('a file that is no database is named as damaged and left as it is', (t) => {
  const file = join(folderFor(t), 'catalog.sqlite');
  writeFileSync(file, 'these are not the pages you are looking for'.repeat(200));
  const before = readFileSync(file);
  const error = t.throws(() => Catalog.open(file));
  t.is((error as { code?: string }).code, 'catalog-damaged');
  t.deepEqual(readFileSync(file), before);
});

test("another program's database is not taken over", (t) => {
  const file = join(folderFor(t), 'catalog.sqlite');
  const raw = new Database(file);
  raw.exec('CREATE TABLE pictures (id INTEGER)');
  raw.close();
  const error = t.throws(() => Catalog.open(file));
  t.is((error as { code?: string }).code, 'catalog-damaged');
});

test('a page overwritten in the middle is found by the check', (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'catalog.sqlite');
  const catalog = Catalog.open(file);
  catalog.putVault({ id: 'vault-a', name: 'A' });
  const line = lineMaker();
  catalog.apply('vault-a', 'w', [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    ...Array.from({ length: 3_000 }, (_, at) => line.keep(`picture-${at}.jpg`, `content ${at}`)),
  ]);
  t.deepEqual(catalog.check(), []);
  catalog.close();
  const bytes = readFileSync(file);
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4096);
  const broken = join(folder, 'broken.sqlite');
  copyFileSync(file, broken);
  writeFileSync(broken, bytes);
  let found: string | undefined;
  try {
    const reopened = Catalog.open(broken);
    found = reopened.check().join(' ');
    reopened.close();
  } catch (error) {
    found = (error as { code?: string }).code;
  }
  t.truthy(found);
});

test('lines that were applied already are not applied again', (t) => {
  const catalog = opened(t);
  const line = lineMaker();
  const lines = [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    line.keep('a.jpg', 'one'),
    line.keep('a.jpg', 'two'),
  ];
  catalog.apply('vault-a', 'w', lines);
  catalog.apply('vault-a', 'w', lines);
  const source = catalog.sources()[0];
  t.is(catalog.versionsOf(source?.key ?? -1, 'a.jpg').length, 2);
  t.like(catalog.position(catalog.vaultKey('vault-a'), 'w'), { n: 3 });
});

test('a line that cannot be applied leaves nothing of its batch behind', (t) => {
  const catalog = opened(t);
  const line = lineMaker();
  const lines = [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    line.keep('a.jpg', 'one'),
    { ...line.keep('b.jpg', 'two'), source: 'nobody knows' },
  ];
  t.throws(() => catalog.apply('vault-a', 'w', lines), { message: /ledger-damaged/ });
  t.deepEqual(catalog.sources(), []);
  t.is(catalog.position(catalog.vaultKey('vault-a'), 'w'), undefined);
  catalog.apply('vault-a', 'w', lines.slice(0, 2));
  t.is(catalog.versionsOf(catalog.sources()[0]?.key ?? -1, 'a.jpg').length, 1);
});

test('a replaced version is found at its place aside, and the newest in Pictures', (t) => {
  const catalog = opened(t);
  const line = lineMaker();
  const aside = 'Versions/Photos/a (2026-11-21 18.00.00Z).jpg';
  catalog.apply('vault-a', 'w', [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    line.keep('a.jpg', 'one'),
    { ...line.keep('a.jpg', 'two'), aside },
  ]);
  t.deepEqual(
    catalog.copiesOf({ b3: hashOf('one') }).map((row) => [row.stored, row.newest]),
    [[aside, false]],
  );
  t.deepEqual(
    catalog.copiesOf({ b3: hashOf('two') }).map((row) => [row.stored, row.newest]),
    [['Pictures/Photos/a.jpg', true]],
  );
});

test('a moved file keeps its history under the old path and its copy under the new one', (t) => {
  const catalog = opened(t);
  const line = lineMaker();
  catalog.apply('vault-a', 'w', [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    line.keep('old/a.jpg', 'one'),
    line.move('old/a.jpg', 'new/a.jpg'),
  ]);
  const key = catalog.sources()[0]?.key ?? -1;
  t.is(catalog.versionsOf(key, 'old/a.jpg')[0]?.until, catalog.versionsOf(key, 'new/a.jpg')[0]?.since);
  t.deepEqual(
    [...catalog.aliveAt(key)].map((version) => version.path),
    ['new/a.jpg'],
  );
  t.is(catalog.copiesOf({ b3: hashOf('one') })[0]?.stored, 'Pictures/Photos/new/a.jpg');
});

test('an empty folder and a file of the same path do not stand in each other’s way', (t) => {
  const catalog = opened(t);
  const line = lineMaker();
  const folder = { source: photos.source, path: 'x', bytes: 0, modified: 0, kind: 'folder' } as const;
  catalog.apply('vault-a', 'w', [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    line({ do: 'keep', ...folder, stored: 'Pictures/Photos/x' }),
    line({ do: 'retire', source: photos.source, path: 'x', kind: 'folder', stored: 'Pictures/Photos/x' }),
    line.keep('x', 'a file now'),
  ]);
  const kinds = catalog
    .versionsOf(catalog.sources()[0]?.key ?? -1, 'x')
    .map((version) => version.content.kind);
  t.deepEqual(kinds, ['file', 'folder']);
});

test('a scrub proves what lies between two paths in the order of bytes, but not what it found bad', (t) => {
  const catalog = opened(t);
  const line = lineMaker({ evidence: 'written' });
  const names = ['B.jpg', 'a.jpg', 'b.jpg', 'é.jpg', '𝄞.jpg'];
  catalog.apply('vault-a', 'w', [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    ...names.map((name) => line.keep(name, name)),
    line({
      ...{ do: 'scrub', first: 'Pictures/Photos/B.jpg', last: 'Pictures/Photos/é.jpg', files: 3, bytes: 9 },
      ...{ evidence: 'proven', bad: ['Pictures/Photos/b.jpg'] },
    }),
  ]);
  const proven = catalog
    .storedIn(catalog.vaultKey('vault-a'), { limit: 9 })
    .filter((row) => row.evidence === 'proven')
    .map((row) => row.stored);
  t.deepEqual(proven, ['Pictures/Photos/B.jpg', 'Pictures/Photos/a.jpg', 'Pictures/Photos/é.jpg']);
});

test('find takes words literally, whatever characters they have', (t) => {
  const catalog = opened(t);
  const line = lineMaker();
  catalog.apply('vault-a', 'w', [
    line({ do: 'source', ...photos, folder: 'Photos' }),
    line.keep('100% done/IMG_0001.jpg', 'one'),
    line.keep('1000 done/IMGx0001.jpg', 'two'),
  ]);
  const found = (words: string[]) => catalog.find(words, { limit: 9 }).map((version) => version.path);
  t.deepEqual(found(['100%']), ['100% done/IMG_0001.jpg']);
  t.deepEqual(found(['img_']), ['100% done/IMG_0001.jpg']);
  t.is(found(['done', 'img']).length, 2);
  t.deepEqual(found(['done', 'nothing']), []);
});
