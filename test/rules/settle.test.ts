/** Waiting until a folder is quiet. */
import test from 'ava';
import fc from 'fast-check';
import { isInside } from '../../src/base/paths.js';
import { createSettler } from '../../src/rules/settle.js';
import type { Settler } from '../../src/rules/settle.js';

const settler = (mostFolders?: number): Settler =>
  createSettler({ quietMs: 100, longestMs: 1000, ...(mostFolders === undefined ? {} : { mostFolders }) });

test('nothing is due where nothing was heard of', (t) => {
  const quiet = settler();
  t.deepEqual(quiet.due(1e12), []);
  t.is(quiet.nextDueAt(), undefined);
  t.is(quiet.waiting, 0);
});

test('a folder is due once, when it was quiet for long enough', (t) => {
  const folders = settler();
  folders.hint('2026', 'folder', 0);
  t.is(folders.nextDueAt(), 100);
  t.deepEqual(folders.due(99), []);
  folders.hint('2026', 'folder', 99);
  t.is(folders.nextDueAt(), 199);
  t.deepEqual(folders.due(198), []);
  t.deepEqual(folders.due(199), [{ folder: '2026', kind: 'folder' }]);
  t.deepEqual(folders.due(10_000), []);
});

test('a folder that never gets quiet is due after the longest wait', (t) => {
  const folders = settler();
  for (let now = 0; now < 1000; now += 50) folders.hint('tether', 'folder', now);
  t.deepEqual(folders.due(999), []);
  t.deepEqual(folders.due(1000), [{ folder: 'tether', kind: 'folder' }]);
});

test('each folder waits for itself', (t) => {
  const folders = settler();
  folders.hint('a', 'folder', 0);
  folders.hint('b', 'folder', 80);
  t.deepEqual(folders.due(100), [{ folder: 'a', kind: 'folder' }]);
  t.is(folders.nextDueAt(), 180);
  t.deepEqual(folders.due(180), [{ folder: 'b', kind: 'folder' }]);
});

test('a tree swallows the hints below it, and has waited as long as the first of them', (t) => {
  const folders = settler();
  folders.hint('2026/a', 'folder', 0);
  folders.hint('2026b', 'folder', 0);
  folders.hint('2026', 'tree', 950);
  t.is(folders.waiting, 2);
  t.deepEqual(folders.due(1000), [
    { folder: '2026b', kind: 'folder' },
    { folder: '2026', kind: 'tree' },
  ]);
});

test('a hint below a waiting tree keeps the tree waiting, and adds nothing', (t) => {
  const folders = settler();
  folders.hint('2026', 'tree', 0);
  folders.hint('2026/a/b', 'folder', 90);
  folders.hint('2026', 'folder', 95);
  t.is(folders.waiting, 1);
  t.deepEqual(folders.due(100), []);
  t.deepEqual(folders.due(195), [{ folder: '2026', kind: 'tree' }]);
});

test('a folder hint that becomes a tree stays one', (t) => {
  const folders = settler();
  folders.hint('2026', 'folder', 0);
  folders.hint('2026', 'tree', 10);
  t.deepEqual(folders.due(110), [{ folder: '2026', kind: 'tree' }]);
});

test('when events are lost everything is looked at, once', (t) => {
  const folders = settler();
  folders.hint('a', 'folder', 0);
  folders.hint('b', 'tree', 0);
  folders.lost(10);
  t.is(folders.waiting, 1);
  t.deepEqual(folders.due(110), [{ folder: '', kind: 'tree' }]);
});

test('names that are not UTF-8 lie below their folders', (t) => {
  const folders = settler();
  folders.hint('/caf%E9/a', 'folder', 0);
  folders.hint('b', 'folder', 0);
  folders.hint('/caf%E9', 'tree', 0);
  t.is(folders.waiting, 2);
  folders.hint('', 'tree', 0);
  t.is(folders.waiting, 1);
});

test('too many folders become one look at the whole source', (t) => {
  const folders = settler();
  for (let at = 0; at < 2000; at++) folders.hint(`f${at}`, 'folder', 0);
  t.is(folders.waiting, 2000);
  folders.hint('one more', 'folder', 5);
  t.is(folders.waiting, 1);
  t.deepEqual(folders.due(105), [{ folder: '', kind: 'tree' }]);
});

test('a clock that is set back by an hour delays nothing', (t) => {
  const folders = settler();
  folders.hint('a', 'folder', 3_600_000);
  t.deepEqual(folders.due(50), []);
  t.is(folders.nextDueAt(), 150);
  t.deepEqual(folders.due(150), [{ folder: 'a', kind: 'folder' }]);
});

test('whatever is hinted is looked at, and no later than the longest wait', (t) => {
  const folder = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }).map((names) => names.join('/'));
  const hint = fc.record({
    folder,
    kind: fc.constantFrom('folder' as const, 'tree' as const),
    afterMs: fc.nat({ max: 150 }),
  });
  fc.assert(
    fc.property(fc.array(hint, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (hints, most) => {
      const folders = settler(most);
      const open: { folder: string; kind: 'folder' | 'tree'; at: number }[] = [];
      let now = 0;
      const look = (): void => {
        const found = folders.due(now);
        const covers = (asked: (typeof open)[number]): boolean =>
          found.some(
            (each) =>
              (each.folder === asked.folder && (each.kind === 'tree' || asked.kind === 'folder')) ||
              (each.kind === 'tree' && isInside(each.folder, asked.folder)),
          );
        const left = open.filter((asked) => !covers(asked));
        open.splice(0, open.length, ...left);
        t.true(open.every((asked) => asked.at + 1000 > now));
        t.is(folders.waiting === 0, folders.nextDueAt() === undefined);
        t.true(folders.waiting <= most);
      };
      for (const each of hints) {
        now += each.afterMs;
        look();
        folders.hint(each.folder, each.kind, now);
        open.push({ folder: each.folder, kind: each.kind, at: now });
      }
      now += 1000;
      look();
      t.deepEqual(open, []);
    }),
  );
});
