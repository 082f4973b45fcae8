/** Committing to a vault: what lies where afterwards, and what the ledger says. */
import { lstat, mkdir, readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import { temporaryFolder } from '../../support/trees.js';
import * as kit from './vault-kit.js';

const pictures = 'Pictures/Photos';
const versions = 'Versions/Photos';

test('a kept file lies in Pictures with its content and time', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const lines = await vault.commit([kit.sourceLine, await kit.incoming(vault, ['a/b.jpg', 'one'])]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a/b.jpg`]: 'one' });
  t.deepEqual(
    lines.map((line) => [line.n, line.do]),
    [
      [1, 'source'],
      [2, 'keep'],
    ],
  );
  t.is((await stat(path.join(box.root, pictures, 'a/b.jpg'))).mtimeMs, 1_700_000_000_000);
});

test('what commit returns is what the ledger says, `settled` included', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const returned = [...(await vault.commit([await kit.incoming(vault, ['a', '1'])]))];
  returned.push(...(await vault.commit([await kit.incoming(vault, ['b', '2'])])));
  t.deepEqual(
    returned.map((line) => line.do),
    ['keep', 'settled', 'keep'],
  );
  t.deepEqual([...vault.readLines(kit.writer, 0)], returned);
  t.deepEqual([...vault.readLines(kit.writer, 2)], returned.slice(2));
  t.deepEqual(vault.ledgers, [{ writer: kit.writer, position: { n: 3, link: returned[2]?.link ?? '' } }]);
  await vault.close();
  const again = await box.open();
  t.deepEqual(
    [...again.readLines(kit.writer, 3)].map((line) => line.do),
    ['settled'],
  );
  await again.close();
});

test('a replaced version goes aside and keeps its bytes and time', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['a/b.xmp', 'old'])]);
  const aside = `${versions}/a/b (2026-11-21 18.26.03Z).xmp`;
  await vault.commit([
    await kit.incoming(vault, ['a/b.xmp', 'new'], { aside, modified: 1_800_000_000_000_000 }),
  ]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a/b.xmp`]: 'new', [aside]: 'old' });
  t.is((await stat(path.join(box.root, aside))).mtimeMs, 1_700_000_000_000);
  t.is((await stat(path.join(box.root, pictures, 'a/b.xmp'))).mtimeMs, 1_800_000_000_000);
});

test('a removed file goes aside, and folders it leaves empty go', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([
    await kit.incoming(vault, ['x/y/a', '1']),
    await kit.incoming(vault, ['x/b', '2']),
    await kit.incoming(vault, ['c', '3']),
  ]);
  await vault.commit([kit.retired('x/y/a', 'x/y/a 1')]);
  t.deepEqual(await kit.contents(box.root, ['Pictures']), {
    [`${pictures}/x/b`]: '2',
    [`${pictures}/c`]: '3',
  });
  await vault.commit([kit.retired('x/b', 'x/b 1'), kit.retired('c', 'c 1')]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {
    [`${versions}/x/y/a 1`]: '1',
    [`${versions}/x/b 1`]: '2',
    [`${versions}/c 1`]: '3',
  });
  t.true((await stat(path.join(box.root, pictures))).isDirectory());
});

test('a moved file is renamed, with its new time, and nothing is copied', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['old/a', '1']), await kit.incoming(vault, ['b', '2'])]);
  const { ino } = await stat(path.join(box.root, pictures, 'old/a'));
  await vault.commit([
    { ...kit.moved('old/a', 'new/c'), modified: 1_710_000_000_000_000 } as NewLine,
    await kit.incoming(vault, ['old', 'now a file']),
  ]);
  await vault.commit([kit.moved('new/c', 'b', { aside: `${versions}/b 1` })]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {
    [`${pictures}/b`]: '1',
    [`${pictures}/old`]: 'now a file',
    [`${versions}/b 1`]: '2',
  });
  t.is((await stat(path.join(box.root, pictures, 'b'))).ino, ino);
});

test('in one batch a place can be left and taken again', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([
    await kit.incoming(vault, ['a', '1']),
    await kit.incoming(vault, ['b', '2']),
    await kit.incoming(vault, ['d/e', '3']),
  ]);
  await vault.commit([
    kit.moved('a', 'c'),
    await kit.incoming(vault, ['a/in', '4']),
    kit.retired('b', 'b 1'),
    await kit.incoming(vault, ['b', '5']),
    kit.retired('d/e', 'd/e 1'),
    await kit.incoming(vault, ['d', '6']),
  ]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {
    [`${pictures}/a/in`]: '4',
    [`${pictures}/b`]: '5',
    [`${pictures}/c`]: '1',
    [`${pictures}/d`]: '6',
    [`${versions}/b 1`]: '2',
    [`${versions}/d/e 1`]: '3',
  });
});

test('a file moves into a folder of its own name, and out again', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['a', '1'])]);
  await vault.commit([kit.moved('a', 'a/b')]);
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a/b`]: '1' });
  await vault.commit([kit.moved('a/b', 'a')]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a`]: '1' });
});

