/** Vaults on real volumes: full, read-only, yanked, swapped, bare, exFAT and FAT32. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { loopImage, volumeNeeds } from '../../support/mounts.js';
import { testWith } from '../../support/needs.js';
import { listTree, seededBytes, temporaryFolder } from '../../support/trees.js';
import * as kit from './vault-kit.js';

/** Small files until the volume takes no more. */
async function fillVolume(folder: string, sizes: readonly number[]): Promise<string[]> {
  const files: string[] = [];
  await mkdir(folder, { recursive: true });
  for (const sizeBytes of sizes) {
    for (;;) {
      const file = path.join(folder, String(files.length));
      try {
        await writeFile(file, Buffer.alloc(sizeBytes, 1));
        files.push(file);
      } catch (error) {
        if (kit.codeOf(error) !== 'ENOSPC') throw error;
        files.push(file);
        break;
      }
    }
  }
  return files;
}

testWith(volumeNeeds.ext4, 'nothing is ever written into a bare mount point', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  const box = await kit.newVault(t, drive.path);
  const vault = await box.open();
  const [first, second] = [await kit.incoming(vault, ['a', '1']), await kit.incoming(vault, ['b/c', '2'])];
  await vault.commit([first]);
  await drive.unmount();
  t.is(kit.codeOf(await t.throwsAsync(vault.commit([second]))), 'vault-away');
  await vault.close();
  t.is(kit.codeOf(await t.throwsAsync(box.open())), 'vault-away');
  t.deepEqual([...(await listTree(drive.path)).keys()], []);
  await drive.mount();
  await (await box.open()).close();
  t.deepEqual(await kit.contents(box.root), { 'Pictures/Photos/a': '1' });
});

testWith(
  volumeNeeds.ext4,
  'a volume that goes between the check and the renames gets nothing either',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    const box = await kit.newVault(t, drive.path);
    // The folder that the vault had on the volume may exist on the bare mount point, too.
    for (const bare of [false, true]) {
      let yank = false;
      const native: typeof kit.native = {
        ...kit.native,
        async arrange(steps) {
          if (yank && steps.some((step) => step.do === 'rename')) {
            yank = false;
            await drive.unmount();
            if (bare) await mkdir(box.root, { recursive: true });
          }
          return await kit.native.arrange(steps);
        },
      };
      const vault = await box.open({ native });
      const line = await kit.incoming(vault, [`x${String(bare)}/a`, '1']);
      yank = true;
      t.is(kit.codeOf(await t.throwsAsync(vault.commit([line]))), 'vault-away');
      await vault.close();
      t.deepEqual([...(await listTree(drive.path)).keys()], bare ? ['Glassine'] : []);
      await drive.mount();
      // The line was durable: what was left to do is done now.
      await (await box.open()).close();
      t.is((await kit.contents(box.root))[`Pictures/Photos/x${String(bare)}/a`], '1');
    }
  },
);

testWith(
  volumeNeeds.ext4,
  "another vault's drive at the path is refused, before and during a pass",
  async (t) => {
    const [one, two] = [
      await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 }),
      await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 }),
    ];
    const [box, other] = [await kit.newVault(t, one.path), await kit.newVault(t, two.path)];
    const vault = await box.open();
    const line = await kit.incoming(vault, ['a', '1']);
    await one.unmount();
    await two.unmount();
    await two.mount({ at: one.path });
    const before = await listTree(one.path);
    t.is(kit.codeOf(await t.throwsAsync(vault.commit([line]))), 'vault-other');
    await vault.close();
    t.is(kit.codeOf(await t.throwsAsync(box.open())), 'vault-other');
    t.deepEqual(await listTree(one.path), before);
    t.not(box.id, other.id);
  },
);

testWith(volumeNeeds.ext4, 'the same vault mounted anew is not the one that was opened', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
  const box = await kit.newVault(t, drive.path);
  const vault = await box.open();
  await drive.unmount();
  // The device may get the same number again; a clone on the disk of the mount point never does.
  await mkdir(box.root);
  await writeFile(path.join(box.root, 'vault.json'), await markerOf(box.id));
  t.is(kit.codeOf(await t.throwsAsync(vault.commit([kit.sourceLine]))), 'vault-away');
  await vault.close();
});

