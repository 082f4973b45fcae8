/** Who is told of a commit, and when: after the ledger's flush, beside the renames. */
import { unlink } from 'node:fs/promises';
import test from 'ava';
import * as kit from './vault-kit.js';

const pictures = 'Pictures/Photos';

test('who waits for the ledger is told while the renames are under way, and not where nothing is kept', async (t) => {
  const box = await kit.newVault(t);
  const events: string[] = [];
  const native: typeof kit.native = {
    ...kit.native,
    async arrange(steps) {
      if (!steps.some((step) => step.do === 'rename')) return await kit.native.arrange(steps);
      events.push('begun');
      const results = await kit.native.arrange(steps);
      events.push('done');
      return results;
    },
  };
  const vault = await box.open({ native });
  const gone = await kit.incoming(vault, ['x', '0']);
  await unlink(vault.absolute((gone as { from: string }).from));
  await t.throwsAsync(vault.commit([gone], () => events.push('told of nothing')));
  const returned = await vault.commit([await kit.incoming(vault, ['a', '1'])], (lines) => {
    t.deepEqual([...vault.readLines(kit.writer, 0)], [...lines]);
    events.push('told');
  });
  t.deepEqual(events, ['begun', 'told', 'done']);
  t.is(returned.length, 1);
  const mistake = (): never => {
    throw new Error('a mistake');
  };
  const thrown = await t.throwsAsync(vault.commit([await kit.incoming(vault, ['b', '2'])], mistake));
  t.regex(thrown.message, /a mistake/);
  t.deepEqual(events.slice(-2), ['begun', 'done']);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a`]: '1', [`${pictures}/b`]: '2' });
});

test('a folder that cannot be flushed is a failure, also where a rename has to be tried again', async (t) => {
  const box = await kit.newVault(t);
  let errands = 0;
  const native: typeof kit.native = {
    ...kit.native,
    async arrange(steps) {
      if (!steps.some((step) => step.do === 'rename') || (errands += 1) > 1)
        return await kit.native.arrange(steps);
      const failed = (code: string) => ({ name: 'Error', code, syscall: 'x', path: 'x', message: code });
      return steps.map((step) => failed(step.do === 'rename' ? 'EEXIST' : 'EIO'));
    },
  };
  const vault = await box.open({ native });
  const thrown = await t.throwsAsync(vault.commit([await kit.incoming(vault, ['a/b', '1'])]));
  t.is(kit.codeOf(thrown), 'vault-io');
  t.is(errands, 1);
  await vault.close();
  await (await box.open()).close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a/b`]: '1' });
});

test('what a crash left renamed and perhaps not flushed is flushed before it counts as settled', async (t) => {
  const box = await kit.newVault(t);
  const native: typeof kit.native = {
    ...kit.native,
    async arrange(steps) {
      if (!steps.some((step) => step.do === 'rename')) return await kit.native.arrange(steps);
      await kit.native.arrange(steps.filter((step) => step.do !== 'flushFolder'));
      throw new Error('the end of the process');
    },
  };
  const vault = await box.open({ native });
  await t.throwsAsync(vault.commit([await kit.incoming(vault, ['a/b', '1'])]));
  const flushed = new Set<string>();
  const watching: typeof kit.native = {
    ...kit.native,
    async arrange(steps) {
      for (const step of steps) if (step.do === 'flushFolder') flushed.add(String(step.path));
      return await kit.native.arrange(steps);
    },
  };
  const again = await box.open({ native: watching });
  t.true(flushed.has(again.absolute(`${pictures}/a`)));
  t.true(flushed.has(again.absolute(`Incoming/${kit.writer}`)));
  await again.close();
});
