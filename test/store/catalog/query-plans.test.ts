/** What the catalog asks SQLite follows an index: nothing reads a library to tell of one file. */
import test from 'ava';
import Database from 'better-sqlite3';
import { Catalog } from '../../../src/store/catalog/catalog.js';

interface Plan {
  readonly sql: string;
  readonly steps: readonly string[];
}

function planOf(prepare: (sql: string) => Database.Statement, sql: string): Plan {
  const names = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, 1]);
  const places = Array.from({ length: sql.split('?').length - 1 }, () => 1);
  const values: unknown[] = names.length > 0 ? [Object.fromEntries(names)] : places;
  const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
  return { sql: sql.replaceAll(/\s+/g, ' ').trim(), steps: rows.map((row) => row.detail) };
}

/** How SQLite will go about every statement that a catalog prepares. */
function plansOfCatalog(): Plan[] {
  const plans: Plan[] = [];
  const real = Reflect.get(Database.prototype, 'prepare') as (sql: string) => Database.Statement;
  Reflect.set(Database.prototype, 'prepare', function note(this: Database.Database, sql: string) {
    const statement = real.call(this, sql);
    plans.push(planOf(real.bind(this), sql));
    return statement;
  });
  try {
    Catalog.open(':memory:').close();
  } finally {
    Reflect.set(Database.prototype, 'prepare', real);
  }
  return plans;
}

/** Questions about everything by nature: words in any path, a whole vault, all that a vault may lack. */
const aboutEverything = [
  /json_each\(@patterns\)/,
  /^SELECT d.source_key AS sourceKey, count\(\*\) AS files, sum\(s.bytes\)/,
  /^SELECT DISTINCT file_key FROM versions/,
  /^DELETE FROM stored WHERE vault_key = \?$/,
  /^SELECT count\(\*\) AS files, .* FROM files f CROSS JOIN folders d/,
];

/** Indexes of a few rows among many. */
const ofFew = /INDEX (files_gone|stored_damaged)/;

test('no statement reads all files, versions or copies, but those about all of them', (t) => {
  const plans = plansOfCatalog();
  t.true(plans.length > 60);
  for (const { sql, steps } of plans) {
    if (aboutEverything.some((pattern) => pattern.test(sql))) continue;
    const scans = steps.filter(
      (step) => /^SCAN (f|files|v|versions|s|stored)\b/.test(step) && !ofFew.test(step),
    );
    t.deepEqual(scans, [], sql);
  }
  for (const pattern of aboutEverything)
    t.true(
      plans.some(({ sql }) => pattern.test(sql)),
      String(pattern),
    );
});

test('what is asked a page at a time is found in order, not sorted for each page', (t) => {
  const paged = plansOfCatalog().filter(({ sql }) => /LIMIT (@limit|\?)$/.test(sql));
  t.true(paged.length > 6);
  for (const { sql, steps } of paged) {
    // All that match are needed to name the newest; files that are gone are few.
    if (/json_each\(@patterns\)/.test(sql) || steps.some((step) => ofFew.test(step))) continue;
    t.deepEqual(
      steps.filter((step) => step.startsWith('USE TEMP B-TREE')),
      [],
      sql,
    );
  }
});
