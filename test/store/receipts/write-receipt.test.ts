/** Receipts as they come to a disk: in order, whole, never over another, and as every other tool reads them. */
import { appendFile, chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { pathFromBytes } from '../../../src/base/paths.js';
import { native } from '../../../src/platform/native.js';
import { readHistory } from '../../../src/store/receipts/read-history.js';
import { appendGeneration, writeBeside, writeReceipt } from '../../../src/store/receipts/write-receipt.js';
import { mustRun } from '../../support/commands.js';
import { hashedFiles, jobFolder, plantFiles } from '../../support/job-folder.js';
import { projectRoot } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';
import { receiptOf } from '../../support/receipts.js';
import { temporaryFolder } from '../../support/trees.js';

const history = (folder: string) => readHistory(join(folder, 'ascmhl'), 'ascmhl');

test('a history that is damaged is not gone on with, and nothing is written', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  const { manifest } = await writeReceipt({ native, folder }, receipt);
  await appendFile(join(folder, manifest), ' ');
  const before = (await readdir(folder, { recursive: true })).sort();
  await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'receipt-damaged' });
  t.deepEqual((await readdir(folder, { recursive: true })).sort(), before);
});

test('a folder that cannot be written is said so', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  await writeFile(join(folder, 'ascmhl'), 'in the way');
  await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'target-unwritable' });
  await t.throwsAsync(writeReceipt({ native, folder: join(folder, 'none') }, receipt), {
    code: 'target-unwritable',
  });
});

test('the first receipt is a manifest, a chain, sums, and a page, readable by all', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  const written = await writeReceipt({ native, folder }, receipt);
  t.is(written.number, 1);
  t.is(written.manifest, 'ascmhl/0001_Wedding & more_2026-11-22_070030Z.mhl');
  t.is(written.page, 'Glassine receipt 0001.html');
  t.deepEqual(written.unnamed, []);
  t.deepEqual((await readdir(folder)).sort(), ['BLAKE3SUMS', 'DCIM', written.page, 'ascmhl', 'über']);
  t.deepEqual((await readdir(join(folder, 'ascmhl'))).sort(), [
    '0001_Wedding & more_2026-11-22_070030Z.mhl',
    'ascmhl_chain.xml',
  ]);
  for (const name of ['BLAKE3SUMS', written.page, written.manifest, 'ascmhl/ascmhl_chain.xml'])
    t.is((await stat(join(folder, name))).mode & 0o777, 0o644, name);
  const { generations, problems, next } = await history(folder);
  t.deepEqual(problems, []);
  t.is(next, 2);
  const manifest = generations[0]?.manifest;
  t.is(manifest?.process, 'transfer');
  t.is(manifest?.comment, 'expected 5 files (22 bytes) from CARD A, copied 5, skipped 0, failed 0');
  t.is(manifest?.files.length, 5);
  t.deepEqual(manifest?.folders.map(({ path }) => path).sort(), ['DCIM', 'DCIM/100CANON', 'über']);
});

test('another card into the same job appends, and what was written before is as it was', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  const first = await writeReceipt({ native, folder }, receipt);
  const before = await readFile(join(folder, first.manifest));
  const page = await readFile(join(folder, first.page));
  await plantFiles(folder, { 'B/new.jpg': 'new' });
  const files = await hashedFiles(folder, ['B/new.jpg']);
  const second = await writeReceipt(
    { native, folder },
    receiptOf(files, { finishedAt: '2026-11-23T07:00:00.000Z' }),
  );
  t.is(second.manifest, 'ascmhl/0002_Wedding & more_2026-11-23_070000Z.mhl');
  t.deepEqual(await readFile(join(folder, first.manifest)), before);
  t.deepEqual(await readFile(join(folder, first.page)), page);
  const { generations } = await history(folder);
  t.is(generations.length, 2);
  t.is(generations[1]?.manifest.root, undefined, 'it is not of all there is');
  t.is((await readFile(join(folder, 'BLAKE3SUMS'), 'utf8')).trim().split('\n').length, 6);
});

