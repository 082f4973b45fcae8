/** What several generations say together. */
import test from 'ava';
import type { MhlAction, MhlFile, MhlFolder } from '../../../src/rules/receipts/asc-mhl.js';
import { type ReadGeneration, statedHashes, viewHistory } from '../../../src/rules/receipts/history.js';

function generation(
  number: number,
  files: readonly MhlFile[],
  more: { folders?: readonly MhlFolder[]; ignore?: readonly string[] } = {},
): ReadGeneration {
  const { folders = [], ignore = [] } = more;
  const tool = { name: 't', version: '1' };
  const head = { createdAt: '', hostname: '', tool, process: 'in-place', references: [] } as const;
  return { number, name: `${number}.mhl`, c4: '', manifest: { ...head, files, folders, ignore } };
}

function md5(path: string, digest: string, action: MhlAction = 'original'): MhlFile {
  return { path, hashes: [{ format: 'md5', digest, action }] };
}

test('a hash that failed is not what a file should be, then or later', (t) => {
  const { files } = viewHistory([
    generation(1, [md5('a', '1')]),
    generation(2, [md5('a', '2', 'failed'), md5('b', '3', 'failed')]),
  ]);
  t.deepEqual(files.get('a')?.hashes, [{ format: 'md5', digest: '1', action: 'original' }]);
  t.deepEqual(files.get('b')?.hashes, []);
});

test('paths that lead out are told, and not followed', (t) => {
  const { files, outside } = viewHistory([
    generation(1, [md5('../a', '1'), md5('/b', '2'), md5('./c//d', '3')]),
  ]);
  t.deepEqual([...files.keys()], ['c/d']);
  t.deepEqual(outside, ['../a', '/b']);
});

test('what was renamed keeps its first hash under its new name, however often', (t) => {
  const folder = (path: string, previousPath?: string): MhlFolder => ({
    ...{ path, content: [], structure: [] },
    ...(previousPath !== undefined && { previousPath }),
  });
  const { files, folders } = viewHistory([
    generation(1, [md5('A/a', '1')], { folders: [folder('A')] }),
    generation(2, [{ ...md5('B/a', '1'), previousPath: 'A/a' }], { folders: [folder('B', 'A')] }),
    generation(3, [{ ...md5('B/c', '9'), previousPath: 'B/a' }], { folders: [folder('B')] }),
  ]);
  t.deepEqual([...files.keys()], ['B/c']);
  t.is(files.get('B/c')?.hashes[0]?.digest, '1');
  t.deepEqual([...folders], ['B']);
});

test('the latest generation says what is left out', (t) => {
  const view = viewHistory([
    generation(1, [md5('a', '1')], { ignore: ['*.tmp'] }),
    generation(2, [md5('b', '2')], { ignore: ['*.bak'] }),
  ]);
  t.deepEqual(view.ignore, ['*.bak']);
  t.deepEqual([...view.latest], ['b']);
  t.deepEqual(viewHistory([]).ignore, ['.DS_Store', 'ascmhl', 'ascmhl/']);
});

const at = '2026-11-22T00:00:00Z';

test('a new format is stated only beside one that held', (t) => {
  const known = { hashes: [{ format: 'md5', digest: 'AB' }] } as const;
  const sha1 = { format: 'sha1', digest: '2' } as const;
  t.deepEqual(statedHashes(known, [sha1], at), []);
  t.deepEqual(statedHashes(known, [{ format: 'md5', digest: 'cd' }, sha1], at), [
    { format: 'md5', digest: 'cd', action: 'failed', at },
  ]);
  t.deepEqual(statedHashes(known, [{ format: 'md5', digest: 'ab' }, sha1], at), [
    { format: 'md5', digest: 'ab', action: 'verified', at },
    { ...sha1, action: 'verified', at },
  ]);
  t.deepEqual(statedHashes(undefined, [sha1], at), [{ ...sha1, action: 'original', at }]);
});
