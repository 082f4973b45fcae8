/** Photo programs' live databases. */
import test from 'ava';
import type { Entry } from '../../src/base/types.js';
import { foldDatabases, isDatabase } from '../../src/rules/databases.js';

function file(name: string, bytes: number, modifiedUs: number): Entry {
  return { name, kind: 'file', bytes, modifiedUs, inode: '1', device: '1' };
}

const namesOf = (entries: readonly Entry[]): string[] => entries.map(({ name }) => name);

test('other files are not taken for databases', (t) => {
  const others = [
    '.lrcat',
    'a.lrcat-data',
    'a.lrcat.lock',
    'a.lrcat-wal',
    'a.db',
    'library.db.bak',
    'Thumbs.db',
  ];
  for (const name of [...others, 'thumbnails-digikam.db', 'Previews.lrdata', ''])
    t.false(isDatabase(name), name);
});

test('photo programs are known by the names of their databases, however they are written', (t) => {
  const all = [
    'Wedding.lrcat',
    'WEDDING.LRCAT',
    'a.cocatalogdb',
    'b.cosessiondb',
    'digikam4.db',
    'library.db',
  ];
  for (const name of [...all, 'data.db', 'recognition.db', '/caf%E9.lrcat']) t.true(isDatabase(name), name);
});

test('a log that holds something dates its database', (t) => {
  const entries = [
    file('a.lrcat', 100, 1),
    file('a.lrcat-wal', 50, 9),
    file('a.lrcat-shm', 32, 20),
    file('b', 1, 1),
  ];
  const folded = foldDatabases(entries);
  t.deepEqual(namesOf(folded.entries), ['a.lrcat', 'b']);
  t.deepEqual(folded.entries[0], file('a.lrcat', 100, 9));
  t.deepEqual(namesOf(folded.databases.get('a.lrcat')?.companions ?? []), ['a.lrcat-wal', 'a.lrcat-shm']);
});

test('a journal dates its database as a log does', (t) => {
  const folded = foldDatabases([file('digikam4.db-journal', 5, 7), file('digikam4.db', 100, 3)]);
  t.deepEqual(folded.entries, [file('digikam4.db', 100, 7)]);
});

test('an empty log and an older one leave the time as it is', (t) => {
  t.deepEqual(foldDatabases([file('a.lrcat', 9, 5), file('a.lrcat-wal', 0, 8)]).entries, [
    file('a.lrcat', 9, 5),
  ]);
  t.deepEqual(foldDatabases([file('a.lrcat', 9, 5), file('a.lrcat-wal', 4, 2)]).entries, [
    file('a.lrcat', 9, 5),
  ]);
});

test('a companion without its database, or of another program, stays a file', (t) => {
  const entries = [file('a.lrcat-wal', 5, 1), file('b.lrcat', 5, 1), file('notes.db-wal', 5, 1)];
  t.deepEqual(foldDatabases(entries).entries, entries);
});

test('a database without companions is listed with none', (t) => {
  const folded = foldDatabases([file('library.db', 5, 1)]);
  t.deepEqual([...folded.databases], [['library.db', { companions: [] }]]);
});

test('a folder or a link of such a name is no database, and is no companion', (t) => {
  const folder: Entry = { ...file('library.db', 0, 1), kind: 'folder' };
  t.is(foldDatabases([folder, file('library.db-wal', 5, 9)]).databases.size, 0);
  const link: Entry = { ...file('a.lrcat-wal', 5, 9), kind: 'link', target: 'b' };
  t.deepEqual(foldDatabases([file('a.lrcat', 5, 1), link]).entries, [file('a.lrcat', 5, 1), link]);
});

test('databases whose names are not UTF-8, or hold newlines, keep their companions', (t) => {
  for (const name of ['/caf%E9.lrcat', 'a\nb.lrcat']) {
    const folded = foldDatabases([file(name, 5, 1), file(`${name}-wal`, 5, 4)]);
    t.deepEqual(folded.entries, [file(name, 5, 4)]);
  }
});