test('links are kept as links, with the time they had, and never followed', async (t) => {
  const box = await kit.newVault(t);
  const outside = path.join(await temporaryFolder(t), 'outside');
  await writeFile(outside, 'mine');
  const before = await stat(outside);
  const vault = await box.open();
  await vault.commit([await kit.incomingLink(vault, 'l', outside)]);
  await vault.commit([kit.retired('l', 'l 1')]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${versions}/l 1`]: `-> ${outside}` });
  t.is((await lstat(path.join(box.root, versions, 'l 1'))).mtimeMs, 1_700_000_000_000);
  t.deepEqual(await stat(outside), before);
});

test('a link that the volume cannot hold is in the ledger alone', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([
    { do: 'keep', source: kit.source, path: 'l', kind: 'link', target: 'x', bytes: 0, modified: 1 },
  ]);
  await vault.commit([{ do: 'retire', source: kit.source, path: 'l' }]);
  t.is([...vault.readLines(kit.writer, 0)].length, 3);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {});
});

test('empty folders are kept, stay when their neighbours leave, and go when they are retired', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['e/a', '1']), await kit.incoming(vault, ['f/a', '2'])]);
  await vault.commit([kit.keptFolder('e/empty'), kit.keptFolder('f')]);
  await vault.commit([kit.retired('e/a', 'e/a 1'), kit.retired('f/a', 'f/a 1')]);
  t.deepEqual(await kit.contents(box.root, ['Pictures']), {
    [`${pictures}/e/empty`]: '/',
    [`${pictures}/f`]: '/',
  });
  t.is((await stat(path.join(box.root, pictures, 'e/empty'))).mtimeMs, 1_600_000_000_000);
  await vault.commit([kit.retiredFolder('e/empty'), kit.retiredFolder('f')]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root, ['Pictures']), {});
});

test('a new time and mode are set at the stored file, which its owner can always read', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const keep = (await kit.incoming(vault, ['a', '1'])) as Extract<NewLine, { do: 'keep' }>;
  await vault.commit([keep]);
  const { from, ...again } = keep;
  t.truthy(from);
  await vault.commit([
    { ...again, modified: 1_750_000_000_000_000, mode: 0o4111, xattrs: { 'user.tag': 'cmVk' } },
  ]);
  await vault.close();
  const found = await stat(path.join(box.root, pictures, 'a'));
  t.is(found.mtimeMs, 1_750_000_000_000);
  t.is(found.mode & 0o7777, 0o600);
});

test('pruning removes the stored version and the folders it leaves empty, and nothing else', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['x/a', '1']), await kit.incoming(vault, ['x/b', '2'])]);
  await vault.commit([kit.retired('x/a', 'x/a 1'), kit.retired('x/b', 'x/b 1')]);
  await vault.commit([{ do: 'prune', stored: `${versions}/x/a 1`, reasons: ['thinned'] }]);
  t.deepEqual(await kit.contents(box.root), { [`${versions}/x/b 1`]: '2' });
  await vault.commit([{ do: 'prune', stored: `${versions}/x/b 1`, reasons: ['thinned'] }]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {});
  await t.throwsAsync(lstat(path.join(box.root, versions, 'x')), { code: 'ENOENT' });
});

test("a stranger's file where a new one comes is put aside, never replaced", async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['m', 'moves'])]);
  await kit.strangerAt(box.root, `${pictures}/a.jpg`, "a stranger's");
  await kit.strangerAt(box.root, `${pictures}/n`, 'in the way of a move');
  await vault.commit([await kit.incoming(vault, ['a.jpg', 'ours']), kit.moved('m', 'n')]);
  await vault.close();
  const found = await kit.contents(box.root);
  t.is(found[`${pictures}/a.jpg`], 'ours');
  t.is(found[`${pictures}/n`], 'moves');
  const rest = Object.entries(found).filter(([place]) => place.startsWith('Versions/'));
  t.deepEqual(rest.map(([, content]) => content).sort(), ["a stranger's", 'in the way of a move']);
  t.regex(rest[0]?.[0] ?? '', /^Versions\/Photos\/a \(2026-11-21 18\.\d\d\.\d\dZ\)\.jpg$/);
});

test("a stranger's folder in a file's place, and file in a folder's place, are put aside", async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await kit.strangerAt(box.root, `${pictures}/a/inside/x`, 'one');
  await kit.strangerAt(box.root, `${pictures}/b`, 'two');
  await kit.strangerAt(box.root, `${versions}/c`, 'three');
  await vault.commit([
    await kit.incoming(vault, ['a', 'A']),
    await kit.incoming(vault, ['b/c/d', 'B']),
    await kit.incoming(vault, ['c/c', 'C']),
  ]);
  await vault.commit([kit.retired('c/c', 'c/c 1')]);
  await vault.close();
  const found = await kit.contents(box.root);
  t.is(found[`${pictures}/a`], 'A');
  t.is(found[`${pictures}/b/c/d`], 'B');
  t.is(found[`${versions}/c/c 1`], 'C');
  t.deepEqual(Object.values(found).sort(), ['A', 'B', 'C', 'one', 'three', 'two']);
});

test('a link in the place of a folder does not lead our writing out of the vault', async (t) => {
  const box = await kit.newVault(t);
  const outside = await temporaryFolder(t);
  const vault = await box.open();
  await mkdir(path.join(box.root, pictures));
  await symlink(outside, path.join(box.root, pictures, 'a'));
  await vault.commit([await kit.incoming(vault, ['a/b', 'ours']), kit.keptFolder('a/e')]);
  await vault.close();
  t.deepEqual(await kit.contents(outside, ['.']), {});
  const found = await kit.contents(box.root);
  t.is(found[`${pictures}/a/b`], 'ours');
  t.true(Object.values(found).includes(`-> ${outside}`));
});

test('an aside name that a stranger has gets a number, and the returned line says so', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([await kit.incoming(vault, ['a.xmp', 'old'])]);
  const aside = `${versions}/a (2026-11-21 18.26.03Z).xmp`;
  await kit.strangerAt(box.root, aside, 'stranger');
  const [, line] = await vault.commit([await kit.incoming(vault, ['a.xmp', 'new'], { aside })]);
  await vault.close();
  const numbered = `${versions}/a (2026-11-21 18.26.03Z) 2.xmp`;
  t.is(line?.do === 'keep' && line.aside, numbered);
  t.deepEqual(await kit.contents(box.root), {
    [`${pictures}/a.xmp`]: 'new',
    [aside]: 'stranger',
    [numbered]: 'old',
  });
});

test('what a person took out of the vault stops nothing', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const names = ['a', 'b', 'c', 'd'] as const;
  for (const name of names) await vault.commit([await kit.incoming(vault, [name, name])]);
  for (const name of names) await unlink(path.join(box.root, pictures, name));
  const { from, ...touched } = (await kit.incoming(vault, ['d', 'd'])) as Extract<NewLine, { do: 'keep' }>;
  await unlink(vault.absolute(from ?? ''));
  await vault.commit([
    await kit.incoming(vault, ['a', 'new'], { aside: `${versions}/a 1` }),
    kit.retired('b', 'b 1'),
    kit.moved('c', 'e'),
    touched,
  ]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/a`]: 'new' });
});

