/** Building the addon where something is missing: one sentence that names it, and what to type. */
import { chmod, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { run } from '../support/commands.js';
import { projectRoot } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';

const installer = path.join(projectRoot, 'installers/build-native.mjs');

test('without a C++ compiler the remedy is named', async (t) => {
  const empty = await temporaryFolder(t);
  const { status, stderr } = await run(process.execPath, [installer], { env: { PATH: empty, CXX: '' } });
  t.is(status, 1);
  t.regex(stderr, /native part was not built: no C\+\+ compiler/);
  t.regex(stderr, /apt-get install g\+\+|xcode-select|Visual Studio/);
});

testWith(['linux'], 'a compiler that fails is named, with what it said', async (t) => {
  const folder = await temporaryFolder(t);
  const broken = path.join(folder, 'c++');
  await writeFile(broken, '#!/bin/sh\necho "no space for tea" >&2\nexit 3\n');
  await chmod(broken, 0o755);
  await symlink('/bin/sh', path.join(folder, 'sh'));
  // Without make the compiler is called by itself, and nothing that was built before is touched.
  const { status, stderr } = await run(process.execPath, [installer], {
    env: { PATH: folder, CXX: '', PYTHON: '' },
  });
  t.is(status, 1);
  t.regex(stderr, /no space for tea/);
  t.regex(stderr, /native part was not built: c\+\+ ended with 3/);
});
