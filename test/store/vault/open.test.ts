/**
 * Making vaults and opening them: what is ours, what is refused, and that nothing is written before that is
 * known.
 */
import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { createVault, openVault, verifyLedgers } from '../../../src/store/vault/open-vault.js';
import { vaultRootOf } from '../../../src/store/vault/marker.js';
import { listTree, temporaryFolder } from '../../support/trees.js';
import * as kit from './vault-kit.js';

const { native } = kit;
const clock = kit.steppingClock();

test('a new vault has its marker, its folders and a letter for people', async (t) => {
  const folder = await temporaryFolder(t);
  const { root, marker } = await createVault(folder, { native, clock });
  t.is(root, path.join(folder, 'Glassine'));
  t.deepEqual((await readdir(root)).sort(), [
    'HOW TO GET YOUR PICTURES BACK.txt',
    'Incoming',
    'Ledger',
    'Pictures',
    'Versions',
    'vault.json',
  ]);
  const text = await readFile(path.join(root, 'vault.json'), 'utf8');
  t.regex(
    text,
    /^\{"format":"glassine-vault","version":1,"kind":"open","id":"[0-9a-f-]{36}","hash":"blake3","created":/,
  );
  t.deepEqual(JSON.parse(text), marker);
});

test('a vault is found by its folder and by the folder it was put in', async (t) => {
  const folder = await temporaryFolder(t);
  const { root } = await createVault(folder, { native, clock });
  t.is(await vaultRootOf(folder), root);
  t.is(await vaultRootOf(root), root);
  t.is(await vaultRootOf(`${root}/`), root);
  const named = path.join(folder, 'drives/Glassine');
  await mkdir(named, { recursive: true });
  t.is(await vaultRootOf(named), path.join(named, 'Glassine'));
});

test('a vault is not made over another, over anything else, or in no folder at all', async (t) => {
  const folder = await temporaryFolder(t);
  await createVault(folder, { native, clock });
  const before = await listTree(folder);
  await t.throwsAsync(createVault(folder, { native, clock }), { message: /^vault-exists/ });
  t.deepEqual(await listTree(folder), before);
  await t.throwsAsync(createVault(path.join(folder, 'none'), { native, clock }), { message: /^vault-away/ });
  const other = await temporaryFolder(t);
  await kit.strangerAt(other, 'Glassine/Pictures/mine.jpg', 'x');
  await t.throwsAsync(createVault(other, { native, clock }), { message: /^vault-exists/ });
  t.deepEqual(await readdir(path.join(other, 'Glassine')), ['Pictures']);
});

test('what an interrupted attempt to make a vault left is taken over', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'Glassine/Pictures'), { recursive: true });
  await writeFile(path.join(folder, 'Glassine/HOW TO GET YOUR PICTURES BACK.txt'), 'half');
  await writeFile(path.join(folder, 'Glassine/vault.json.00000000-0000-4000-8000-000000000000'), '{"form');
  const { root, marker } = await createVault(folder, { native, clock });
  const vault = await openVault({ root, id: marker.id, writer: kit.writer, native, clock });
  await vault.close();
  t.false((await readFile(path.join(root, 'HOW TO GET YOUR PICTURES BACK.txt'), 'utf8')).startsWith('half'));
});

const refusals: readonly (readonly [string, string, (root: string) => Promise<void>])[] = [
  ['that is not there', 'vault-away', (root) => rm(root, { recursive: true })],
  ['without a marker', 'vault-no-marker', (root) => rm(path.join(root, 'vault.json'))],
  [
    'whose marker is not JSON',
    'vault-no-marker',
    (root) => writeFile(path.join(root, 'vault.json'), '{"format"'),
  ],
  [
    'whose marker is something else',
    'vault-no-marker',
    (root) => writeFile(path.join(root, 'vault.json'), '{"format":"else","version":1}'),
  ],
  [
    'whose marker is a folder',
    'vault-io',
    async (root) => {
      await rm(path.join(root, 'vault.json'));
      await mkdir(path.join(root, 'vault.json'));
    },
  ],
  ['of another id', 'vault-other', (root) => changeMarker(root, { id: 'another' })],
  ['of a newer version', 'vault-newer', (root) => changeMarker(root, { version: 2 })],
  [
    'of a newer version with other fields',
    'vault-newer',
    (root) => changeMarker(root, { version: 9, hash: 'k12' }),
  ],
  ['that is sealed', 'vault-unsupported', (root) => changeMarker(root, { kind: 'sealed' })],
  [
    'in which a link stands for a folder',
    'vault-unsupported',
    async (root) => {
      await rename(path.join(root, 'Pictures'), path.join(root, '../elsewhere'));
      await symlink('../elsewhere', path.join(root, 'Pictures'));
    },
  ],
];

async function changeMarker(root: string, fields: Record<string, unknown>): Promise<void> {
  const file = path.join(root, 'vault.json');
  const marker = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...marker, ...fields }));
}

