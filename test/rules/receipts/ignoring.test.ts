/** Patterns as ASC MHL takes them from git. */
import test from 'ava';
import { pathFromBytes } from '../../../src/base/paths.js';
import { ignoring } from '../../../src/rules/receipts/ignoring.js';

const cases: readonly [patterns: string[], out: string[], kept: string[]][] = [
  [[], [], ['a', '.DS_Store']],
  [
    ['.DS_Store', 'ascmhl', 'ascmhl/'],
    ['.DS_Store', 'a/.DS_Store', 'a/ascmhl/1.mhl'],
    ['a', 'ascmhl.txt'],
  ],
  [['*.tmp'], ['a.tmp', 'b/c.tmp'], ['a.TMP', 'a.tmp.jpg']],
  [['build/'], ['build/a', 'b/build/c'], ['build']],
  [['/a/*.jpg'], ['a/b.jpg'], ['b/a/b.jpg', 'a/c/b.jpg']],
  [['**/cache'], ['cache', 'a/b/cache/c'], ['cached']],
  [['*', '!*.jpg'], ['a.txt'], ['a.jpg']],
  [['Glassine receipt *'], ['Glassine receipt 0001.html'], ['Glassine receipt', 'My Glassine receipt 1']],
  [['# a comment', '', 'a[0-2]'], ['a1'], ['a3', '# a comment']],
];
for (const [patterns, out, kept] of cases) {
  test(`${JSON.stringify(patterns)} leave out what they say`, (t) => {
    const isOut = ignoring(patterns);
    for (const path of out) t.true(isOut(path), path);
    for (const path of kept) t.false(isOut(path), path);
  });
}

test('a name that is not UTF-8 fits no pattern', (t) => {
  t.false(ignoring(['*'])(pathFromBytes(Buffer.from([0x61, 0xff]))));
  t.false(ignoring(['*'])(''));
});
