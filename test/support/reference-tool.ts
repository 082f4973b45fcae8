/**
 * The reference implementation of ASC MHL, where a checkout of it is given by the environment variable
 * GLASSINE_ASCMHL_TOOL: `git clone https://github.com/ascmitc/mhl`, and Debian's packages python3-click,
 * python3-dateutil, python3-lxml, python3-packaging, python3-pathspec and python3-xxhash.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type CommandResult, run, systemPython } from './commands.js';

export const referenceTool = process.env['GLASSINE_ASCMHL_TOOL'];

export interface ReferenceTool {
  /** `ascmhl create`, and everything else that is typed after `ascmhl`. */
  mhl(...args: readonly string[]): Promise<CommandResult>;
  /** `ascmhl-debug verify`: 0 good, 10 missing, 11 changed, 21 new, 30 to 33 a damaged history. */
  verify(folder: string, ...args: readonly string[]): Promise<CommandResult>;
}

/**
 * The tool wants to be installed, and to ask the network for a newer one; so it gets a version beside it, and
 * a network that is never there.
 */
export async function startReferenceTool(t: ExecutionContext): Promise<ReferenceTool> {
  const checkout = path.resolve(referenceTool ?? '');
  const beside = await mkdtemp(path.join(os.tmpdir(), 'glassine-reference-'));
  t.teardown(() => rm(beside, { recursive: true, force: true }));
  const about = path.join(beside, 'ascmhl-1.0.dist-info');
  await mkdir(about);
  await writeFile(path.join(about, 'METADATA'), 'Metadata-Version: 2.1\nName: ascmhl\nVersion: 1.0\n');
  const noNetwork = [
    'class exceptions:',
    '    class RequestException(Exception): pass',
    'def get(*_):',
    '    raise exceptions.RequestException()',
  ];
  await writeFile(path.join(beside, 'requests.py'), `${noNetwork.join('\n')}\n`);
  const env = { PYTHONPATH: `${beside}:${checkout}`, PYTHONDONTWRITEBYTECODE: '1' };
  const call = (module: string, args: readonly string[]): Promise<CommandResult> =>
    run(systemPython, ['-m', `ascmhl.cli.${module}`, ...args], { env, cwd: beside });
  return {
    mhl: (...args) => call('ascmhl', args),
    verify: (folder, ...args) => call('ascmhl_debug', ['verify', ...args, folder]),
  };
}
