#!/usr/bin/env node
/**
 * Builds the addon into `build/Release/glassine.node`: with cmake-js where CMake is, else with npm's own
 * node-gyp where
 * Python is, else with the compiler alone. Nothing is downloaded where Node came with its headers, or has
 * CMake.
 */
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const addon = path.join(root, 'build', 'Release', 'glassine.node');
const require = createRequire(import.meta.url);
const isWindows = process.platform === 'win32';

/** What to type where the compiler is missing. */
const remedies = {
  linux: 'Install one, for example: sudo apt-get install g++   (Fedora: sudo dnf install gcc-c++)',
  darwin: "Install Apple's command line tools: xcode-select --install",
  win32: 'Install "Desktop development with C++" from the Visual Studio Build Tools.',
};

function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const ending of isWindows ? ['.exe', '.cmd', ''] : ['']) {
      const file = path.join(folder, program + ending);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

function fail(sentence, remedy) {
  const words = [`Glassine's native part was not built: ${sentence}`, remedy, 'Then run: npm ci'];
  process.stderr.write(`\n${words.filter(Boolean).join('\n')}\n\n`);
  process.exit(1);
}

/** The compiler's words, as `CXX` may hold arguments, too. */
function compiler() {
  const given = process.env.CXX?.trim().split(/\s+/);
  const found = given?.[0] ? given : [['c++'], ['g++'], ['clang++']].find(([name]) => onPath(name));
  if (found && onPath(found[0])) return found;
  // On Windows the tools find Visual Studio by themselves, off the PATH.
  if (isWindows) return [];
  return fail('no C++ compiler was found on the PATH.', remedies[process.platform] ?? remedies.linux);
}

function buildWith(name, args) {
  const how = { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' };
  const built = spawnSync(process.execPath, args, how);
  if (built.status === 0 && existsSync(addon)) return;
  process.stderr.write((built.stdout ?? '') + (built.stderr ?? ''));
  const end = built.error?.message ?? `status ${String(built.status ?? built.signal)}`;
  fail(`${name} ended with ${end}.`, 'What it said is above.');
}

/**
 * The folder with the headers of the Node that runs this, when they came with it: then nothing is downloaded.
 */
function nodeFolder() {
  const folder = path.dirname(path.dirname(process.execPath));
  return existsSync(path.join(folder, 'include', 'node', 'common.gypi')) ? folder : undefined;
}

function nodeGyp() {
  const given = process.env.npm_config_node_gyp;
  if (given && existsSync(given)) return given;
  const npm = path.join('node_modules', 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const folder = path.dirname(process.execPath);
  return [path.join(folder, '..', 'lib', npm), path.join(folder, npm)].find(existsSync);
}

/** The lists of CMakeLists.txt that belong to this system. */
function sourcesHere() {
  const text = readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8');
  const own = process.platform === 'darwin' ? 'DARWIN_SOURCES' : 'LINUX_SOURCES';
  return ['SOURCES', 'POSIX_SOURCES', own].flatMap((list) => {
    const found = new RegExp(`set\\(${list}\\n([^)]*)\\)`).exec(text);
    if (!found) throw new Error(`CMakeLists.txt has no list ${list}`);
    return found[1].trim().split(/\s+/);
  });
}

/** For machines with a compiler and nothing else. */
async function compileAlone([program, ...words]) {
  const objects = path.join(root, 'build', 'Release', 'objects');
  mkdirSync(objects, { recursive: true });
  const headers = ['node-addon-api/napi.h', 'node-api-headers/include/node_api.h'];
  const flags = [
    ...['-std=c++17', '-O3', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror', '-pthread'],
    ...['-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS'],
    ...['-DNODE_ADDON_API_DISABLE_DEPRECATED', '-DNDEBUG'],
    ...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-D_FILE_OFFSET_BITS=64'],
    ...headers.flatMap((header) => ['-isystem', path.dirname(require.resolve(header))]),
  ];
  const run = promisify(execFile);
  const call = (args) =>
    run(program, [...words, ...args], { cwd: root }).catch((error) => {
      process.stderr.write(error.stderr ?? '');
      fail(`${program} ended with ${error.code}.`, 'What it said is above.');
    });
  const sources = sourcesHere();
  const flat = (source) => source.replaceAll('/', '-').replace(/\.cc$/, '.o');
  const made = sources.map((source) => path.join(objects, flat(source)));
  const waiting = sources.map((source, at) => ['-c', source, '-o', made[at]]);
  const work = async () => {
    for (let args = waiting.shift(); args; args = waiting.shift()) await call([...flags, ...args]);
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  await call([...shared, '-pthread', '-o', `${addon}.new`, ...made]);
  renameSync(`${addon}.new`, addon);
}

const found = compiler();
const canMake = isWindows || ['ninja', 'make', 'gmake'].some(onPath);
const gyp = nodeGyp();
if (onPath('cmake') && canMake) {
  buildWith('cmake-js', [require.resolve('cmake-js/bin/cmake-js'), 'compile', '--log-level', 'warn']);
} else if (isWindows || (gyp && canMake && (process.env.PYTHON ?? onPath('python3')))) {
  if (!gyp) fail("neither CMake nor npm's node-gyp was found.", remedies[process.platform]);
  const headers = nodeFolder();
  buildWith('node-gyp', [gyp, 'rebuild', '--loglevel', 'warn', ...(headers ? ['--nodedir', headers] : [])]);
} else {
  await compileAlone(found);
}