function markerOf(id: string): Promise<string> {
  const created = '2026-11-21T18:26:03Z';
  return Promise.resolve(
    JSON.stringify({ format: 'glassine-vault', version: 1, kind: 'open', id, hash: 'blake3', created }),
  );
}

testWith(volumeNeeds.ext4, 'a full volume keeps what it has, and pruning makes room', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 8 << 20 });
  const box = await kit.newVault(t, drive.path);
  let vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['old', seededBytes(1, 200_000)])]);
  await vault.commit([kit.retired('old', 'old 1')]);
  const many: NewLine[] = [];
  for (let n = 0; n < 100; n++) many.push(await kit.incoming(vault, [`folder ${String(n)}/a`, String(n)]));
  await fillVolume(path.join(drive.path, 'fill'), [65_536, 4096, 1024]);
  const before = [...vault.readLines(kit.writer, 0)];
  t.is(kit.codeOf(await t.throwsAsync(vault.commit(many))), 'vault-full');
  t.deepEqual([...vault.readLines(kit.writer, 0)], before);
  t.is(kit.codeOf(await t.throwsAsync(vault.commit(many))), 'vault-full');
  await vault.close();
  t.deepEqual(Object.keys(await kit.contents(box.root)), ['Versions/Photos/old 1']);

  vault = await box.open();
  await vault.commit([{ do: 'prune', stored: 'Versions/Photos/old 1', reasons: ['room is needed'] }]);
  await vault.commit([await kit.incoming(vault, ['new/a', 'fits'])]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { 'Pictures/Photos/new/a': 'fits' });
});

testWith(volumeNeeds.ext4, 'a vault without a free inode says so, and keeps nothing by halves', async (t) => {
  const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20, inodes: 128 });
  const box = await kit.newVault(t, drive.path);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['old', '1'])]);
  await vault.commit([kit.retired('old', 'old 1')]);
  const lines: NewLine[] = [];
  for (let n = 0; n < 20; n++) lines.push(await kit.incoming(vault, [`f${String(n)}/a`, String(n)]));
  const filler = await fillVolume(path.join(drive.path, 'fill'), [0]);
  t.true(filler.length > 10);
  t.is(kit.codeOf(await t.throwsAsync(vault.commit(lines))), 'vault-full');
  await vault.commit([{ do: 'prune', stored: 'Versions/Photos/old 1', reasons: ['room is needed'] }]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {});
});

testWith(
  volumeNeeds.ext4,
  'what a full volume keeps from being finished waits, and is finished later',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    const box = await kit.newVault(t, drive.path);
    let isFull = true;
    const native: typeof kit.native = {
      ...kit.native,
      arrange: async (steps) => {
        const results = await kit.native.arrange(steps.filter((step) => !isFull || step.do !== 'rename'));
        const full = { code: 'ENOSPC', syscall: 'rename', path: 'x', message: 'ENOSPC' };
        return isFull ? steps.map((step) => (step.do === 'rename' ? full : null)) : results;
      },
    };
    const first = await box.open();
    await first.commit([await kit.incoming(first, ['old', '0'])]);
    await first.commit([kit.retired('old', 'old 1')]);
    await first.close();
    let vault = await box.open({ native });
    t.is(
      kit.codeOf(await t.throwsAsync(vault.commit([await kit.incoming(vault, ['a', '1'])]))),
      'vault-full',
    );
    await vault.close();
    // Opening works all the same: without it nothing could be pruned.
    vault = await box.open({ native });
    t.is(
      kit.codeOf(await t.throwsAsync(vault.commit([await kit.incoming(vault, ['b', '2'])]))),
      'vault-full',
    );
    await vault.commit([{ do: 'prune', stored: 'Versions/Photos/old 1', reasons: ['room is needed'] }]);
    t.is(await readFile(vault.absolute('Pictures/Photos/a'), 'utf8'), '1');
    isFull = false;
    await vault.commit([await kit.incoming(vault, ['c', '3'])]);
    await vault.close();
    t.deepEqual(await kit.contents(box.root), { 'Pictures/Photos/a': '1', 'Pictures/Photos/c': '3' });
    vault = await box.open();
    t.is([...vault.readLines(kit.writer, 0)].at(-1)?.do, 'settled');
    await vault.close();
  },
);

