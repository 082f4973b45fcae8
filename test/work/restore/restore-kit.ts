/** What the tests of restoring share: a source to write, and a place to give it back to. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { GlassineError, type ProblemCode } from '../../../src/base/errors.js';
import { restore, type RestoreOptions, type RestoreReport } from '../../../src/work/restore/restore.js';
import { listTree } from '../../support/trees.js';
import type { Workbench } from '../../support/workbench.js';

/** A file of the source; returns where it is. */
export async function write(bench: Workbench, name: string, content: string): Promise<string> {
  const file = path.join(bench.root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

/** Restores the whole source, unless `options` say otherwise, into `bench.folder/to`. */
export function giveBack(
  bench: Workbench,
  options: Partial<RestoreOptions> = {},
  paths = [''],
): Promise<RestoreReport> {
  return restore(bench.deps, {
    vaults: bench.drives.map((drive) => drive.setting),
    paths: paths.map((each) => ({ sourceKey: bench.sourceKey, path: each })),
    toFolder: path.join(bench.folder, 'to'),
    ...options,
  });
}

/** Where things are restored to. */
export function toFolder(bench: Workbench, ...names: string[]): string {
  return path.join(bench.folder, 'to', ...names);
}

/** One bit in the middle of a file. */
export async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 4, middle);
  await writeFile(file, bytes);
}

/** What problems are told by. */
export function codes(problems: readonly { code: string }[]): string[] {
  return problems.map((problem) => problem.code);
}

/** That work is refused with a problem. */
export async function throwsCode(
  t: ExecutionContext,
  work: Promise<unknown>,
  code: ProblemCode,
): Promise<void> {
  const error = await t.throwsAsync(work, { instanceOf: GlassineError });
  t.is(error.code, code);
}

/** That nothing half-written lies in a folder. */
export async function noParts(t: ExecutionContext, folder: string): Promise<void> {
  const names = [...(await listTree(folder)).keys()];
  t.deepEqual(
    names.filter((name) => name.includes('.glassine-')),
    [],
  );
}
