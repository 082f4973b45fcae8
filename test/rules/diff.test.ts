/** What changed in a folder, and which missing files only moved. */
import test from 'ava';
import type { Entry } from '../../src/base/types.js';
import { diffFolder, matchMoves } from '../../src/rules/diff.js';
import type { GoneFile, NewFile, SeenFile } from '../../src/rules/diff.js';
import type { SeenRow } from '../../src/store/catalog/types.js';

const noon = Date.UTC(2026, 10, 21, 12) * 1000;

function entry(name: string, more: Partial<Entry> = {}): Entry {
  return { name, kind: 'file', bytes: 10, modifiedUs: noon, inode: '1', device: '1', ...more };
}

function seen(fileKey: number, name: string, more: Partial<SeenFile> = {}): SeenFile {
  return {
    fileKey,
    name,
    kind: 'file',
    bytes: 10,
    modifiedUs: noon,
    target: undefined,
    present: true,
    ...more,
  };
}

const disk = { fat: false };

test('a file that became a socket is gone and named, and never kept', (t) => {
  const socket = entry('a', { kind: 'special' });
  const diff = diffFolder([seen(1, 'a')], [socket, entry('pipe', { kind: 'special' })], disk);
  t.deepEqual(diff.gone, [1]);
  t.deepEqual(
    diff.special.map(({ name }) => name),
    ['a', 'pipe'],
  );
  t.deepEqual(diff.added, []);
});

test('what is as it was is only counted', (t) => {
  const diff = diffFolder([seen(1, 'a'), seen(2, 'b')], [entry('a'), entry('b')], disk);
  t.is(diff.unchanged, 2);
  t.deepEqual({ ...diff, unchanged: 0 }, diffFolder([], [], disk));
});

test('an empty folder of an empty catalog differs in nothing', (t) => {
  t.deepEqual(diffFolder([], [], disk), {
    added: [],
    changed: [],
    unchanged: 0,
    gone: [],
    returned: [],
    special: [],
    fresh: [],
  });
});

test('each change has its reason', (t) => {
  const rows = [
    seen(1, 'bytes'),
    seen(2, 'time'),
    seen(3, 'kind'),
    seen(4, 'link', { kind: 'link', target: 'a' }),
    seen(5, 'same link', { kind: 'link', target: 'a' }),
  ];
  const entries = [
    entry('bytes', { bytes: 11 }),
    entry('time', { modifiedUs: noon + 1 }),
    entry('kind', { kind: 'link', target: 'a' }),
    entry('link', { kind: 'link', target: 'b' }),
    entry('same link', { kind: 'link', target: 'a' }),
  ];
  const diff = diffFolder(rows, entries, disk);
  t.deepEqual(
    diff.changed.map(({ fileKey, reason }) => [fileKey, reason]),
    [
      [1, 'content'],
      [2, 'time'],
      [3, 'kind'],
      [4, 'content'],
    ],
  );
  t.is(diff.unchanged, 1);
});

test('after a flight every file of a FAT card wants hashing, and none is taken for changed', (t) => {
  const rows = [seen(1, 'a'), seen(2, 'b')];
  const entries = ['a', 'b'].map((name) => entry(name, { modifiedUs: noon + 3 * 3_600_000_000 }));
  const diff = diffFolder(rows, entries, { fat: true });
  t.deepEqual(
    diff.changed.map(({ reason }) => reason),
    ['time', 'time'],
  );
});

test('what was there and is not is gone; what was missing before is not gone again', (t) => {
  const diff = diffFolder([seen(1, 'a'), seen(2, 'b', { present: false })], [], disk);
  t.deepEqual(diff.gone, [1]);
});

test('what was missing and is there again has returned, the same or not', (t) => {
  const rows = [seen(1, 'a', { present: false }), seen(2, 'b', { present: false })];
  const diff = diffFolder(rows, [entry('a'), entry('b', { modifiedUs: noon + 5 })], disk);
  t.deepEqual(
    diff.returned.map(({ fileKey, same }) => [fileKey, same]),
    [
      [1, true],
      [2, false],
    ],
  );
  t.deepEqual(diff.changed, []);
  t.is(diff.unchanged, 0);
});

test('folders below are not entries of this one, and an empty folder stands for itself', (t) => {
  const empty = entry('', { kind: 'folder', bytes: 4096, modifiedUs: noon + 9 });
  const diff = diffFolder(
    [seen(1, '', { kind: 'folder', bytes: 0 })],
    [empty, entry('sub', { kind: 'folder' })],
    disk,
  );
  t.is(diff.unchanged, 1);
  t.deepEqual(diffFolder([], [empty], disk).added, [empty]);
  // The folder was filled: it is no longer remembered as empty.
  t.deepEqual(diffFolder([seen(1, '', { kind: 'folder' })], [entry('a')], disk).gone, [1]);
});

test('a file that became a folder is gone', (t) => {
  const diff = diffFolder([seen(1, 'a')], [entry('a', { kind: 'folder' })], disk);
  t.deepEqual(diff.gone, [1]);
});

test('names that differ in case or normal form are different files', (t) => {
  const diff = diffFolder([seen(1, 'caf\u00e9')], [entry('cafe\u0301'), entry('CAF\u00c9')], disk);
  t.deepEqual(diff.gone, [1]);
  t.is(diff.added.length, 2);
});

