/** Hashes of folders; that the reference implementation agrees is tried in store/receipts. */
import { createHash } from 'node:crypto';
import test from 'ava';
import { type FolderHasher, hashFolders } from '../../../src/rules/receipts/folder-hashes.js';

const hex = (...parts: (string | Uint8Array)[]): string =>
  createHash('md5')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest('hex');
const raw = (digest: string): Buffer => Buffer.from(digest, 'hex');
const md5: FolderHasher = { format: 'md5', digest: (bytes) => hex(bytes), bytesOf: raw };

const file = (path: string, content: string) => ({
  path,
  hashes: [{ format: 'md5', digest: hex(content) } as const],
});

test('an empty folder hashes nothing', (t) => {
  t.deepEqual(
    hashFolders({ files: [], folders: ['A'] }, [md5]).map(({ path, content }) => [path, content[0]?.digest]),
    [
      ['A', hex('')],
      ['', hex(raw(hex('')))],
    ],
  );
});

test('folders hash the sorted hashes of what is in them, with and without the names', (t) => {
  const [inner, root] = hashFolders(
    { files: [file('b/x', '1'), file('a', '2'), file('b/y', '0')], folders: [] },
    [md5],
  );
  const sorted = (...digests: string[]): string => hex(...digests.sort().map(raw));
  const content = sorted(hex('1'), hex('0'));
  const structure = sorted(hex('x', raw(hex('1'))), hex('y', raw(hex('0'))));
  t.deepEqual(inner, {
    path: 'b',
    content: [{ format: 'md5', digest: content }],
    structure: [{ format: 'md5', digest: structure }],
  });
  t.is(root?.content[0]?.digest, sorted(hex('2'), content));
  t.is(root?.structure[0]?.digest, sorted(hex('a', raw(hex('2'))), hex('b', raw(structure))));
});

test('the order in which files are told does not matter', (t) => {
  const files = [file('b/x', '1'), file('a', '2'), file('b/c/d', '0')];
  const told = hashFolders({ files, folders: ['e'] }, [md5]);
  t.deepEqual(hashFolders({ files: files.toReversed(), folders: ['e'] }, [md5]), told);
  t.deepEqual(
    told.map(({ path }) => path),
    ['b/c', 'b', 'e', ''],
  );
});
