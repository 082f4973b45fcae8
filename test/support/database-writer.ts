/**
 * A photo program at work on its database, in a process of its own: commits in bursts until it is told to
 * stop.
 */
import Database from 'better-sqlite3';

/** Arguments: the database's path, its journal mode. Sends the number of each committed transaction. */
const [file, mode] = process.argv.slice(2);
if (file === undefined || mode === undefined) throw new Error('usage: database-writer <file> <journal mode>');

const database = new Database(file);
database.pragma(`journal_mode = ${mode}`);
// A cache this small makes transactions reach the main file before they are committed.
database.pragma('cache_size = 8');
database.pragma('synchronous = OFF');
database.exec(`
  CREATE TABLE IF NOT EXISTS done (n INTEGER PRIMARY KEY, filler TEXT);
  CREATE TABLE IF NOT EXISTS left_side (id INTEGER PRIMARY KEY, amount INTEGER, filler TEXT);
  CREATE TABLE IF NOT EXISTS right_side (id INTEGER PRIMARY KEY, amount INTEGER, filler TEXT);
`);
const filler = 'x'.repeat(300);
const setUp = database.transaction(() => {
  for (let id = 0; id < 400; id++) {
    database.prepare('INSERT OR IGNORE INTO left_side VALUES (?, 1000, ?)').run(id, filler);
    database.prepare('INSERT OR IGNORE INTO right_side VALUES (?, 1000, ?)').run(id, filler);
  }
});
setUp();

const take = database.prepare('UPDATE left_side SET amount = amount - 1 WHERE id % 7 = ?');
const give = database.prepare('UPDATE right_side SET amount = amount + 1 WHERE id % 7 = ?');
const log = database.prepare('INSERT INTO done VALUES (?, ?)');
let n = database.prepare<[], number>('SELECT coalesce(max(n), 0) FROM done').pluck().get() ?? 0;

/** Every fifth transaction changes its mind, after its pages may have reached the main file. */
const transfer = database.transaction((next: number) => {
  take.run(next % 7);
  if (next % 5 === 0 && !given.has(next)) {
    given.add(next);
    throw new Error('rolled back');
  }
  give.run(next % 7);
  log.run(next, filler);
});
const given = new Set<number>();

function step(): void {
  const next = n + 1;
  try {
    transfer(next);
    n = next;
    process.send?.(n);
  } catch (error) {
    if ((error as Error).message !== 'rolled back') throw error;
  }
  // Bursts without a pause, then a moment in which a copy can be had.
  setTimeout(step, next % 8 === 0 ? 20 : 0);
}

process.on('message', () => {
  database.close();
  process.exit(0);
});
step();
