/** What the addon costs a process in memory: when it is loaded, and while it walks. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { mustRun } from '../support/commands.js';
import { roomyFolder } from '../support/trees.js';

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

test('memory stays flat however much there is to walk', async (t) => {
  const root = await roomyFolder(t);
  const script =
    'cd "$1" && for f in $(seq 200); do mkdir f$f && (cd f$f && seq -f %04.0f.xmp 250 | xargs touch); done';
  execFileSync('sh', ['-c', script, 'sh', root]);
  const module = JSON.stringify(new URL('../../src/platform/native.js', import.meta.url).href);
  const measure = `
    import { native } from ${module};
    native.hash(Buffer.alloc(1));
    gc();
    const before = process.memoryUsage.rss();
    let count = 0;
    for await (const { entries } of native.walk(${JSON.stringify(root)})) {
      count += entries.length;
      // Slow to take, so that the walk has to wait.
      if (count % 10_000 < 250) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    gc();
    console.log(count, process.memoryUsage.rss() - before);
  `;
  const said = await mustRun(process.execPath, ['--expose-gc', '--input-type=module', '-e', measure]);
  const [count, grownBytes] = said.trim().split(' ').map(Number);
  t.is(count, 50_200);
  t.true((grownBytes ?? Infinity) < 25 << 20, `${grownBytes} bytes more`);
});