test('two at once in one folder are two generations', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  const written = await Promise.all([1, 2, 3].map(() => writeReceipt({ native, folder }, receipt)));
  t.deepEqual(
    written.map(({ number }) => number),
    [1, 2, 3],
  );
  const { generations, problems } = await history(folder);
  t.deepEqual(problems, []);
  t.is(generations.length, 3);
});

test('what a crash left of a first receipt is in nobody’s way, and vouched for by nobody', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  const first = await writeReceipt({ native, folder }, receipt);
  await rm(join(folder, 'ascmhl', 'ascmhl_chain.xml'));
  const again = await writeReceipt({ native, folder }, receipt);
  t.is(again.number, 2);
  t.deepEqual((await history(folder)).unchained, [first.manifest.replace('ascmhl/', '')]);
  // Before the manifest, only the sums and the page had come.
  await rm(join(folder, 'ascmhl'), { recursive: true });
  t.is((await writeReceipt({ native, folder }, receipt)).page, first.page);
  t.is((await readFile(join(folder, 'BLAKE3SUMS'), 'utf8')).trim().split('\n').length, 5);
});

test('a chain that went after several generations is damage, not a beginning', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  await writeReceipt({ native, folder }, receipt);
  await writeReceipt({ native, folder }, receipt);
  await rm(join(folder, 'ascmhl', 'ascmhl_chain.xml'));
  await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'receipt-damaged' });
});

test('names that receipts cannot hold are told, and the receipt is whole without them', async (t) => {
  const odd = [pathFromBytes(Buffer.from([0x61, 0xff])), 'a\u0001b', 'c\rd'];
  const { folder, receipt } = await jobFolder(
    t,
    Object.fromEntries(['plain', ...odd].map((path) => [path, 'x'])),
  );
  const { unnamed, page } = await writeReceipt({ native, folder }, receipt);
  t.deepEqual(
    unnamed.map(({ code, subject }) => [code, subject]),
    odd.slice(0, 2).map((path) => ['receipt-cannot-name', path]),
  );
  const { generations } = await history(folder);
  t.deepEqual(
    generations[0]?.manifest.files.map(({ path }) => path),
    ['c\rd', 'plain'],
  );
  t.is(generations[0]?.manifest.root, undefined);
  t.is((await readFile(join(folder, 'BLAKE3SUMS'), 'utf8')).trim().split('\n').length, 2);
  t.true((await readFile(join(folder, page), 'utf8')).includes('a%FF'));
});

test('other things in the folder keep it from being hashed as a whole', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await writeReceipt({ native, folder }, receipt);
  const { generations } = await history(folder);
  t.is(generations[0]?.manifest.root, undefined);
  t.deepEqual(generations[0]?.manifest.folders, []);
});

test('what was saved in part does not', async (t) => {
  const { folder, receipt } = await jobFolder(t);
  await plantFiles(folder, { 'Damaged (not copies)/CARD/IMG_0009.CR3.partial': 'half' });
  const damaged = [{ path: 'x', at: 'Damaged (not copies)/x.partial', bytes: 9, missingBytes: 4 }];
  const { page } = await writeReceipt({ native, folder }, { ...receipt, damaged });
  const { generations } = await history(folder);
  t.truthy(generations[0]?.manifest.root);
  t.deepEqual(generations[0]?.manifest.folders.map(({ path }) => path).sort(), [
    ...['DCIM', 'DCIM/100CANON', 'über'],
  ]);
  t.true((await readFile(join(folder, page), 'utf8')).includes('x.partial'));
  t.false((await readFile(join(folder, 'BLAKE3SUMS'), 'utf8')).includes('partial'));
});

