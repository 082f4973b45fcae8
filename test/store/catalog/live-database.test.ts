/** Copies of databases taken while another process writes them, after crashes, and from broken files. */
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { GlassineError, ProblemCode } from '../../../src/base/errors.js';
import { native, type Native } from '../../../src/platform/native.js';
import { copyLiveDatabase, type DatabaseCopy } from '../../../src/store/catalog/live-database.js';
import { temporaryFolder } from '../../support/trees.js';

interface Place {
  readonly main: string;
  readonly folder: string;
  readonly scratchFolder: string;
}

async function place(t: ExecutionContext): Promise<Place> {
  const base = await temporaryFolder(t);
  const folder = join(base, 'Lightroom');
  const scratchFolder = join(base, 'scratch');
  await mkdir(folder);
  await mkdir(scratchFolder);
  return { folder, scratchFolder, main: join(folder, 'Catalog.lrcat') };
}

/** Every name in a folder with its time and content. */
async function fingerprint(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) {
    const facts = await stat(join(folder, name), { bigint: true });
    const hash = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    found[name] = `${facts.ino} ${facts.mtimeNs} ${facts.ctimeNs} ${hash}`;
  }
  return found;
}

async function rejectsWith(
  t: ExecutionContext,
  copying: Promise<DatabaseCopy>,
  code: ProblemCode,
): Promise<void> {
  const error = await t.throwsAsync<GlassineError>(copying);
  t.is(error.code, code, String(error.stack));
}

function rowsOf(file: string, table: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  } finally {
    database.close();
  }
}

/** Runs `script` in a process that dies at its end without closing anything. */
async function crashAfter(script: string, ...values: string[]): Promise<void> {
  const program = `const Database = (await import('better-sqlite3')).default;
    const [main] = process.argv.slice(-${values.length});
    ${script}
    process.kill(process.pid, 'SIGKILL');`;
  const child = fork('/dev/null', values, { execArgv: ['--input-type=module', '--eval', program, '--'] });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error('the crash did not happen');
}

class Writer {
  committed = 0;
  readonly #child: ChildProcess;

  constructor(t: ExecutionContext, main: string, mode: string) {
    t.teardown(() => this.#child.kill('SIGKILL'));
    this.#child = fork(new URL('../../support/database-writer.js', import.meta.url), [main, mode]);
    this.#child.on('message', (n) => {
      this.committed = n as number;
    });
  }

  /** Resolves when `more` further transactions were committed. */
  async waitFor(more: number): Promise<void> {
    const goal = this.committed + more;
    while (this.committed < goal) await once(this.#child, 'message');
  }

  async stop(): Promise<void> {
    this.#child.send('stop');
    await once(this.#child, 'exit');
  }
}

for (const mode of ['wal', 'delete', 'truncate', 'persist']) {
  test(`copies of a database at work in ${mode} mode are whole and have all committed`, async (t) => {
    const { main, folder, scratchFolder } = await place(t);
    const writer = new Writer(t, main, mode);
    await writer.waitFor(10);
    const first = writer.committed;
    let copies = 0;
    for (let round = 0; round < 40; round++) {
      const committedBefore = writer.committed;
      let copy: DatabaseCopy;
      try {
        copy = await copyLiveDatabase({ native, main, scratchFolder });
      } catch (error) {
        t.is((error as GlassineError).code, 'database-busy');
        continue;
      }
      copies++;
      t.is(copy.integrity, 'ok');
      t.deepEqual(await readdir(join(copy.file, '..')), ['copy.db']);
      const database = new Database(copy.file, { readonly: true });
      const done = database.prepare('SELECT count(*) AS count, max(n) AS last FROM done').get() as Record<
        string,
        number
      >;
      t.is(done['count'], done['last']);
      t.true((done['last'] ?? 0) >= committedBefore, `${done['last']} of at least ${committedBefore}`);
      const sum = `SELECT (SELECT sum(amount) FROM left_side) + (SELECT sum(amount) FROM right_side)`;
      const amounts = database.prepare(sum).pluck().get();
      const leftSide = database.prepare('SELECT sum(amount) FROM left_side').pluck().get() as number;
      t.true(amounts === 800_000, `the two sides hold ${String(amounts)}, left ${leftSide}`);
      database.close();
      await copy.dispose();
    }
    await writer.stop();
    t.true(copies >= 20, `only ${copies} copies`);
    t.true(writer.committed - first > 200, `only ${writer.committed - first} commits meanwhile`);
    t.deepEqual(await readdir(scratchFolder), []);
    t.true((await readdir(folder)).length <= 2);
  });
}

test('a log that a crash left behind is part of the copy, and stays where it is', async (t) => {
  const { main, folder, scratchFolder } = await place(t);
  await crashAfter(
    `const database = new Database(main);
    database.pragma('journal_mode = WAL');
    database.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)');
    const add = database.prepare('INSERT INTO photos (name) VALUES (?)');
    add.run('first');
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.pragma('wal_autocheckpoint = 0');
    for (let n = 0; n < 500; n++) add.run('photo ' + n);`,
    main,
  );
  const alone = join(folder, '..', 'alone.db');
  await copyFile(main, alone);
  t.is(rowsOf(alone, 'photos'), 1, 'the main file alone passes for a database with one row');
  const before = await fingerprint(folder);
  const copy = await copyLiveDatabase({ native, main, scratchFolder });
  t.is(rowsOf(copy.file, 'photos'), 501);
  t.deepEqual(await fingerprint(folder), before);
  t.true(copy.modifiedUs >= Number((await stat(`${main}-wal`, { bigint: true })).mtimeNs / 1000n));
  await copy.dispose();
  t.deepEqual(await readdir(scratchFolder), []);
});

const halfWay = `const database = new Database(main);
  database.pragma('journal_mode = DELETE');
  database.pragma('cache_size = 5');
  database.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)');
  const add = database.prepare('INSERT INTO photos (name) VALUES (?)');
  const many = (name) => { for (let n = 0; n < 300; n++) add.run(name + 'x'.repeat(200)); };
  database.transaction(many)('before');
  database.exec('BEGIN');
  database.exec("UPDATE photos SET name = 'after' || substr(name, 7)");
  many('after');`;

test('a transaction that a crash cut short is rolled back in the copy alone', async (t) => {
  const { main, folder, scratchFolder } = await place(t);
  await crashAfter(halfWay, main);
  const before = await fingerprint(folder);
  t.deepEqual(Object.keys(before), ['Catalog.lrcat', 'Catalog.lrcat-journal']);
  t.true((await readFile(main)).includes('afterx'), 'half of the transaction is in the main file');
  const copy = await copyLiveDatabase({ native, main, scratchFolder });
  t.is(rowsOf(copy.file, `photos WHERE name LIKE 'before%'`), 300);
  t.is(rowsOf(copy.file, `photos WHERE name LIKE 'after%'`), 0);
  t.deepEqual(await fingerprint(folder), before);
  await copy.dispose();
});

/** What SQLite writes at the end of each journal of a transaction over several databases. */
function pointerTo(path: string): Buffer {
  const name = Buffer.from(path);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(name.length, 0);
  numbers.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  );
  return Buffer.concat([
    Buffer.from('00040001', 'hex'),
    name,
    numbers,
    Buffer.from('d9d505f920a163d7', 'hex'),
  ]);
}

