/** What of a folder its receipts cover. */
import test from 'ava';
import { type Listing, planCheck } from '../../../src/rules/receipts/plan-check.js';
import type { Statement } from '../../../src/rules/receipts/statements.js';

function listing(files: readonly string[], more: Partial<Listing> = {}): Listing {
  return { files: new Map(files.map((path) => [path, 1])), folders: new Set(), others: new Map(), ...more };
}

interface Shape {
  readonly folder?: string;
  readonly files: readonly string[];
  readonly folders?: readonly string[];
  readonly patterns?: readonly string[];
  readonly latest?: readonly string[];
  readonly hashless?: boolean;
}

function statement(shape: Shape): Statement {
  const { folder = '', files, folders = [], patterns, latest = files, hashless = false } = shape;
  const hashes = hashless ? [] : [{ format: 'b3', digest: '1' } as const];
  return {
    receipt: folder === '' ? 'list' : `${folder}/list`,
    folder,
    files: new Map(files.map((path) => [path, hashes])),
    folders: new Set(folders),
    outside: [],
    ...(patterns && { leavesOut: { patterns, butNames: new Set(latest) } }),
  };
}

const pathsOf = (list: readonly { readonly path: string }[]): string[] => list.map(({ path }) => path);

test('what is stated and not there is missing, also folders, also where a folder took its place', (t) => {
  const plan = planCheck(listing(['a'], { folders: new Set(['b', 'F']) }), [
    statement({ files: ['a', 'b', 'c'], folders: ['F', 'G'] }),
  ]);
  t.deepEqual(plan.missing, [
    { path: 'b', receipt: 'list' },
    { path: 'c', receipt: 'list' },
    { path: 'G', receipt: 'list' },
  ]);
  t.deepEqual(pathsOf(plan.files), ['a']);
});

test('what no receipt speaks of is new; receipts themselves are not', (t) => {
  const found = [
    'a',
    'x/b',
    'BLAKE3SUMS',
    'Glassine receipt 0001.html',
    'c.mhl',
    'd.b3',
    'ascmhl/1.mhl',
    'x/ascmhl/2',
  ];
  const plan = planCheck(listing(found), [statement({ files: ['a'] })]);
  t.deepEqual(plan.uncovered, [{ path: 'x/b', why: 'new' }]);
});

test('links and devices are named, never followed', (t) => {
  const others = new Map([['a', 'link'] as const, ['b', 'special'] as const]);
  const plan = planCheck(listing([], { others }), [statement({ files: ['a'] })]);
  t.deepEqual(plan.uncovered, [
    { path: 'a', why: 'link' },
    { path: 'b', why: 'special' },
  ]);
  t.deepEqual(plan.missing, []);
});

test('a file without a hash was not covered', (t) => {
  t.deepEqual(planCheck(listing(['a']), [statement({ files: ['a'], hashless: true })]).uncovered, [
    { path: 'a', why: 'no-hash' },
  ]);
});

test('what the latest generation leaves out is neither missing nor new, unless it names it itself', (t) => {
  const found = listing(['a', 'b.tmp', 'c.tmp', 'd.tmp']);
  const plan = planCheck(found, [
    statement({ files: ['a', 'b.tmp', 'c.tmp', 'gone.tmp'], patterns: ['*.tmp'], latest: ['a', 'b.tmp'] }),
  ]);
  t.deepEqual(pathsOf(plan.files), ['a', 'b.tmp']);
  t.deepEqual(plan.missing, []);
  t.deepEqual(plan.uncovered, [
    { path: 'c.tmp', why: 'ignored' },
    { path: 'd.tmp', why: 'ignored' },
  ]);
});

test('a list of sums covers what a history leaves out', (t) => {
  const plan = planCheck(listing(['a.tmp']), [
    statement({ files: [], patterns: ['*.tmp'] }),
    statement({ files: ['a.tmp'] }),
  ]);
  t.deepEqual(pathsOf(plan.files), ['a.tmp']);
});

test('of histories inside each other the outer one says what is left out', (t) => {
  const found = listing(['A/a.tmp', 'A/b.bak', 'B/c.bak', '.DS_Store']);
  const plan = planCheck(found, [
    statement({ folder: 'A/inner', files: [], patterns: ['*.bak'] }),
    statement({ folder: 'A', files: [], patterns: ['*.tmp'] }),
  ]);
  t.deepEqual(plan.uncovered, [
    { path: 'A/a.tmp', why: 'ignored' },
    { path: 'A/b.bak', why: 'new' },
    { path: 'B/c.bak', why: 'new' },
    { path: '.DS_Store', why: 'ignored' },
  ]);
});

test('a name is found in its other normal form, and behind the slashes of Windows', (t) => {
  const plan = planCheck(listing(['e\u0301', 'x/y']), [statement({ files: ['\u00e9', 'x\\y'] })]);
  t.deepEqual(pathsOf(plan.files), ['e\u0301', 'x/y']);
  t.deepEqual(plan.missing, []);
  t.deepEqual(plan.uncovered, []);
});

test('several receipts of one file are all held against it', (t) => {
  const plan = planCheck(listing(['A/a']), [
    statement({ files: ['A/a'] }),
    statement({ folder: 'A', files: ['a'] }),
  ]);
  t.deepEqual(
    plan.files[0]?.claims.map(({ receipt }) => receipt),
    ['list', 'A/list'],
  );
});
