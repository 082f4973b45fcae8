/**
 * Vaults on exFAT and FAT32, as most drives of photographers are: few names, coarse times, no links, no
 * journal.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { asideName, storedName } from '../../../src/rules/stored-names.js';
import { exfatMount, fatMount, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import * as kit from './vault-kit.js';

for (const [fs, mount] of [
  ['exfat', exfatMount],
  ['fat', fatMount],
] as const) {
  testWith(
    volumeNeeds[fs],
    `a vault works on ${fs}, whose names are restricted and whose files have no links`,
    async (t) => {
      const drive = await mount(t, { sizeBytes: 64 << 20 });
      const box = await kit.newVault(t, drive.path);
      const vault = await box.open();
      t.false(vault.rules.caseSensitive);
      t.false(vault.rules.links);
      for (const character of '"*:<>?|') t.true(vault.rules.refusedCharacters.includes(character), character);
      const strange = storedName('ä ö あ 😀?.jpg', vault.rules);
      await vault.commit([
        await kit.provenIncoming(vault, ['a/IMG.jpg', '1']),
        await kit.provenIncoming(vault, [`a/${strange}`, '2']),
        await kit.provenIncoming(vault, ['b', '3']),
        kit.keptFolder('empty'),
      ]);
      const asideOfStrange = asideName(strange, 1_795_285_563_000, { rules: vault.rules });
      const aside = 'Versions/Photos/b (2026-11-21 18.26.03Z)';
      await vault.commit([
        kit.moved('a/IMG.jpg', 'a/img.JPG'),
        await kit.provenIncoming(vault, ['b', '4'], { aside }),
        kit.retired(`a/${strange}`, `a/${asideOfStrange}`),
        kit.retiredFolder('empty'),
      ]);
      await vault.close();
      await drive.unmount();
      await drive.mount();
      await (await box.open()).close();
      t.deepEqual(await kit.contents(box.root), {
        'Pictures/Photos/a/img.JPG': '1',
        'Pictures/Photos/b': '4',
        [aside]: '3',
        [`Versions/Photos/a/${asideOfStrange}`]: '2',
      });
      const { mtimeMs } = await stat(path.join(box.root, 'Pictures/Photos/b'));
      t.true(Math.abs(mtimeMs - 1_700_000_000_000) <= 2000, String(mtimeMs));
    },
  );

  testWith(
    volumeNeeds[fs],
    `on ${fs} a name that changes only in case survives a crash at any step`,
    async (t) => {
      const drive = await mount(t, { sizeBytes: 64 << 20 });
      const box = await kit.newVault(t, drive.path);
      const names = ['img.jpg', 'IMG.JPG'] as const;
      const first = await box.open();
      await first.commit([await kit.incoming(first, [names[0], '1'])]);
      await first.close();
      for (let steps = 0, at = 0; steps < 12; steps++) {
        const crashing = kit.crashingNative(steps);
        const was = names[at % 2] ?? '';
        const name = names[(at + 1) % 2] ?? '';
        try {
          const vault = await box.open({ native: crashing.native });
          await vault.commit([kit.moved(was, name)]).finally(() => vault.close());
        } catch (error) {
          if (!crashing.crashed) throw error;
        }
        const vault = await box.open();
        const last = [...vault.readLines(kit.writer, 0)].findLast((line) => line.do !== 'settled');
        const expected = last?.do === 'move' ? last.stored : 'Pictures/Photos/img.jpg';
        t.deepEqual(await kit.contents(box.root), { [expected]: '1' }, `${String(steps)} steps`);
        await vault.close();
        at = expected.endsWith('JPG') ? 1 : 0;
      }
    },
  );

  testWith(volumeNeeds[fs], `on ${fs} a stranger's file is put aside`, async (t) => {
    const drive = await mount(t, { sizeBytes: 64 << 20 });
    const box = await kit.newVault(t, drive.path);
    const vault = await box.open();
    await kit.strangerAt(box.root, 'Pictures/Photos/A.JPG', 'stranger');
    await vault.commit([await kit.incoming(vault, ['a.jpg', 'ours'])]);
    await vault.close();
    const found = await kit.contents(box.root);
    t.is(await readFile(path.join(box.root, 'Pictures/Photos/a.jpg'), 'utf8'), 'ours');
    t.deepEqual(Object.values(found).sort(), ['ours', 'stranger']);
  });

  testWith(volumeNeeds[fs], `a killed ${fs} server is a drive that went`, async (t) => {
    const drive = await mount(t, { sizeBytes: 64 << 20 });
    const box = await kit.newVault(t, drive.path);
    const vault = await box.open();
    const line = await kit.incoming(vault, ['a', '1']);
    await drive.shutdown();
    t.true(
      ['vault-io', 'vault-away'].includes(String(kit.codeOf(await t.throwsAsync(vault.commit([line]))))),
    );
    await vault.close();
    await drive.unmount();
    await drive.mount();
    await (await box.open()).close();
    t.deepEqual(await readdir(path.join(box.root, 'Incoming', kit.writer)), []);
  });
}
