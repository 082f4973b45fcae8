/** Lists of b3sum. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { isSumName, readSums, withSums, writeSumLine } from '../../../src/rules/receipts/b3sums.js';
import { native } from '../../../src/platform/native.js';
import { mustRun } from '../../support/commands.js';
import { testWith } from '../../support/needs.js';
import { temporaryFolder } from '../../support/trees.js';

const b3 = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';

test('lines that are none are told as such', (t) => {
  const lines = ['x', b3, `${b3} a`, `${b3}  `, `${b3.slice(1)}  a`, `\\${b3}  a\\q`, `\\${b3}  a\\`];
  t.deepEqual(
    readSums(lines.join('\n')),
    lines.map(() => undefined),
  );
});

test('capitals, the binary mark and the line ends of Windows are taken', (t) => {
  t.deepEqual(readSums(`${b3.toUpperCase()} *a b\r\n\r\n`), [{ path: 'a b', b3 }]);
});

test('some names no list can hold', (t) => {
  for (const name of ['-', 'a\0b', 'a\rb', 'a\ufffdb', 'a\ud800']) t.false(isSumName(name));
  for (const name of ['a\nb', 'a\\b', ' a ', '\\n', 'é', '#a']) t.true(isSumName(name));
});

const names = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('\\', '\n', 'n', 'r', ' ', 'a'), minLength: 1, maxLength: 8 }),
);

test('every name that a list can hold is read back', (t) => {
  fc.assert(
    fc.property(names, (path) => {
      fc.pre(isSumName(path));
      t.deepEqual(readSums(writeSumLine({ path, b3 })), [{ path, b3 }]);
    }),
  );
});

test('what is said anew takes the place of what was said, and nothing else is lost', (t) => {
  const other = 'b'.repeat(64);
  const before = `# mine\n${b3}  a\r\n${b3}  b\n`;
  const list = withSums(before, [
    { path: 'a', b3: other },
    { path: 'c', b3 },
  ]);
  t.is(list, `# mine\n${b3}  b\n${other}  a\n${b3}  c\n`);
  t.is(withSums('', []), '');
});

testWith(['b3sum'], 'b3sum takes every such name for what it is', async (t) => {
  const folder = await temporaryFolder(t);
  const odd = [
    'plain',
    'a\nb',
    'back\\slash',
    '\\n',
    ' space ',
    '--',
    '\u{1f4f7}',
    'quote\'"',
    '\\',
    'a\n',
    '*',
  ];
  const lines: string[] = [];
  for (const [at, path] of odd.entries()) {
    const bytes = Buffer.from(`content ${at}`);
    await writeFile(join(folder, path), bytes);
    lines.push(writeSumLine({ path, b3: native.hash(bytes) }));
  }
  await writeFile(join(folder, 'list'), lines.join(''));
  await t.notThrowsAsync(mustRun('b3sum', ['--check', 'list'], { cwd: folder }));
  const written = await mustRun('b3sum', ['--', ...odd], { cwd: folder });
  t.deepEqual(
    readSums(written).map((line) => line?.path),
    odd,
  );
});
