/** The addon and the hashes under the compiler's sanitizers and valgrind: any report is a failure. */
import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../support/commands.js';
import { buildHashCheck, checkHashes } from '../support/hash-check.js';
import { projectRoot } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';

/** Tests that build the addon or measure it; every other one is run against the addon that checks itself. */
const others = ['native-build', 'native-memory', 'native-neon', 'native-sanitized'];

/** The hashes' own: under the thread sanitizer they are watched in a program without Node, which is faster. */
const ofHashes = ['native-hash', 'native-hash-peers'];

async function suites(without: readonly string[]): Promise<string[]> {
  const names = await readdir(path.join(projectRoot, 'test/platform'));
  const found = names.filter((name) => name.startsWith('native-') && name.endsWith('.test.ts'));
  return found.filter((name) => ![...others, ...without].includes(name.slice(0, -'.test.ts'.length)));
}

/** A report of a sanitizer, wherever it was printed. */
const report = /runtime error|(Address|Thread|UndefinedBehavior|Leak)Sanitizer/;

/**
 * The project with another addon: the sources and compiled tests copied, the rest as it is. Beside the usual
 * build, where a process that gives up its rights in a test can still read it.
 */
async function copyOfProject(t: ExecutionContext): Promise<string> {
  const copy = path.join(projectRoot, 'build/sanitized');
  const clear = (): Promise<void> => rm(copy, { recursive: true, force: true });
  await clear();
  t.teardown(clear);
  const files = [
    'native',
    'installers',
    'dist',
    'CMakeLists.txt',
    'binding.gyp',
    'package.json',
    'ava.config.js',
  ];
  for (const name of files)
    await cp(path.join(projectRoot, name), path.join(copy, name), { recursive: true });
  for (const name of ['node_modules', 'test'])
    await symlink(path.join(projectRoot, name), path.join(copy, name));
  return copy;
}

async function libraryOf(name: string): Promise<string> {
  return (await run('g++', [`-print-file-name=${name}`])).stdout.trim();
}

/** Builds the addon of a copy of the project so that it checks itself. */
async function buildSanitized(t: ExecutionContext, flags: string): Promise<string> {
  const copy = await copyOfProject(t);
  const built = await run(process.execPath, ['installers/build-native.mjs'], {
    cwd: copy,
    env: { CXX: `g++ ${flags} -fno-omit-frame-pointer -g1` },
    limitMs: 300_000,
  });
  t.is(built.status, 0, built.stderr);
  return copy;
}

/** Every process below loads the sanitizer; dd may not, which asks for memory as the sanitizer allows nobody. */
async function sanitizedEnvironment(t: ExecutionContext, library: string): Promise<Record<string, string>> {
  const programs = await temporaryFolder(t);
  await writeFile(path.join(programs, 'dd'), '#!/bin/sh\nunset LD_PRELOAD\nexec /usr/bin/dd "$@"\n', {
    mode: 0o755,
  });
  return {
    PATH: `${programs}${path.delimiter}${process.env['PATH'] ?? ''}`,
    LD_PRELOAD: `${await libraryOf(library)} ${await libraryOf('libstdc++.so.6')}`,
    GLASSINE_TEST_PARTS: '',
  };
}

/** Runs every suite of the addon but those without; what they said. */
async function runSuites(
  t: ExecutionContext,
  copy: string,
  { env, without = [] }: { env: Readonly<Record<string, string>>; without?: readonly string[] },
): Promise<string> {
  const tests = (await suites(without)).map((name) => `test/platform/${name}`);
  t.true(tests.length >= 8, tests.join(' '));
  const ran = await run(process.execPath, ['dist/test/run.js', ...tests], {
    cwd: copy,
    env,
    limitMs: 500_000,
  });
  const said = ran.stdout + ran.stderr;
  t.is(ran.status, 0, said);
  t.regex(ran.stdout, /\d+ passed, 0 failed/);
  return said;
}

testWith(
  ['linux', 'g++'],
  'the addon runs clean under the address and undefined-behaviour sanitizers',
  async (t) => {
    const copy = await buildSanitized(t, '-fsanitize=address,undefined -fno-sanitize-recover=undefined');
    const load = ['-e', "require('./build/Release/glassine.node')"];
    const alone = await run(process.execPath, load, { cwd: copy });
    t.regex(alone.stderr, /ASan runtime does not come first/, 'it is the addon that checks itself');

    const env = {
      ...(await sanitizedEnvironment(t, 'libasan.so')),
      // What Node itself never frees is not ours to report.
      ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    };
    const said = await runSuites(t, copy, { env });
    t.notRegex(said, report);
  },
);

/** What an addon may not do: as it is loaded, two threads write the same number. */
const race = `
#include <thread>
int number = 0;
struct Race {
  Race() {
    std::thread one([] { ++number; });
    std::thread other([] { ++number; });
    one.join();
    other.join();
  }
} race;
`;

/** Where processes leave what the thread sanitizer found: tests keep what their children say to themselves. */
async function threadReports(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  return texts.filter((text) => text.includes('WARNING: ThreadSanitizer'));
}

testWith(['linux', 'g++'], 'the addon runs clean under the thread sanitizer', async (t) => {
  const copy = await buildSanitized(t, '-fsanitize=thread');
  const reports = await temporaryFolder(t);
  const bad = await temporaryFolder(t);
  const env = {
    ...(await sanitizedEnvironment(t, 'libtsan.so')),
    // Node was not built for it: how its own threads wait for one another cannot be seen.
    TSAN_OPTIONS: `ignore_noninstrumented_modules=1:log_path=${reports}/report`,
  };
  await writeFile(path.join(bad, 'race.cc'), race);
  const flags = ['-fsanitize=thread', '-shared', '-fPIC', '-o', 'race.node', 'race.cc'];
  t.is((await run('g++', flags, { cwd: bad })).status, 0);
  await run(process.execPath, ['-e', "require('./race.node')"], { cwd: bad, env });
  t.is((await threadReports(reports)).length, 1, 'a race in an addon is found');
  for (const name of await readdir(reports)) await rm(path.join(reports, name));

  const load = ['-e', "require('./build/Release/glassine.node')"];
  const alone = await run(process.execPath, load, { cwd: copy });
  t.regex(alone.stderr, /libtsan|ThreadSanitizer/, 'it is the addon that checks itself');
  await runSuites(t, copy, { env, without: ofHashes });
  t.deepEqual(await threadReports(reports), []);
});

testWith(['linux', 'g++'], 'the hashes run clean under the thread sanitizer', async (t) => {
  const program = await buildHashCheck(t, 'g++', ['-O1', '-g1', '-fsanitize=thread']);
  await checkHashes(t, [program]);
});

testWith(['linux', 'g++', 'valgrind'], 'the hashes run clean under valgrind', async (t) => {
  const program = await buildHashCheck(t, 'g++', ['-O1', '-g1']);
  await checkHashes(t, ['valgrind', '--quiet', '--leak-check=full', '--error-exitcode=99', program]);
});
