/** Links on drives that cannot hold them: in the ledger alone, and nothing of what they replace gets lost. */
import { readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';
import { vaultFaults } from '../../support/vault-check.js';
import { workbench } from '../../support/workbench.js';

testWith(lyingNeeds, 'a file that becomes a link, and a file again, keeps every version', async (t) => {
  const mount = await lyingMount(t, { noLinks: true });
  const bench = await workbench(t);
  const drive = await bench.addDrive('Weak', mount.path);
  const file = path.join(bench.root, 'a.jpg');
  await writeFile(file, 'first');
  await bench.backup();
  await unlink(file);
  await symlink('elsewhere', file);
  t.is((await bench.backup()).outcome, 'good');
  t.deepEqual(await vaultFaults(drive.setting.folder), []);
  const row = bench.deps.catalog.storedAt(
    bench.deps.catalog.vaultKey(drive.setting.id),
    'Pictures/Photos/a.jpg',
  );
  t.is(row, undefined);
  await rm(file);
  await writeFile(file, 'second');
  t.is((await bench.backup()).outcome, 'good');
  t.deepEqual(await vaultFaults(drive.setting.folder), []);
  t.is(await readFile(path.join(drive.pictures, 'a.jpg'), 'utf8'), 'second');
});
