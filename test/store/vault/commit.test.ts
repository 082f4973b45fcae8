/** Committing to a vault: what lies where afterwards, and what the ledger says. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import * as kit from './vault-kit.js';

test('a kept file lies in Pictures with its content and time', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const lines = await vault.commit([kit.sourceLine, await kit.incoming(vault, ['a/b.jpg', 'one'])]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { 'Pictures/Photos/a/b.jpg': 'one' });
  t.deepEqual(
    lines.map((line) => [line.n, line.do]),
    [
      [1, 'source'],
      [2, 'keep'],
    ],
  );
  const { mtimeMs } = await stat(path.join(box.root, 'Pictures/Photos/a/b.jpg'));
  t.is(mtimeMs, 1_700_000_000_000);
});
