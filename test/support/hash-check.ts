/** Builds `hash-check.cc` by any compiler, and asks it what must be true of every machine. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { native } from '../../src/platform/native.js';
import { inputOf, vectorModes, vectors } from './blake3-vectors.js';
import { run } from './commands.js';
import { projectRoot } from './lying-mount.js';
import { temporaryFolder } from './trees.js';

/** What the program is made of: the hashes, and what opens and reads a file. */
function sources(): string[] {
  const folder = path.join(projectRoot, 'native');
  const kernels = readdirSync(path.join(folder, 'blake3')).filter((name) => name.endsWith('.cc'));
  const others = [
    'file_hash',
    'file_io_linux',
    'file_io_posix',
    'folders_linux',
    'names_posix',
    'thread_pool',
    'xxh64',
  ];
  return [
    path.join(projectRoot, 'test/support/hash-check.cc'),
    ...kernels.map((name) => path.join(folder, 'blake3', name)),
    ...others.map((name) => path.join(folder, `${name}.cc`)),
  ];
}

/** The program's path; it goes with the test. */
export async function buildHashCheck(
  t: ExecutionContext,
  compiler: string,
  flags: readonly string[],
): Promise<string> {
  const program = path.join(await temporaryFolder(t), 'hash-check');
  const fixed = [
    '-std=c++17',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-pthread',
    '-I',
    path.join(projectRoot, 'native'),
  ];
  const built = await run(compiler, [...fixed, ...flags, '-o', program, ...sources()], { limitMs: 300_000 });
  t.is(built.status, 0, built.stderr);
  return program;
}

/** Calls the program, by way of an emulator or checker where the command begins with one. */
async function ask(
  t: ExecutionContext,
  command: readonly string[],
  lines: readonly string[],
): Promise<string[]> {
  const [program = '', ...args] = command;
  const input = lines.map((line) => `${line}\n`).join('');
  const { status, stdout, stderr } = await run(program, args, { input, limitMs: 300_000 });
  t.is(status, 0, stderr);
  return stdout.trimEnd().split('\n');
}

/** The kernels that the program found. */
export async function kernelsOf(t: ExecutionContext, command: readonly string[]): Promise<string[]> {
  const [line = ''] = await ask(t, command, ['kernels']);
  return line.trim().split(' ');
}

/** Official vectors in every mode, lengths around every boundary in pieces, and files on several threads. */
export async function checkHashes(t: ExecutionContext, command: readonly string[]): Promise<void> {
  const questions: { readonly line: string; readonly wanted: string }[] = [];
  const secrets = { hash: '', keyed_hash: vectors.key, derive_key: vectors.context_string };
  for (const kernel of await kernelsOf(t, command)) {
    for (const each of vectors.cases) {
      for (const mode of vectorModes) {
        const words = ['blake3', kernel, mode, each.input_len, 40_000, secrets[mode]];
        questions.push({ line: words.join(' '), wanted: each[mode] });
      }
    }
    for (const length of [
      63,
      65,
      1023,
      1025,
      4 * 1024 - 1,
      15 * 1024,
      17 * 1024 + 63,
      33 * 1024 + 1,
      300_001,
    ]) {
      const wanted = native.createHasher().update(inputOf(length)).digestBytes(131).toString('hex');
      for (const piece of [length, 1000]) {
        questions.push({ line: `blake3 ${kernel} hash ${length} ${piece} `, wanted });
      }
    }
  }
  for (const length of [0, 1, 7, 31, 32, 33, 1000]) {
    const wanted = native.createXxh64().update(inputOf(length)).digest();
    for (const piece of [1000, 9]) questions.push({ line: `xxh64 ${length} ${piece}`, wanted });
  }
  for (const length of [0, 5, 1 << 20, 9 * (1 << 20) + 77]) {
    const content = randomBytes(length);
    const file = path.join(await temporaryFolder(t), 'file');
    await writeFile(file, content);
    for (const threads of [1, 3]) {
      questions.push({ line: `file ${threads} ${file}`, wanted: native.hash(content) });
    }
  }
  const answers = await ask(
    t,
    command,
    questions.map(({ line }) => line),
  );
  t.is(answers.length, questions.length);
  for (const [at, { line, wanted }] of questions.entries()) t.is(answers[at], wanted, line);
}
