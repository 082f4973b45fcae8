/**
 * The style of the house, checked: every rule on the project itself, and each rule on files made to break it.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import * as house from './support/house-rules.js';
import type { HouseFile, HouseRule } from './support/house-rules.js';
import { projectRoot } from './support/lying-mount.js';
import { packageOf } from './support/needs.js';

const notOurs = /^(node_modules|\.git|(dist|build).*)$/;
const largestTextBytes = 2_000_000;

/** Every text file of the project, build results and packages left out. */
async function projectFiles(folder = ''): Promise<HouseFile[]> {
  const files: HouseFile[] = [];
  for (const entry of await readdir(path.join(projectRoot, folder), { withFileTypes: true })) {
    if (folder === '' && notOurs.test(entry.name)) continue;
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await projectFiles(name)));
    if (!entry.isFile()) continue;
    const bytes = await readFile(path.join(projectRoot, name));
    if (bytes.length <= largestTextBytes && !bytes.includes(0))
      files.push({ path: name, text: bytes.toString() });
  }
  return files;
}

let found: HouseFile[] = [];
test.before(async (t) => {
  found = await projectFiles();
  for (const floor of ['base', 'rules', 'platform', 'store', 'work', 'agent', 'face']) {
    t.true(
      found.some((file) => file.path.startsWith(`src/${floor}/`)),
      `src/${floor}/ was read`,
    );
  }
});

const file = (name: string, text: string): HouseFile => ({ path: name, text });
const good = (...files: HouseFile[]): readonly HouseFile[] => files;

interface Trial {
  readonly title: string;
  readonly rule: HouseRule;
  /** Sets of files, each of which breaks the rule exactly once. */
  readonly broken: readonly (readonly HouseFile[])[];
  readonly kept: readonly HouseFile[];
}

const later = (...parts: string[]): string => `// ${parts.join('')}: think\n`;