for (const [title, code, harm] of refusals) {
  test(`a vault ${title} is refused, and nothing is written into it`, async (t) => {
    const folder = await temporaryFolder(t);
    const box = await kit.newVault(t, folder);
    await harm(box.root);
    const before = await listTree(folder);
    const error = await t.throwsAsync(box.open());
    t.is((error as { code?: string } | undefined)?.code, code);
    t.deepEqual(await listTree(folder), before);
  });
}

test('a marker that an editor has touched up is still the marker', async (t) => {
  const box = await kit.newVault(t);
  const file = path.join(box.root, 'vault.json');
  const marker = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, `\uFEFF${JSON.stringify({ ...marker, note: 'mine' }, undefined, 2)}\r\n`);
  await (await box.open()).close();
  t.pass();
});

test('a newer vault can still be read', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([kit.sourceLine, await kit.incoming(vault, ['a', '1'])]);
  await vault.close();
  await changeMarker(box.root, { version: 2 });
  const before = await listTree(box.root);
  const reader = await box.open({ readOnly: true });
  t.is([...reader.readLines(kit.writer, 0)].length, 3);
  await t.throwsAsync(reader.commit([kit.sourceLine]), { message: /^vault-read-only/ });
  await reader.close();
  t.deepEqual(await listTree(box.root), before);
});

for (const [title, code, harm] of [
  ['whose marker has gone', 'vault-away', (root: string) => rm(path.join(root, 'vault.json'))],
  ['that has gone', 'vault-away', (root: string) => rename(root, `${root} away`)],
  ['that has become another', 'vault-other', (root: string) => changeMarker(root, { id: 'another' })],
] as const) {
  test(`nothing is committed to a vault ${title} since it was opened`, async (t) => {
    const folder = await temporaryFolder(t);
    const box = await kit.newVault(t, folder);
    const vault = await box.open();
    await vault.commit([await kit.incoming(vault, ['a', '1'])]);
    const line = await kit.incoming(vault, ['b', '2']);
    await harm(box.root);
    const before = await listTree(folder);
    for (const action of [() => vault.commit([line]), () => vault.check()]) {
      const error = await t.throwsAsync(action());
      t.is((error as { code?: string } | undefined)?.code, code);
    }
    await vault.close();
    t.deepEqual(await listTree(folder), before);
  });
}

test('several writers keep to one vault without touching each other', async (t) => {
  const box = await kit.newVault(t);
  const [one, two] = [await box.open(), await box.open({ writer: kit.otherWriter })];
  await one.commit([await kit.incoming(one, ['a', '1'])]);
  const theirs = await kit.incoming(two, ['b', '2'], { stored: 'Pictures/Photos (laptop)/b' });
  await one.commit([await kit.incoming(one, ['c', '3'])]);
  await one.close();
  await two.commit([theirs]);
  await two.close();
  t.deepEqual(await kit.contents(box.root), {
    'Pictures/Photos (laptop)/b': '2',
    'Pictures/Photos/a': '1',
    'Pictures/Photos/c': '3',
  });
  const again = await box.open();
  t.deepEqual(
    again.ledgers.map(({ writer, position }) => [writer, position.n]),
    [
      [kit.writer, 4],
      [kit.otherWriter, 2],
    ],
  );
  t.deepEqual(
    [...again.readLines(kit.otherWriter, 0)].map((line) => line.do),
    ['keep', 'settled'],
  );
  await again.close();
});

async function harmLedger(root: string, writer: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const file = path.join(root, 'Ledger', writer, '00000001.jsonl');
  await writeFile(file, change(await readFile(file)));
}

const flip = (bytes: Buffer): Buffer => {
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  return bytes;
};

test('damage in our own ledger forbids writing, and what is sound can be read', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([kit.sourceLine]);
  await vault.commit([await kit.incoming(vault, ['a', '1'])]);
  await vault.close();
  await harmLedger(box.root, kit.writer, (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 60) ^ 1, bytes.length - 60);
    return bytes;
  });
  const before = await listTree(box.root);
  const error = await t.throwsAsync(box.open());
  t.is((error as { code?: string } | undefined)?.code, 'ledger-damaged');
  t.deepEqual(await listTree(box.root), before);
  const reader = await box.open({ readOnly: true });
  t.is(reader.ledgers[0]?.problem?.code, 'ledger-damaged');
  t.deepEqual(
    [...reader.readLines(kit.writer, 0)].map((line) => line.do),
    ['source', 'keep'],
  );
  await reader.close();
});