test('a file modified within the tick of its clock is put off, for longer on FAT', (t) => {
  const at = (agoUs: number): Entry => entry('a', { modifiedUs: noon - agoUs });
  const rows = [seen(1, 'a')];
  t.is(diffFolder(rows, [at(9_999)], { fat: false, nowUs: noon }).fresh.length, 1);
  t.is(diffFolder(rows, [at(10_000)], { fat: false, nowUs: noon }).changed.length, 1);
  t.is(diffFolder(rows, [at(1_999_999)], { fat: true, nowUs: noon }).fresh.length, 1);
  t.is(diffFolder(rows, [at(2_000_000)], { fat: true, nowUs: noon }).changed.length, 1);
  // A time in the future says that the clocks disagree: waiting would not help.
  t.is(diffFolder(rows, [at(-5)], { fat: true, nowUs: noon }).changed.length, 1);
  t.deepEqual(diffFolder(rows, [at(1)], { fat: false, nowUs: noon }).gone, []);
});

test('rows of the catalog are what the diff takes', (t) => {
  const row: SeenRow = { ...seen(1, 'a'), inode: '1', device: '1', b3: undefined };
  t.is(diffFolder([row], [entry('a')], disk).unchanged, 1);
});

function gone(fileKey: number, path: string, more: Partial<GoneFile> = {}): GoneFile {
  return { fileKey, path, kind: 'file', bytes: 10, modifiedUs: noon + 7, inode: '5', device: '1', ...more };
}

function found(path: string, more: Partial<NewFile> = {}): NewFile {
  return { path, kind: 'file', bytes: 10, modifiedUs: noon + 7, inode: '5', device: '1', ...more };
}

const keysOf = (result: ReturnType<typeof matchMoves<GoneFile, NewFile>>): unknown => ({
  moves: result.moves.map(({ from, to }) => [from.fileKey, to.path]),
  candidates: result.candidates.map(({ to, from }) => [to.path, from.map(({ fileKey }) => fileKey)]),
});

test('hard links have one identity between them, so their bytes decide', (t) => {
  const twoGone = matchMoves([gone(1, 'a'), gone(2, 'b')], [found('c')]);
  t.deepEqual(keysOf(twoGone), { moves: [], candidates: [['c', [1, 2]]] });
  const twoNew = matchMoves([gone(1, 'a')], [found('b'), found('c')]);
  t.deepEqual(keysOf(twoNew), {
    moves: [],
    candidates: [
      ['b', [1]],
      ['c', [1]],
    ],
  });
});

test('an inode of another device is another file', (t) => {
  const result = matchMoves([gone(1, 'a')], [found('b', { device: '2' })]);
  t.deepEqual(keysOf(result), { moves: [], candidates: [['b', [1]]] });
});

test('an inode that was given to a file of other size or time is another file', (t) => {
  t.deepEqual(keysOf(matchMoves([gone(1, 'a')], [found('b', { bytes: 11 })])), { moves: [], candidates: [] });
  t.deepEqual(keysOf(matchMoves([gone(1, 'a')], [found('b', { modifiedUs: noon })])), {
    moves: [],
    candidates: [],
  });
});

test('a frame that got the inode of its deleted neighbour in a burst is hashed, not believed', (t) => {
  const burst = { modifiedUs: noon };
  const result = matchMoves([gone(1, 'shoot/IMG_0001.ARW', burst)], [found('shoot/IMG_0002.ARW', burst)]);
  t.deepEqual(keysOf(result), { moves: [], candidates: [['shoot/IMG_0002.ARW', [1]]] });
});

test('files without a known inode are matched by content only', (t) => {
  for (const inode of [undefined, '0']) {
    const result = matchMoves([gone(1, 'a', { inode })], [found('b', { inode })]);
    t.deepEqual(keysOf(result), { moves: [], candidates: [['b', [1]]] });
  }
  const unstable = matchMoves([gone(1, 'a')], [found('b')], { stableInodes: false });
  t.deepEqual(keysOf(unstable), { moves: [], candidates: [['b', [1]]] });
});

test('empty files, links and folders never move', (t) => {
  const nothing = { moves: [], candidates: [] };
  t.deepEqual(keysOf(matchMoves([gone(1, 'a', { bytes: 0 })], [found('b', { bytes: 0 })])), nothing);
  t.deepEqual(keysOf(matchMoves([gone(1, 'a', { kind: 'link' })], [found('b', { kind: 'link' })])), nothing);
});

test('a renamed folder of a thousand files, copied off a card with whole seconds, is all moves', (t) => {
  const numbers = Array.from({ length: 1000 }, (_, at) => at);
  const common = (at: number): Partial<GoneFile> => ({ inode: `${at + 100}`, modifiedUs: noon });
  const result = matchMoves(
    numbers.map((at) => gone(at, `old/IMG_${at}.jpg`, common(at))),
    numbers.map((at) => found(`new/IMG_${at}.jpg`, common(at))),
  );
  t.is(result.moves.length, 1000);
  t.true(result.moves.every(({ from, to }) => from.path.slice(4) === to.path.slice(4)));
  t.deepEqual(result.candidates, []);
});

test('a renamed file whose time is finer than a second is a move', (t) => {
  t.deepEqual(keysOf(matchMoves([gone(1, 'a')], [found('b')])), { moves: [[1, 'b']], candidates: [] });
});

test('a file that moved is no longer a candidate for others', (t) => {
  const result = matchMoves(
    [gone(1, 'a'), gone(2, 'b', { inode: '6' })],
    [found('c'), found('d', { inode: '9' })],
  );
  t.deepEqual(keysOf(result), { moves: [[1, 'c']], candidates: [['d', [2]]] });
});