test('a line whose content is not in Incoming is never written', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const [good, bad] = [await kit.incoming(vault, ['g', '1']), await kit.incoming(vault, ['b', '2'])];
  await unlink(vault.absolute((bad.do === 'keep' && bad.from) || ''));
  await t.throwsAsync(vault.commit([good, bad]), { message: /^vault-io: Drive/ });
  t.deepEqual([...vault.readLines(kit.writer, 0)], []);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {});
});

test('after a commit that failed the vault goes on', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const line = await kit.incoming(vault, ['g', '1']);
  await unlink(vault.absolute((line.do === 'keep' && line.from) || ''));
  await t.throwsAsync(vault.commit([line]));
  await vault.commit([await kit.incoming(vault, ['h', '2'])]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { [`${pictures}/h`]: '2' });
});

test('commits that are called at once are done one after the other', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const batches = [];
  for (let n = 0; n < 20; n++) batches.push([await kit.incoming(vault, [`f${String(n)}`, String(n)])]);
  await Promise.all(batches.map((batch) => vault.commit(batch)));
  await vault.close();
  t.is(Object.keys(await kit.contents(box.root)).length, 20);
  const again = await box.open();
  t.is(again.ledgers[0]?.problem, undefined);
  await again.close();
});

test('an empty batch writes nothing', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  t.deepEqual(await vault.commit([]), []);
  await vault.close();
  t.deepEqual(vault.ledgers, [{ writer: kit.writer, position: { n: 0, link: '' } }]);
});

test('names in Incoming are new each time', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  const names = Array.from({ length: 300 }, () => vault.incomingName());
  t.is(new Set(names).size, 300);
  for (const name of names) t.regex(name, new RegExp(`^Incoming/${kit.writer}/[0-9a-f]+-[0-9a-f]+$`));
  await vault.close();
});

test('closing clears what nobody waits for, and is safe to do twice', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await kit.incoming(vault, ['never committed', 'x']);
  await symlink('nowhere', vault.absolute(vault.incomingName()));
  await mkdir(vault.absolute(vault.incomingName()));
  await vault.close();
  await vault.close();
  t.deepEqual(await kit.contents(box.root), {});
  await t.throwsAsync(vault.commit([kit.sourceLine]), { message: /the vault is closed/ });
});

test('the ledger is the text that was promised', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([kit.sourceLine]);
  await vault.close();
  const text = await readFile(path.join(box.root, 'Ledger', kit.writer, '00000001.jsonl'), 'utf8');
  t.regex(text, /^\{"n":1,"at":"2026-11-21T18:26:\d\d\.000Z","do":"source",.*,"link":"[0-9a-f]{32}"\}\n$/);
});
