/** Names in a target folder: as they were where that can be, never two alike, never outside. */
import test from 'ava';
import fc from 'fast-check';
import { pathBytes, pathFromBytes } from '../../../src/base/paths.js';
import { foldKey } from '../../../src/rules/stored-names.js';
import type { TargetRules } from '../../../src/work/parts/target-folder.js';
import { TargetNames } from '../../../src/work/restore/target-names.js';

const linux: TargetRules = {
  caseSensitive: true,
  normalizing: false,
  refusedCharacters: '',
  trailingDots: true,
  reservedNames: true,
  longestName: { length: 255, unit: 'bytes' },
  anyBytes: true,
};

const exfat: TargetRules = {
  caseSensitive: false,
  normalizing: true,
  refusedCharacters: '"*:<>?\\|',
  trailingDots: false,
  reservedNames: true,
  longestName: { length: 255, unit: 'utf16' },
  anyBytes: false,
};

test('a path that a hostile ledger spells never leads out of the folder', (t) => {
  const hostile = [
    '..',
    '../../etc/passwd',
    '/..',
    '/%2E%2E',
    '/../etc/passwd',
    'a/../../b',
    '.',
    '/%2F',
    'a/./b',
  ];
  for (const rules of [linux, exfat]) {
    for (const path of hostile) {
      const { target } = new TargetNames(rules).file(path);
      const names = pathBytes(target).toString('latin1').split('/');
      t.false(names.includes('..') || names.includes('.') || names.includes(''), `${path} became ${target}`);
    }
  }
});

test('names that the volume can hold stay as they are, whatever their bytes', (t) => {
  const names = new TargetNames(linux);
  const path = pathFromBytes(Buffer.from('bad \xff name', 'latin1'));
  t.deepEqual(names.file(path), { target: path, renamed: false });
  t.deepEqual(names.file('con.jpg'), { target: 'con.jpg', renamed: false });
  t.deepEqual(names.folder('a:b. '), { target: 'a:b. ', renamed: false });
  t.like(new TargetNames(exfat).file(path), { target: 'bad %FF name', renamed: true });
});

test('files that the volume does not tell apart get names of their own, and that is said', (t) => {
  const names = new TargetNames(exfat);
  t.is(names.file('a.jpg').target, 'a.jpg');
  const twin = names.file('A.JPG');
  t.true(twin.renamed);
  t.regex(twin.target, /^A \(~[0-9a-f]{6}\)\.JPG$/);
  t.is(names.folder('b').target, 'b');
  t.true(names.file('B').renamed, 'a folder has that name');
  t.deepEqual(names.file('what?/c.jpg'), { target: 'what%3F/c.jpg', renamed: true });
});

test('no two names are ever alike to the volume', (t) => {
  // No name is empty, or holds a slash or a NUL.
  const name = fc.oneof(
    fc.constantFrom('a', 'A', 'a.jpg', 'A.jpg', 'a%3F', 'a?', 'é', 'e\u0301', '~', 'a.', 'con'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).map((text) => text.replace(/[/\0]/g, '_')),
    fc
      .uint8Array({ minLength: 1, maxLength: 4 })
      .map((bytes) => pathFromBytes(bytes.map((byte) => (byte === 0x2f || byte === 0 ? 0x5f : byte)))),
  );
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => {
    const bytes = parts.map((part) => pathBytes(part).toString('latin1').replaceAll('/', '_')).join('/');
    return pathFromBytes(Buffer.from(bytes, 'latin1'));
  });
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 30 }), fc.constantFrom(linux, exfat), (paths, rules) => {
      const names = new TargetNames(rules);
      const targets = paths.map((each) => foldKey(names.file(each).target, rules));
      return new Set(targets).size === targets.length;
    }),
    { numRuns: 400 },
  );
  t.pass();
});
