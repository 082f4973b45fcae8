/** One agent per home, whatever happens to the one before. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { lockTaken, takeHomeLock } from '../../src/agent/home-lock.js';
import { findHome, makeHome } from '../../src/platform/home.js';
import { native } from '../../src/platform/native.js';
import { temporaryFolder } from '../support/trees.js';

test('a second one is refused, and told who is there', async (t) => {
  const home = findHome({ GLASSINE_HOME: await temporaryFolder(t) });
  await makeHome(home);
  const lock = await takeHomeLock(native, home, 'run');
  t.truthy(lock);
  t.is(await takeHomeLock(native, home, 'backup'), undefined);
  const error = await lockTaken(home);
  t.is(error.code, 'agent-running');
  t.deepEqual(error.problem.facts, { pid: process.pid, verb: 'run' });
  await lock?.release();
  const next = await takeHomeLock(native, home, 'backup');
  t.truthy(next);
  await next?.release();
});

test('a lock whose holder was killed is free, without a human', async (t) => {
  const home = findHome({ GLASSINE_HOME: await temporaryFolder(t) });
  await makeHome(home);
  const module = new URL('../../src/platform/native.js', import.meta.url).href;
  const program = `
    const { native } = await import(${JSON.stringify(module)});
    if (!native.lockFile(${JSON.stringify(home.lockFile)})) process.exit(1);
    console.log('locked');
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  t.is(await takeHomeLock(native, home, 'run'), undefined);
  t.is((await lockTaken(home)).problem.facts, undefined, 'nobody said who');
  holder.kill('SIGKILL');
  await once(holder, 'close');
  const lock = await takeHomeLock(native, home, 'run');
  t.truthy(lock);
  await lock?.release();
});

test('a home that is no folder is an error, not a lock', async (t) => {
  const folder = await temporaryFolder(t);
  const files = { lockFile: join(folder, 'nowhere', 'agent.lock'), holderFile: join(folder, 'holder') };
  await t.throwsAsync(takeHomeLock(native, files, 'run'));
});