test('a journal shared with another database is respected and never deleted', async (t) => {
  const { main, folder, scratchFolder } = await place(t);
  await crashAfter(halfWay, main);
  const shared = join(folder, 'Catalog.lrcat-mj0A1B2C3');
  await appendFile(`${main}-journal`, pointerTo(shared));
  // As when the other database's journal went first: left to itself, SQLite would now delete the shared one.
  await writeFile(shared, `${join(folder, 'Other.lrcat-journal')}\0`);
  const before = await fingerprint(folder);
  const copy = await copyLiveDatabase({ native, main, scratchFolder });
  t.is(
    rowsOf(copy.file, `photos WHERE name LIKE 'before%'`),
    300,
    'not committed while the shared journal exists',
  );
  t.deepEqual(await fingerprint(folder), before);
  await copy.dispose();
});

test('a transaction whose shared journal is gone counts as committed', async (t) => {
  const { main, folder, scratchFolder } = await place(t);
  await crashAfter(halfWay, main);
  const journal = await readFile(`${main}-journal`);
  await rm(`${main}-journal`);
  await rm(main);
  const database = new Database(main);
  database.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)');
  database.exec(`INSERT INTO photos (name) VALUES ('after')`);
  database.close();
  await writeFile(`${main}-journal`, Buffer.concat([journal, pointerTo(join(folder, 'gone-mj0A1B2C3'))]));
  const before = await fingerprint(folder);
  const copy = await copyLiveDatabase({ native, main, scratchFolder });
  t.is(rowsOf(copy.file, `photos WHERE name = 'after'`), 1);
  t.deepEqual(await fingerprint(folder), before);
  await copy.dispose();
});

/** The real addon, with `meanwhile` between its work and its answer. */
function interrupted(meanwhile: (transfers: number) => Promise<void> | void): Native {
  let transfers = 0;
  return {
    ...native,
    transfer: async (items, options) => {
      const results = await native.transfer(items, options);
      await meanwhile(++transfers);
      return results;
    },
  };
}

test('a log that begins again between the two files is noticed, and the copy taken anew', async (t) => {
  const { main, scratchFolder } = await place(t);
  const database = new Database(main);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)');
  const add = () => database.prepare('INSERT INTO photos (name) VALUES (?)').run('x'.repeat(5000));
  for (let n = 0; n < 20; n++) add();
  let attempts = 0;
  const meanwhile = (transfers: number) => {
    attempts = transfers;
    if (transfers > 2) return;
    database.pragma('wal_checkpoint(RESTART)');
    for (let n = 0; n < 10; n++) add();
  };
  const copy = await copyLiveDatabase({ native: interrupted(meanwhile), main, scratchFolder });
  t.is(attempts, 3);
  t.is(rowsOf(copy.file, 'photos'), 40);
  database.close();
  await copy.dispose();
});

