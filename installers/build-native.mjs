#!/usr/bin/env node
/** Builds the addon into `build/Release/glassine.node`: with cmake-js where CMake is, else with npm's own node-gyp. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const addon = path.join(root, 'build', 'Release', 'glassine.node');
const require = createRequire(import.meta.url);

/** What to type where a tool is missing. */
const remedies = {
  linux: 'Install one, for example: sudo apt-get install g++ make   (Fedora: sudo dnf install gcc-c++ make)',
  darwin: 'Install Apple\'s command line tools: xcode-select --install',
  win32: 'Install "Desktop development with C++" from the Visual Studio Build Tools.',
};

function onPath(program) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const ending of endings) {
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

function fail(sentence) {
  const remedy = remedies[process.platform] ?? remedies.linux;
  process.stderr.write(`\nGlassine's native part was not built: ${sentence}\n${remedy}\nThen run: npm ci\n\n`);
  process.exit(1);
}

/** On Windows the tools find Visual Studio by themselves, off the PATH. */
function checkTools() {
  if (process.platform === 'win32') return;
  const compilers = [process.env.CXX?.split(' ')[0], 'c++', 'g++', 'clang++'].filter(Boolean);
  if (!compilers.some(onPath)) fail('no C++ compiler was found on the PATH.');
  if (!['ninja', 'make', 'gmake'].some(onPath)) fail('neither make nor ninja was found on the PATH.');
}

/** The folder with the headers of the Node that runs this, when they came with it: then nothing is downloaded. */
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

function command() {
  if (onPath('cmake')) return ['cmake-js', [require.resolve('cmake-js/bin/cmake-js'), 'compile', '--log-level', 'warn']];
  const gyp = nodeGyp();
  if (!gyp) fail('neither CMake nor npm\'s node-gyp was found.');
  const headers = nodeFolder();
  return ['node-gyp', [gyp, 'rebuild', '--loglevel', 'warn', ...(headers ? ['--nodedir', headers] : [])]];
}

checkTools();
const [name, args] = command();
const built = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
if (built.status !== 0 || !existsSync(addon)) {
  process.stderr.write((built.stdout ?? '') + (built.stderr ?? ''));
  fail(`${name} ended with ${built.error?.message ?? `status ${built.status ?? built.signal}`}; what it said is above.`);
}
