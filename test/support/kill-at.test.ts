/**
 * The injector itself: it must count every call, stop exactly before the named one, and touch nothing else.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { buildInjector, killAtNeeds } from './kill-at.js';
import { systemPython } from './commands.js';
import type { Injected } from './kill-at.js';
import { testWith } from './needs.js';
import { temporaryFolder } from './trees.js';

/** A program that changes files in every way Node has, on several threads, then SQLite's way. */
const program = `
import { appendFileSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { chmod, copyFile, open, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
const folder = process.argv[2];
const file = (name) => path.join(folder, name);
mkdirSync(file('d'));
writeFileSync(file('a'), 'a');
appendFileSync(file('a'), 'b');
renameSync(file('a'), file('d/b'));
symlinkSync('d/b', file('l'));
utimesSync(file('d/b'), 1, 1);
const handle = await open(file('c'), 'w');
await handle.write('x', 0);
await handle.sync();
await handle.datasync();
await handle.close();
await chmod(file('c'), 0o600);
await copyFile(file('c'), file('e'));
await truncate(file('e'), 0);
await rename(file('e'), file('f'));
await unlink(file('f'));
await Promise.all([1, 2, 3, 4].map((n) => writeFile(file('p' + n), 'p')));
writeFileSync(path.join(os.tmpdir(), 'elsewhere-' + process.pid), '');
rmSync(path.join(os.tmpdir(), 'elsewhere-' + process.pid));
rmSync(file('d'), { recursive: true });
`;

testWith(killAtNeeds, 'a command is ended before each of its file-changing calls in turn', async (t) => {
  const injector = await buildInjector(t);
  const folder = await temporaryFolder(t);
  const runIn = async (name: string, at: number): Promise<Injected & Record<'below' | 'trace', string>> => {
    const below = path.join(folder, name);
    await mkdir(below);
    const command = [process.execPath, '--input-type=module', '-e', program, 'unused', below] as const;
    const trace = path.join(folder, `${name}.trace`);
    return { below, trace, ...(await injector.run(command, { below, at, trace })) };
  };
  const whole = await runIn('whole', 0);
  t.is(whole.status, 0, whole.stderr);
  t.is(whole.call, undefined);
  const lines = (await readFile(whole.trace, 'utf8')).trim().split('\n');
  t.is(lines.length, whole.calls);
  t.true(whole.calls >= 25, lines.join('\n'));
  t.false(
    lines.some((line) => line.includes('elsewhere')),
    'calls in other folders are not counted',
  );
  for (const kind of [
    'mkdir',
    'open',
    'write',
    'rename',
    'symlink',
    'fsync',
    'fdatasync',
    'unlink',
    'chmod',
  ]) {
    t.true(
      lines.some((line) => line.includes(kind)),
      `${kind} is counted`,
    );
  }
  const first = await runIn('first', 1);
  t.is(first.signal, 'SIGKILL');
  t.deepEqual(await readdir(first.below), [], 'the first call did not happen');
  for (let at = 2; at <= whole.calls; at++) {
    const cut = await runIn(`cut-${String(at)}`, at);
    t.is(cut.signal, 'SIGKILL');
    t.is(cut.calls >= at, true);
  }
  const beyond = await runIn('beyond', whole.calls + 10);
  t.is(beyond.status, 0);
});

testWith([...killAtNeeds, 'python3'], 'a call can fail instead, once, with any error', async (t) => {
  const injector = await buildInjector(t);
  const below = await temporaryFolder(t);
  const script = [
    'import os, sys',
    'def make(name):',
    '    try: os.mkdir(os.path.join(sys.argv[1], name))',
    '    except OSError as error: print(error.errno)',
    'make("a"); make("b"); make("c")',
  ].join('\n');
  const result = await injector.run([systemPython, '-c', script, below], { below, at: 2, fails: 'ENOSPC' });
  t.is(result.stdout, '28\n');
  t.is(result.status, 0);
  t.is(result.call, `mkdir ${below}/b`);
  t.deepEqual((await readdir(below)).sort(), ['a', 'c']);
  t.false(existsSync(path.join(below, 'b')));
});

testWith(
  [...killAtNeeds, 'python3'],
  'a command can be stopped before a call while the world changes',
  async (t) => {
    const injector = await buildInjector(t);
    const below = await temporaryFolder(t);
    const script =
      'import os, sys; os.mkdir(sys.argv[1] + "/a"); os.mkdir(sys.argv[1] + "/a/b"); print("done")';
    const command = [systemPython, '-c', script, below] as const;
    const meanwhile = async (): Promise<void> => {
      t.deepEqual(await readdir(below), ['a'], 'the first call was made, the second was not');
      await rmdir(path.join(below, 'a'));
    };
    const result = await injector.run(command, { below, at: 2, meanwhile });
    t.is(result.call, `mkdir ${below}/a/b`);
    t.regex(result.stderr, /FileNotFoundError/);
  },
);