test('a log that only grows meanwhile is no reason to start again', async (t) => {
  const { main, scratchFolder } = await place(t);
  const database = new Database(main);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)');
  let attempts = 0;
  const meanwhile = (transfers: number) => {
    attempts = transfers;
    database.exec(`INSERT INTO photos (name) VALUES ('late')`);
  };
  const copy = await copyLiveDatabase({ native: interrupted(meanwhile), main, scratchFolder });
  t.is(attempts, 1);
  t.is(rowsOf(copy.file, 'photos'), 1);
  database.close();
  await copy.dispose();
});

test('a database that never holds still is left for later', async (t) => {
  const { main, scratchFolder } = await place(t);
  const database = new Database(main);
  database.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)');
  const meanwhile = () => void database.exec(`INSERT INTO photos (name) VALUES ('again')`);
  await rejectsWith(
    t,
    copyLiveDatabase({ native: interrupted(meanwhile), main, scratchFolder }),
    'database-busy',
  );
  t.deepEqual(await readdir(scratchFolder), []);
  database.close();
});

test('a database replaced by another file meanwhile is not mixed with it', async (t) => {
  const { main, scratchFolder } = await place(t);
  await crashAfter(`${halfWay} database.exec('COMMIT');`, main);
  const meanwhile = async (transfers: number) => {
    if (transfers > 1) return;
    const database = new Database(`${main}.new`);
    database.exec(
      `CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO photos VALUES (1, 'new')`,
    );
    database.close();
    await rename(`${main}.new`, main);
  };
  const copy = await copyLiveDatabase({ native: interrupted(meanwhile), main, scratchFolder });
  t.is(rowsOf(copy.file, 'photos'), 1);
  await copy.dispose();
});

test('a damaged database is named and its copy not kept', async (t) => {
  const { main, folder, scratchFolder } = await place(t);
  await crashAfter(`${halfWay} database.exec('COMMIT');`, main);
  const bytes = await readFile(main);
  bytes.fill(0xa5, 3 * 4096, 5 * 4096);
  await writeFile(main, bytes);
  const before = await fingerprint(folder);
  await rejectsWith(t, copyLiveDatabase({ native, main, scratchFolder }), 'database-damaged');
  await writeFile(main, 'this was a catalog once');
  await rejectsWith(t, copyLiveDatabase({ native, main, scratchFolder }), 'database-damaged');
  t.deepEqual(Object.keys(await fingerprint(folder)), Object.keys(before));
  t.deepEqual(await readdir(scratchFolder), []);
});

test('a database that needs a function of its program is copied, and said to be unchecked', async (t) => {
  const { main, scratchFolder } = await place(t);
  const database = new Database(main);
  database.exec(`CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT);
    CREATE INDEX by_name ON photos (name COLLATE NOCASE);
    INSERT INTO photos (name) VALUES ('a'), ('B')`);
  database.unsafeMode(true);
  database.pragma('writable_schema = ON');
  database.exec(`UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'LIGHTROOM') WHERE name = 'by_name'`);
  database.close();
  const copy = await copyLiveDatabase({ native, main, scratchFolder });
  t.is(copy.integrity, 'unchecked');
  t.is(rowsOf(copy.file, 'photos'), 2);
  await copy.dispose();
});

test('a name that is no text is copied like any other', async (t) => {
  const { folder, scratchFolder } = await place(t);
  const name = Buffer.concat([Buffer.from(folder), Buffer.from('/bad\xff.lrcat', 'latin1')]);
  const plain = join(folder, 'plain.db');
  await crashAfter(halfWay, plain);
  await rename(plain, name);
  await rename(`${plain}-journal`, Buffer.concat([name, Buffer.from('-journal')]));
  const copy = await copyLiveDatabase({ native, main: name, scratchFolder });
  t.is(rowsOf(copy.file, `photos WHERE name LIKE 'before%'`), 300);
  await copy.dispose();
});

test('a database that is gone is named, and so is a request to stop', async (t) => {
  const { main, scratchFolder } = await place(t);
  await rejectsWith(t, copyLiveDatabase({ native, main, scratchFolder }), 'file-vanished');
  await crashAfter(`${halfWay} database.exec('COMMIT');`, main);
  const gone = interrupted(() => rm(main));
  await rejectsWith(t, copyLiveDatabase({ native: gone, main, scratchFolder }), 'file-vanished');
  await crashAfter(`${halfWay} database.exec('COMMIT');`, main);
  const stopping = new AbortController();
  const stopped = interrupted(() => stopping.abort());
  const { signal } = stopping;
  await rejectsWith(t, copyLiveDatabase({ native: stopped, main, scratchFolder, signal }), 'stopped');
  t.deepEqual(await readdir(scratchFolder), []);
});

test('a scratch folder that cannot be written is named', async (t) => {
  const { main, folder } = await place(t);
  await crashAfter(`${halfWay} database.exec('COMMIT');`, main);
  await writeFile(join(folder, 'occupied'), '');
  const scratchFolder = join(folder, 'occupied');
  await rejectsWith(t, copyLiveDatabase({ native, main, scratchFolder }), 'home-unwritable');
});
