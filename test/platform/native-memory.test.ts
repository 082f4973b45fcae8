/** What the addon costs a process that loads it. */
import path from 'node:path';
import test from 'ava';
import { mustRun } from '../support/commands.js';

test('the addon takes little memory', async (t) => {
  const load = path.join(
    path.dirname(new URL('../../src/platform/native.js', import.meta.url).pathname),
    'native.js',
  );
  const script = (body: string): string => `${body}; gc(); console.log(process.memoryUsage.rss())`;
  const measure = async (body: string): Promise<number> => {
    const args = ['--expose-gc', '--input-type=module', '-e', script(body)];
    const rounds = [];
    for (let round = 0; round < 5; round++) rounds.push(Number(await mustRun(process.execPath, args)));
    return Math.min(...rounds);
  };
  const without = await measure(`await import('node:assert'); await import('node:module')`);
  const withAddon = await measure(
    `const { native } = await import(${JSON.stringify(load)}); native.hash(Buffer.of(1))`,
  );
  t.true(withAddon - without < 4 << 20, `${withAddon - without} bytes more`);
});