test("damage in another writer's ledger is told, and ours goes on", async (t) => {
  const box = await kit.newVault(t);
  for (const writer of [kit.writer, kit.otherWriter]) {
    const vault = await box.open({ writer });
    await vault.commit([kit.sourceLine]);
    await vault.close();
  }
  await harmLedger(box.root, kit.otherWriter, flip);
  const vault = await box.open();
  t.deepEqual(
    vault.ledgers.map((ledger) => ledger.problem?.code),
    [undefined, 'ledger-damaged'],
  );
  await vault.commit([await kit.incoming(vault, ['a', '1'])]);
  await vault.close();
  t.deepEqual(await kit.contents(box.root), { 'Pictures/Photos/a': '1' });
});

test('a torn tail of ours is cut when we write, and left alone when we read', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([kit.sourceLine]);
  await vault.close();
  const file = path.join(box.root, 'Ledger', kit.writer, '00000001.jsonl');
  const sound = await readFile(file);
  await appendFile(file, '{"n":2,"at":"2026-1');
  const reader = await box.open({ readOnly: true });
  t.deepEqual(
    reader.ledgers.map(({ position, problem }) => [position.n, problem]),
    [[1, undefined]],
  );
  await reader.close();
  t.not((await readFile(file)).length, sound.length);
  await (await box.open()).close();
  t.deepEqual(await readFile(file), sound);
});

test('a ledger that is behind what is known of it is not written to', async (t) => {
  const box = await kit.newVault(t);
  const vault = await box.open();
  await vault.commit([kit.sourceLine]);
  const [early] = vault.ledgers;
  await vault.commit([await kit.incoming(vault, ['a', '1'])]);
  const [late] = vault.ledgers;
  await vault.close();
  if (!early || !late) throw new Error('no ledger');
  const known = (n: number, link: string) => new Map([[kit.writer, { n, link }]]);
  for (const position of [early.position, late.position]) {
    await (await box.open({ known: known(position.n, position.link) })).close();
  }
  for (const bad of [known(99, late.position.link), known(early.position.n, late.position.link)]) {
    const error = await t.throwsAsync(box.open({ known: bad }));
    t.is((error as { code?: string } | undefined)?.code, 'ledger-behind');
  }
  await rm(path.join(box.root, 'Ledger', kit.writer), { recursive: true });
  await t.throwsAsync(box.open({ known: known(late.position.n, late.position.link) }), {
    message: /^ledger-behind/,
  });
  t.deepEqual(await readdir(path.join(box.root, 'Ledger')), []);
  const reader = await box.open({ readOnly: true, known: known(late.position.n, late.position.link) });
  t.is(reader.ledgers[0]?.problem?.code, 'ledger-behind');
  await reader.close();
});

test('every ledger is verified from its first line when asked', async (t) => {
  const box = await kit.newVault(t);
  for (const writer of [kit.writer, kit.otherWriter]) {
    const vault = await box.open({ writer });
    await vault.commit([kit.sourceLine]);
    await vault.close();
  }
  const good = await verifyLedgers({ root: box.root, native });
  t.deepEqual(
    good.map(({ position, problem }) => [position.n, problem]),
    [
      [1, undefined],
      [1, undefined],
    ],
  );
  await harmLedger(box.root, kit.writer, flip);
  const known = new Map(good.map(({ writer, position }) => [writer, position]));
  // What is known is not read again: a pass stays cheap, and verify finds it.
  await (await box.open({ known })).close();
  const [bad] = await verifyLedgers({ root: box.root, native });
  t.is(bad?.problem?.code, 'ledger-damaged');
});

test('segments roll over in a vault as in a ledger', async (t) => {
  const box = await kit.newVault(t);
  const options = { segmentLimitBytes: 2000 };
  for (let pass = 0; pass < 3; pass++) {
    const vault = await box.open(options);
    for (let n = 0; n < 5; n++)
      await vault.commit([await kit.incoming(vault, [`${String(pass)}-${String(n)}`, 'x'])]);
    await vault.close();
  }
  t.true((await readdir(path.join(box.root, 'Ledger', kit.writer))).length > 3);
  const vault = await box.open();
  t.is([...vault.readLines(kit.writer, 0)].filter((line) => line.do === 'keep').length, 15);
  await vault.close();
});

test('things other systems leave in a vault do no harm', async (t) => {
  const box = await kit.newVault(t);
  for (const place of [
    '.DS_Store',
    'Ledger/.DS_Store',
    'Ledger/._x',
    'Incoming/desktop.ini',
    'Pictures/Thumbs.db',
  ]) {
    await kit.strangerAt(box.root, place, 'x');
  }
  await mkdir(path.join(box.root, 'Ledger', `${kit.otherWriter} (damaged 2026-11-21 18.26.03Z)`));
  const vault = await box.open();
  t.deepEqual(
    vault.ledgers.map((ledger) => ledger.writer),
    [kit.writer],
  );
  await vault.commit([await kit.incoming(vault, ['a', '1'])]);
  await vault.close();
  t.is(await readFile(path.join(box.root, 'Incoming/desktop.ini'), 'utf8'), 'x');
});
