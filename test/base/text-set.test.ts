/** What was added is found, whatever it is; what was not is not, as good as always. */
import test from 'ava';
import fc from 'fast-check';
import { TextSet } from '../../src/base/text-set.js';

test('an empty set holds nothing, not even the empty text', (t) => {
  const set = new TextSet();
  t.false(set.has(''));
  set.add('');
  t.true(set.has(''));
  t.false(set.has('\0'));
});

test('paths that differ in little are told apart, and none is lost when the set grows', (t) => {
  const set = new TextSet();
  const paths: string[] = [];
  for (let n = 0; n < 50_000; n++) paths.push(`2026/shoot ${n % 100}/IMG_${n}.CR3`);
  for (const path of paths) {
    t.false(set.has(path));
    set.add(path);
  }
  t.true(paths.every((path) => set.has(path)));
  t.false(paths.some((path) => set.has(`${path}.xmp`)));
});

test('a set answers as one of whole texts does', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' })),
      fc.array(fc.string({ unit: 'binary' })),
      (some, more) => {
        const [set, whole] = [new TextSet(), new Set(some)];
        for (const text of [...some, ...some]) set.add(text);
        return [...some, ...more].every((text) => set.has(text) === whole.has(text));
      },
    ),
  );
  t.pass();
});
