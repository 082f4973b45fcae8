/** What makes two contents the same version. */
import test from 'ava';
import { sameContent } from '../../src/base/types.js';
import type { Content } from '../../src/base/types.js';

const file: Content = { kind: 'file', bytes: 3, modifiedUs: 1, b3: 'aa' };

test('other bytes, another kind or another target are another version', (t) => {
  t.false(sameContent(file, { ...file, b3: 'ab' }));
  t.false(sameContent(file, { ...file, bytes: 4 }));
  t.false(
    sameContent({ kind: 'folder', bytes: 0, modifiedUs: 1 }, { kind: 'link', bytes: 0, modifiedUs: 1 }),
  );
  const link: Content = { kind: 'link', bytes: 1, modifiedUs: 1, target: 'a' };
  t.false(sameContent(link, { ...link, target: 'b' }));
});

test('time, mode and attributes alone do not make another version', (t) => {
  t.true(sameContent(file, { ...file, modifiedUs: 2, mode: 0o600, xattrs: { 'user.a': 'YQ==' } }));
});
