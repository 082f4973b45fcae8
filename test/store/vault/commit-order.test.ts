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