const trials: readonly Trial[] = [
  {
    title: 'no file imports from a floor above its own',
    rule: house.importsGoDown,
    broken: [
      good(file('src/base/a.ts', `import { b } from '../rules/b.js';`)),
      good(file('src/store/a.ts', `import type { B } from '../work/b.js';`)),
      good(file('src/store/vault/a.ts', `export * from '../../face/b.js';`)),
      good(file('src/agent/a.ts', `const b = await import('../main.js');`)),
      good(file('src/work/a.ts', `type B = import('../agent/b.js').B;`)),
      good(file('src/base/a.ts', `import { t } from '../../test/support/trees.js';`)),
      good(file('src/stray.ts', `export const a = 1;`)),
    ],
    kept: [
      file('src/main.ts', `import { a } from './face/a.js';\n// import { b } from '../test/b.js'`),
      file(
        'src/face/a.ts',
        `import { a } from '../base/a.js'; import ava from 'ava'; const s = "from '../x'";`,
      ),
      file('test/a.ts', `import { a } from '../src/main.js';`),
    ],
  },
  {
    title: 'no job imports another job',
    rule: house.jobsStayApart,
    broken: [
      good(file('src/work/backup/a.ts', `import { b } from '../restore/b.js';`)),
      good(file('src/work/backup/a.ts', `import { b } from '../prune.js';`)),
      good(file('src/work/prune.ts', `import { b } from './backup/b.js';`)),
      good(file('src/work/parts/a.ts', `import { b } from '../backup/b.js';`)),
      good(file('src/work/deps.ts', `import { b } from './verify.js';`)),
    ],
    kept: [
      file('src/work/backup/a.ts', `import { b } from './b.js'; import { c } from '../parts/c.js';`),
      file(
        'src/work/prune.ts',
        `import type { WorkDeps } from './deps.js'; import { c } from './parts/c.js';`,
      ),
    ],
  },
  {
    title: 'modules stay in the rooms that are theirs',
    rule: house.modulesStayInTheirRooms,
    broken: [
      good(file('src/work/a.ts', `import Database from 'better-sqlite3';`)),
      good(file('src/work/a.ts', `import { readFileSync } from 'node:fs';`)),
      good(file('src/store/catalog/a.ts', `import fs from 'fs/promises';`)),
      good(file('src/face/a.ts', `const fs = require('fs');`)),
      good(file('src/rules/a.ts', `import os from 'node:os';`)),
    ],
    kept: [
      file('src/store/catalog/a.ts', `import Database from 'better-sqlite3';`),
      file('src/store/vault/a.ts', `import { open } from 'node:fs/promises';`),
      file('src/platform/a.ts', `import { open } from 'node:fs/promises';`),
      file('src/rules/a.ts', `import assert from 'node:assert';`),
      file('test/a.test.ts', `import { open } from 'node:fs/promises';`),
    ],
  },
  {
    title: 'the clock, the console, chance and the process stay where they belong',
    rule: house.wordsStayInTheirRooms,
    broken: [
      good(file('src/work/a.ts', `const at = Date.now();`)),
      good(file('src/work/a.ts', `const at = new Date();`)),
      good(file('src/agent/a.ts', `const now = Date . now;`)),
      good(file('src/agent/a.ts', `console.log(1);`)),
      good(file('src/rules/a.ts', `const dice = Math.random();`)),
      good(file('src/rules/a.ts', `const home = process.env.HOME;`)),
    ],
    kept: [
      file('src/base/time.ts', `const at = Date.now(); const b = new Date();`),
      file('src/main.ts', `console.log(process.argv);`),
      file(
        'src/work/a.ts',
        `// Date.now() and console\nconst at = new Date(5); const s = 'console'; x.console();`,
      ),
    ],
  },
  {
    title: 'no file is over 400 lines and no line over 110 columns',
    rule: house.filesAreSmall,
    broken: [good(file('src/base/a.ts', 'a\n'.repeat(401))), good(file('native/a.cc', 'é'.repeat(111)))],
    kept: [
      file('src/base/a.ts', 'a\n'.repeat(400)),
      file('native/a.cc', 'é'.repeat(110)),
      file('docs/A.md', 'a'.repeat(200)),
    ],
  },
  {
    title: 'every file begins with a sentence about what it holds',
    rule: house.filesSayWhatTheyHold,
    broken: [good(file('src/base/a.ts', 'const a = 1;')), good(file('test/a.ts', '// A.\n'))],
    kept: [
      file('src/main.ts', '#!/usr/bin/env node\n/**\n * The roof.\n */'),
      file('src/base/a.ts', '/** A. */'),
      file('a.md', '#'),
    ],
  },
  {
    title: 'files are named for what they hold',
    rule: house.filesAreNamed,
    broken: [
      good(file('src/base/utils.ts', '')),
      good(file('test/support/mount-helpers.ts', '')),
      good(file('src/base/readFile.ts', '')),
      good(file('native/common.h', '')),
    ],
    kept: [file('src/base/paths.ts', ''), file('test/base/paths.test.ts', ''), file('docs/utils.md', '')],
  },
  {
    title: 'no rule is switched off and nothing is left for later',
    rule: house.nothingIsLeftForLater,
    broken: [
      good(file('src/base/a.ts', later('TO', 'DO'))),
      good(file('src/base/a.ts', later('eslint-', 'disable'))),
      good(file('src/base/a.ts', later('@ts-', 'ignore'))),
      good(file('test/a.test.ts', ['test', 'only(f);'].join('.'))),
    ],
    kept: [file('src/base/a.ts', 'const todos = 1;'), file('test/vectors/a.ts', later('TO', 'DO'))],
  },
  {
    title: 'nothing refers to a folder that only one machine has',
    rule: house.nothingPointsElsewhere,
    broken: [
      good(file('docs/A.md', ['..', 'shared', 'a'].join('/'))),
      good(file('test/a.ts', ['', 'work', 'a'].join('/'))),
    ],
    kept: [file('docs/A.md', 'src/work/ and ./work/a and https://a.b/work/')],
  },
  {
    title: 'the lock names no registry',
    rule: house.lockNamesNoRegistry,
    broken: [good(file('package-lock.json', '{"resolved":"https://a.b"}')), good()],
    kept: [file('package-lock.json', '{"integrity":"sha512-x"}')],
  },
  {
    title: 'CMake and node-gyp build the same sources',
    rule: house.bothBuildsAreOne,
    broken: [
      good(file('CMakeLists.txt', 'native/a.cc'), file('binding.gyp', ''), file('native/a.cc', '')),
      good(file('CMakeLists.txt', ''), file('binding.gyp', '"native/a.cc"'), file('native/a.cc', '')),
      good(
        file('CMakeLists.txt', 'native/a.cc native/b.cc'),
        file('binding.gyp', '"native/a.cc"'),
        file('native/a.cc', ''),
      ),
      good(file('CMakeLists.txt', ''), file('binding.gyp', '')),
    ],
    kept: [
      file('CMakeLists.txt', 'native/a.cc\nnative/x/b.cc'),
      file('binding.gyp', '"native/x/b.cc", "native/a.cc"'),
      file('native/a.cc', ''),
      file('native/x/b.cc', ''),
    ],
  },
];

for (const { title, rule, broken, kept } of trials) {
  test(title, (t) => {
    const sentences = rule(found);
    t.deepEqual(sentences, []);
  });

  test(`the check that ${title} sees each breach and nothing else`, (t) => {
    for (const files of broken) {
      t.is(rule(files).length, 1, `${JSON.stringify(files)}\n${rule(files).join('\n')}`);
    }
    t.deepEqual(rule(kept), []);
  });
}

test('CI installs every package that a test may ask for', (t) => {
  const script = found.find(({ path: name }) => name === '.ci/run')?.text ?? '';
  const installed = new Set(/packages=\(([^)]*)\)/.exec(script)?.[1]?.split(/\s+/));
  const wanted = [...Object.values(packageOf), 'python3-fusepy'];
  t.deepEqual(
    wanted.filter((name) => !installed.has(name)),
    [],
  );
});
