#!/usr/bin/env node
/**
 * Format and lint of the C and C++ sources: clang-format and clang-tidy, every warning an error. Where the
 * tools are
 * missing this says so and passes, unless `--required` is given, as in CI.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const required = process.argv.includes('--required');

function sourcesBelow(folder, ending) {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

function has(program) {
  return spawnSync(program, ['--version']).status === 0;
}

/** False when the tool found something; then, and only then, what it said is shown. */
function check(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      if (status !== 0) process.stdout.write(Buffer.concat(said));
      resolve(status === 0);
    });
  });
}

/** Headers of the Node that runs this: where node-gyp keeps them, else beside the executable. */
function includeFolders() {
  const own = path.join(path.dirname(path.dirname(process.execPath)), 'include', 'node');
  const packaged = path.join(root, 'node_modules', 'node-api-headers', 'include');
  const headers = existsSync(packaged) ? packaged : own;
  return [path.join(root, 'native'), path.join(root, 'node_modules', 'node-addon-api'), headers];
}

/** Sources of other systems, and kernels of other processors, do not compile here. */
function compilesHere(source) {
  const systems = {
    darwin: /_(linux|windows)\.cc$/,
    linux: /_(darwin|windows)\.cc$/,
    win32: /_(linux|darwin|posix)\.cc$/,
  };
  const elsewhere = systems[process.platform]?.test(source) ?? true;
  const processor = process.arch === 'x64' ? /neon/ : /sse|avx/;
  return !elsewhere && !processor.test(path.basename(source));
}

function kernelFlags(source) {
  const name = path.basename(source);
  if (/avx512/.test(name)) return ['-mavx512f', '-mavx512vl'];
  if (/avx2/.test(name)) return ['-mavx2'];
  if (/sse41/.test(name)) return ['-msse4.1'];
  return [];
}

function tidy(source) {
  const includes = includeFolders().flatMap((folder) => ['-isystem', folder]);
  const language = ['-std=c++17', '-Wall', '-Wextra', '-DNAPI_VERSION=8', '-D_FILE_OFFSET_BITS=64'];
  return check('clang-tidy', ['--quiet', source, '--', ...language, ...kernelFlags(source), ...includes]);
}

const all = [...sourcesBelow('native', /\.(cc|h|c)$/), ...sourcesBelow('test/support', /\.(cc|c|h)$/)];
const missing = ['clang-format', 'clang-tidy'].filter((program) => !has(program));
if (missing.length > 0) {
  console.error(`C++ was not linted: apt-get install ${missing.join(' ')}`);
  process.exit(required ? 1 : 0);
}
const waiting = sourcesBelow('native', /\.cc$/).filter(compilesHere);
if (waiting.length === 0) throw new Error('no C++ source was found');
const results = [await check('clang-format', ['--dry-run', '-Werror', ...all])];
await Promise.all(
  os.cpus().map(async () => {
    for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
      results.push(await tidy(source));
    }
  }),
);
process.exit(results.every(Boolean) ? 0 : 1);
