/** Paths inside a source: one canonical text for any bytes. */
import test from 'ava';
import fc from 'fast-check';
import {
  absolutePath,
  isEscaped,
  isInside,
  joinPath,
  pathBytes,
  pathFromBytes,
  splitPath,
  targetBytes,
  targetFromBytes,
} from '../../src/base/paths.js';
import { hostileNames } from '../support/hostile-names.js';

/**
 * A name as a file system may hold it: any bytes but NUL and `/`, and not one of the two that mean folders.
 */
const nameBytes = fc
  .oneof(
    fc.uint8Array({ min: 1, minLength: 1, maxLength: 12 }),
    fc
      .string({ unit: 'binary', minLength: 1, maxLength: 12 })
      .map((text) => Buffer.from(text.replaceAll('\0', 'x'))),
    fc.constantFrom('a', '%', '%41', 'caf\u00e9', ' ', '-', '\n', '\ufeffa').map((text) => Buffer.from(text)),
  )
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0x5f : byte))))
  .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));

const pathOfNames = fc.array(nameBytes, { minLength: 1, maxLength: 5 });

function bytesOf(names: readonly Buffer[]): Buffer {
  return Buffer.concat(names.flatMap((name, at) => (at === 0 ? [name] : [Buffer.from('/'), name])));
}

test('malformed escapes are refused, not guessed', (t) => {
  for (const path of ['/%', '/%4', '/a%4g', '/%%41', '/caf\u00e9', '/\u4e2d', '/a\n'])
    t.throws(() => pathBytes(path), { instanceOf: RangeError });
});

test('every sequence of bytes has one text, and the text gives the bytes back', (t) => {
  fc.assert(
    fc.property(pathOfNames, (names) => {
      const bytes = bytesOf(names);
      const path = pathFromBytes(bytes);
      t.true(pathBytes(path).equals(bytes));
      t.is(pathFromBytes(pathBytes(path)), path);
      t.notRegex(path, /\p{Surrogate}/u);
      t.false(path.includes('\ufffd') && !bytes.includes(Buffer.from('\ufffd')));
    }),
  );
});

test('different bytes never share a text', (t) => {
  fc.assert(
    fc.property(pathOfNames, pathOfNames, (one, other) => {
      const [a, b] = [bytesOf(one), bytesOf(other)];
      t.is(pathFromBytes(a) === pathFromBytes(b), a.equals(b));
    }),
  );
});

test('UTF-8 stays as it is, byte order marks included, and anything else is escaped with a flag', (t) => {
  t.is(pathFromBytes(Buffer.from('2026/caf\u00e9 100%.jpg')), '2026/caf\u00e9 100%.jpg');
  t.is(pathFromBytes(Buffer.from('\ufeffa.jpg')), '\ufeffa.jpg');
  t.is(pathFromBytes(Buffer.from('636166e92e6a7067', 'hex')), '/caf%E9.jpg');
  t.is(pathFromBytes(Buffer.from('25ff2f41', 'hex')), '/%25%FF/A');
  // A surrogate is no character: written as three bytes it is not UTF-8.
  t.true(isEscaped(pathFromBytes(Buffer.from('61eda080', 'hex'))));
});

test('each of the hostile names comes back byte for byte', (t) => {
  t.is(hostileNames.length, 155);
  t.is(new Set(hostileNames.map(({ name }) => name)).size, 155);
  for (const { name, bytes } of hostileNames) t.true(pathBytes(name).equals(bytes));
});

test('joining and splitting are inverse, whatever part is not UTF-8', (t) => {
  fc.assert(
    fc.property(pathOfNames, (names) => {
      const path = pathFromBytes(bytesOf(names));
      const { folder, name } = splitPath(path);
      t.is(folder, pathFromBytes(bytesOf(names.slice(0, -1))));
      t.is(name, pathFromBytes(names.at(-1) ?? Buffer.alloc(0)));
      t.is(joinPath(folder, name), path);
    }),
  );
});

test('joining is associative, and the root and an empty name change nothing', (t) => {
  fc.assert(
    fc.property(pathOfNames, pathOfNames, (outer, inner) => {
      const [a, b] = [pathFromBytes(bytesOf(outer)), pathFromBytes(bytesOf(inner))];
      t.is(joinPath(a, b), pathFromBytes(bytesOf([...outer, ...inner])));
      t.is(joinPath('', a), a);
      t.is(joinPath(a, ''), a);
    }),
  );
});

test('a path is inside exactly those folders whose names it begins with', (t) => {
  fc.assert(
    fc.property(pathOfNames, pathOfNames, (outer, inner) => {
      const folder = pathFromBytes(bytesOf(outer));
      t.true(isInside('', folder));
      t.true(isInside(folder, folder));
      t.true(isInside(folder, joinPath(folder, pathFromBytes(bytesOf(inner)))));
      const begins = outer.every((name, at) => inner[at]?.equals(name));
      t.is(isInside(folder, pathFromBytes(bytesOf(inner))), begins);
    }),
  );
});

test('a folder is not inside a sibling whose name it continues', (t) => {
  t.false(isInside('2026', '2026b/a.jpg'));
  t.false(isInside('2026', '2026'.slice(0, 3)));
  t.false(isInside('caf\u00e9', pathFromBytes(Buffer.from('caf\u00e9x/\xff', 'latin1'))));
  t.true(
    isInside('caf\u00e9', pathFromBytes(Buffer.concat([Buffer.from('caf\u00e9/'), Buffer.from([0xff])]))),
  );
});

test('an absolute path is text where it can be and bytes where it cannot', (t) => {
  t.is(absolutePath('/mnt/a', ''), '/mnt/a');
  t.is(absolutePath('/mnt/a', 'b/c'), '/mnt/a/b/c');
  t.is(absolutePath('/', 'b'), '/b');
  t.deepEqual(absolutePath('/m', '/%FF'), Buffer.from([0x2f, 0x6d, 0x2f, 0xff]));
});

test('the target of a link, absolute or not, comes back byte for byte', (t) => {
  t.is(targetFromBytes(Buffer.from('/mnt/caf\u00e9')), '/mnt/caf\u00e9');
  t.is(targetFromBytes(Buffer.from('//server/share')), '////server/share');
  t.is(targetFromBytes(Buffer.from([0x2f, 0xff])), '///%FF');
  fc.assert(
    fc.property(fc.constantFrom('', '/', '//', '../'), pathOfNames, (start, names) => {
      const bytes = Buffer.concat([Buffer.from(start), bytesOf(names)]);
      t.true(targetBytes(targetFromBytes(bytes)).equals(bytes));
    }),
  );
});
