/** What a batch must be before anything of it is done. */
import test from 'ava';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import * as kit from './vault-kit.js';

const pictures = 'Pictures/Photos';
const versions = 'Versions/Photos';

const wrong: readonly (readonly [string, (name: string) => NewLine[]])[] = [
  ['climbs out of the vault', () => [{ ...kit.retired('../../x', 'x') }]],
  [
    "waits in another writer's folder",
    () => [{ ...kit.moved('a', 'b'), from: 'Incoming/other/1' } as NewLine],
  ],
  ['prunes what Pictures shows', () => [{ do: 'prune', stored: `${pictures}/a`, reasons: [] }]],
  [
    'puts aside what it does not say the place of',
    () => [
      {
        ...{ do: 'keep', source: kit.source, path: 'a', kind: 'link', target: 'x', bytes: 0, modified: 1 },
        aside: `${versions}/a 1`,
      },
    ],
  ],
  ['fills a place twice', () => [kit.moved('a', 'c'), kit.moved('b', 'c')]],
  ['takes from a place twice', () => [kit.moved('a', 'c'), kit.retired('a', 'a 1')]],
  ['takes from a place it has just filled', () => [kit.moved('a', 'c'), kit.retired('c', 'c 1')]],
];

for (const [title, lines] of wrong) {
  test(`a batch that ${title} is a mistake of ours, and nothing of it is done`, async (t) => {
    const box = await kit.newVault(t);
    const vault = await box.open();
    for (const name of ['a', 'b']) await vault.commit([await kit.incoming(vault, [name, name])]);
    await t.throwsAsync(vault.commit(lines('a')), { code: 'ERR_ASSERTION' });
    await vault.close();
    t.deepEqual(await kit.contents(box.root), { [`${pictures}/a`]: 'a', [`${pictures}/b`]: 'b' });
  });
}