testWith(
  volumeNeeds.ext4,
  'a read-only volume is told, before and during a pass, and can be read',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 16 << 20 });
    const box = await kit.newVault(t, drive.path);
    const vault = await box.open();
    await vault.commit([kit.sourceLine, await kit.incoming(vault, ['a', '1'])]);
    await vault.close();
    await drive.remountReadOnly();
    t.is(kit.codeOf(await t.throwsAsync(box.open())), 'vault-read-only');
    const reader = await box.open({ readOnly: true });
    t.is([...reader.readLines(kit.writer, 0)].length, 3);
    t.is(await readFile(reader.absolute('Pictures/Photos/a'), 'utf8'), '1');
    await reader.close();
    await drive.remountWritable();
    await (await box.open()).close();
    t.is(kit.codeOf(await t.throwsAsync(kit.newVault(t, drive.path))), 'vault-exists');
  },
);

testWith(
  volumeNeeds.ext4,
  'a drive that is yanked again and again loses nothing that was committed',
  async (t) => {
    const drive = await loopImage(t, { fs: 'ext4', sizeBytes: 32 << 20 });
    const box = await kit.newVault(t, drive.path);
    const committed: Record<string, string> = {};
    for (let round = 0; round < 6; round++) {
      const vault = await box.open();
      for (let n = 0; n < 3; n++) {
        const name = `${String(round)}/${String(n)}`;
        await vault.commit([
          await kit.provenIncoming(vault, [name, name]),
          await kit.provenIncoming(
            vault,
            ['again', name],
            n + round > 0 ? { aside: `Versions/Photos/again before ${name}` } : {},
          ),
        ]);
        committed[`Pictures/Photos/${name}`] = name;
        committed['Pictures/Photos/again'] = name;
      }
      const late = await kit.provenIncoming(vault, [`late ${String(round)}`, 'late']);
      await drive.shutdown();
      t.is(kit.codeOf(await t.throwsAsync(vault.commit([late]))), 'vault-io');
      await vault.close();
      await drive.unmount();
      await drive.mount();
    }
    await (await box.open()).close();
    const found = await kit.contents(box.root, ['Pictures', 'Incoming']);
    const late = Object.keys(found).filter((place) => place.includes('late'));
    t.deepEqual(
      Object.fromEntries(Object.entries(found).filter(([place]) => !late.includes(place))),
      committed,
    );
    t.is(Object.keys(await kit.contents(box.root, ['Versions'])).length, 17);
  },
);

testWith(lyingNeeds, 'a drive that cannot flush the ledger keeps nothing', async (t) => {
  const drive = await lyingMount(t);
  const box = await kit.newVault(t, drive.path);
  const vault = await box.open();
  const line = await kit.incoming(vault, ['a', '1']);
  await drive.lie({ flushError: 'EIO' });
  t.is(kit.codeOf(await t.throwsAsync(vault.commit([line]))), 'vault-io');
  await vault.close();
  await drive.lie({});
  const again = await box.open();
  t.deepEqual([...again.readLines(kit.writer, 0)], []);
  await again.close();
  t.deepEqual(await kit.contents(box.root), {});
});

testWith(lyingNeeds, 'renames that fail are finished by the next opening', async (t) => {
  const drive = await lyingMount(t);
  const box = await kit.newVault(t, drive.path);
  const vault = await box.open();
  const line = await kit.incoming(vault, ['a', '1']);
  await drive.lie({ renameError: 'a' });
  t.is(kit.codeOf(await t.throwsAsync(vault.commit([line]))), 'vault-io');
  await vault.close();
  await drive.lie({});
  await (await box.open()).close();
  t.deepEqual(await kit.contents(box.root), { 'Pictures/Photos/a': '1' });
});

test('a vault copied to another folder is the same vault there', async (t) => {
  const box = await kit.newVault(t);
  const copy = path.join(await temporaryFolder(t), 'Glassine');
  await mkdir(copy);
  await copyFile(path.join(box.root, 'vault.json'), path.join(copy, 'vault.json'));
  const vault = await box.open({ root: copy });
  await vault.commit([await kit.incoming(vault, ['a', '1'])]);
  await vault.close();
  t.deepEqual(await kit.contents(copy), { 'Pictures/Photos/a': '1' });
});