test('a verification appends what it found', async (t) => {
  const { folder, receipt } = await jobFolder(t, { a: 'a', b: 'b' });
  await writeReceipt({ native, folder }, receipt);
  const { hostname, tool } = receipt;
  const file = (path: string, digest: string) => ({
    ...{ path, bytes: 1, at: '2026-12-01T00:00:00.000Z' },
    hashes: [{ format: 'xxh64', digest } as const],
  });
  const [a] = receipt.files;
  const { number } = await appendGeneration(
    { native, folder },
    {
      ...{ createdAt: '2026-12-01T00:00:00.000Z', hostname, tool, process: 'in-place' },
      files: [file('a', a?.xxh64 ?? ''), file('b', 'f'.repeat(16))],
    },
  );
  t.is(number, 2);
  const { generations } = await history(folder);
  t.deepEqual(
    generations[1]?.manifest.files.map(({ path, hashes }) => [path, hashes[0]?.action]),
    [
      ['a', 'verified'],
      ['b', 'failed'],
    ],
  );
});

test('a history of another program is gone on with in its own hashes', async (t) => {
  // As the reference implementation made it, with XXH128 alone, and as a card brings it along.
  const folder = join(await temporaryFolder(t), 'default');
  await cp(join(projectRoot, 'test/golden/asc-mhl/default'), folder, { recursive: true });
  await writeFile(join(folder, 'Clips/A002C007.mov'), 'secone');
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const { failed, unnamed, number } = await writeReceipt(
    { native, folder },
    receiptOf(await hashedFiles(folder, paths)),
  );
  t.is(number, 2);
  t.deepEqual(unnamed, []);
  t.deepEqual(
    failed.map(({ subject }) => subject),
    ['Clips/A002C007.mov'],
  );
  const { generations, problems } = await history(folder);
  t.deepEqual(problems, []);
  const stated = generations[1]?.manifest.files.map(({ path, hashes }) => [
    path,
    hashes.map(({ format, action }) => `${format} ${action}`),
  ]);
  const all = ['c4 verified', 'xxh128 verified', 'xxh64 verified'];
  t.deepEqual(stated, [
    ['Clips/A002C006.mov', all],
    ['Clips/A002C007.mov', ['xxh128 failed']],
    ['Sidecar & <more>.txt', all],
  ]);
  const sums = await readFile(join(folder, 'BLAKE3SUMS'), 'utf8');
  t.notRegex(sums, /ascmhl/, 'the history grows');
});

test('an export is beside the history, and never over another', async (t) => {
  const { folder } = await jobFolder(t);
  t.is(await writeBeside({ native, folder }, { generation: 1, pieces: ['x'] }), 'Glassine receipt 0001.mhl');
  await t.throwsAsync(writeBeside({ native, folder }, { generation: 1, pieces: ['y'] }), {
    code: 'target-exists',
  });
  t.is(await readFile(join(folder, 'Glassine receipt 0001.mhl'), 'utf8'), 'x');
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('no half-written file is left where the disk refuses', async (t) => {
  if (process.getuid?.() === 0) {
    t.pass('root may write anywhere');
    return;
  }
  const { folder, receipt } = await jobFolder(t);
  await mkdir(join(folder, 'ascmhl'));
  await chmod(join(folder, 'ascmhl'), 0o500);
  await t.throwsAsync(writeReceipt({ native, folder }, receipt), { code: 'target-unwritable' });
  t.deepEqual(await readdir(join(folder, 'ascmhl')), []);
});

testWith(['b3sum'], 'b3sum checks the list of a receipt, odd names and all', async (t) => {
  const { folder, receipt } = await jobFolder(t, { 'a\nb': '1', 'c\\d': '2', ' e ': '3', 'f/g': '4' });
  await writeReceipt({ native, folder }, receipt);
  const said = await mustRun('b3sum', ['--check', 'BLAKE3SUMS'], { cwd: folder });
  t.is(said.trim().split('\n').length, 4);
});
