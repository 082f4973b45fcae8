/** Where paths in receipts lead. */
import test from 'ava';
import { insidePath } from '../../../src/rules/receipts/inside.js';

for (const path of ['', '.', '/', '/a', '..', 'a/../../b', 'a/..', '../a', 'C:\\a', 'c:/a', 'a\0']) {
  test(`${JSON.stringify(path)} is followed by nobody`, (t) => {
    t.is(insidePath(path), undefined);
  });
}

test('what stays inside is made plain', (t) => {
  t.is(insidePath('a'), 'a');
  t.is(insidePath('./a//b/./c/'), 'a/b/c');
  t.is(insidePath('..a/b..'), '..a/b..');
  t.is(insidePath('a\\b'), 'a\\b');
});
