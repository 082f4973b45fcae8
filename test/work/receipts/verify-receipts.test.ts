/** Folders against the receipts in them: everything that can be wrong is found, and nothing else is said. */
import { appendFile, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../../src/base/time.js';
import { checksumsOf } from '../../../src/platform/checksums.js';
import { native } from '../../../src/platform/native.js';
import { writeClassicManifest } from '../../../src/rules/receipts/classic-mhl.js';
import { writeReceipt } from '../../../src/store/receipts/write-receipt.js';
import type { WorkDeps } from '../../../src/work/deps.js';
import { exportClassic } from '../../../src/work/receipts/export-classic.js';
import { type ReceiptReport, verifyReceipts } from '../../../src/work/receipts/verify-receipts.js';
import { hashedFiles, jobFolder, plantFiles } from '../../support/job-folder.js';
import { receiptOf } from '../../support/receipts.js';
import { Workbench } from '../../support/workbench.js';
import { temporaryFolder } from '../../support/trees.js';

const recorder = { hostname: 'desk', tool: { name: 'Glassine', version: '0.1.0' } };
const recording = { recorder, which: 'any' } as const;

async function depsOf(t: ExecutionContext, more: Partial<WorkDeps> = {}): Promise<WorkDeps> {
  const { deps } = new Workbench(await temporaryFolder(t), t);
  return { ...deps, clock: systemClock, ...more };
}

interface Checked {
  readonly folder: string;
  readonly check: () => Promise<ReceiptReport>;
}

/** A job with its receipt, to be damaged and looked at. */
async function received(t: ExecutionContext): Promise<Checked> {
  const { folder, receipt } = await jobFolder(t);
  await writeReceipt({ native, folder }, receipt);
  const deps = await depsOf(t);
  return { folder, check: () => verifyReceipts(deps, folder) };
}

const codes = (problems: ReceiptReport['bad']): string[] =>
  problems.map(({ code, subject }) => `${code} ${subject}`);

test('a folder without receipts, and no folder at all, are not checked', async (t) => {
  const folder = await temporaryFolder(t);
  const deps = await depsOf(t);
  await writeFile(join(folder, 'a'), 'a');
  await t.throwsAsync(verifyReceipts(deps, folder), { code: 'receipt-missing' });
  await t.throwsAsync(verifyReceipts(deps, join(folder, 'none')), { code: 'folder-unreadable' });
  await t.throwsAsync(verifyReceipts(deps, join(folder, 'a')), { code: 'folder-unreadable' });
});

test('it can be stopped', async (t) => {
  const { folder } = await received(t);
  const deps = await depsOf(t, { signal: AbortSignal.abort() });
  await t.throwsAsync(verifyReceipts(deps, folder));
});

test('one flipped bit is found, with every receipt that it breaks', async (t) => {
  const { folder, check } = await received(t);
  await writeFile(join(folder, 'DCIM/100CANON/IMG_0001.JPG'), 'firsu');
  const { outcome, bad, checked } = await check();
  t.is(outcome, 'failed');
  t.is(checked, 5);
  t.deepEqual(codes(bad), ['receipt-mismatch DCIM/100CANON/IMG_0001.JPG']);
  t.is(bad[0]?.facts?.['receipt'], 'ascmhl, BLAKE3SUMS');
});

test('a missing file, a missing folder and an extra file are told apart', async (t) => {
  const { folder, check } = await received(t);
  await rm(join(folder, 'über'), { recursive: true });
  await writeFile(join(folder, 'DCIM/extra.jpg'), 'x');
  const { outcome, bad, incomplete } = await check();
  t.is(outcome, 'failed');
  t.deepEqual(codes(bad).sort(), ['receipt-file-missing über', 'receipt-file-missing über/\u{1f4f7}.jpg']);
  t.deepEqual(codes(incomplete), ['receipt-file-new DCIM/extra.jpg']);
});

test('an extra file alone, or a link, leaves the check incomplete', async (t) => {
  const { folder, check } = await received(t);
  await symlink('/etc/passwd', join(folder, 'DCIM/link'));
  const { outcome, incomplete } = await check();
  t.is(outcome, 'incomplete');
  t.deepEqual(codes(incomplete), ['receipt-not-covered DCIM/link']);
});

test('a receipt that is damaged is damage, even when every file is good by another', async (t) => {
  const { folder, check } = await received(t);
  const [manifest = ''] = await readdir(join(folder, 'ascmhl'));
  await appendFile(join(folder, 'ascmhl', manifest), ' ');
  await appendFile(join(folder, 'BLAKE3SUMS'), 'nonsense\n');
  const { outcome, bad, problems, checked } = await check();
  t.is(outcome, 'failed');
  t.deepEqual(bad, []);
  t.is(checked, 5);
  t.deepEqual(codes(problems), [`receipt-damaged ascmhl/${manifest}`, 'receipt-damaged BLAKE3SUMS']);
});

test('lists that lead out of the folder are not followed', async (t) => {
  const { folder, check } = await received(t);
  await writeFile(join(folder, 'x.b3'), `${'0'.repeat(64)}  ../../secret\n${'0'.repeat(64)}  /etc/passwd\n`);
  const { outcome, incomplete } = await check();
  t.is(outcome, 'incomplete');
  t.deepEqual(codes(incomplete), ['receipt-not-covered ../../secret', 'receipt-not-covered /etc/passwd']);
});

test('everything as it was is good, and tells its progress', async (t) => {
  const { folder } = await received(t);
  await writeFile(join(folder, '.DS_Store'), 'x');
  const told: number[] = [];
  const deps = await depsOf(t, {
    listener: (news) => {
      if (news.kind === 'progress') told.push(news.doneFiles);
    },
  });
  const report = await verifyReceipts(deps, folder);
  t.like(report, { outcome: 'good', checked: 5, bytes: 22, bad: [], incomplete: [], ignored: ['.DS_Store'] });
  t.deepEqual(
    report.receipts.map(({ kind, path, files, generation }) => [kind, path, files, generation]),
    [
      ['asc-mhl', 'ascmhl', 5, 1],
      ['b3sum', 'BLAKE3SUMS', 5, undefined],
    ],
  );
  t.is(told.at(-1), 5);
});

test('receipts in folders below are checked, each for its own', async (t) => {
  const { folder } = await received(t);
  const parent = join(folder, '..');
  const deps = await depsOf(t);
  t.like(await verifyReceipts(deps, parent), { outcome: 'good', checked: 5 });
  await writeFile(join(parent, 'outside.txt'), 'x');
  t.is((await verifyReceipts(deps, parent)).outcome, 'incomplete');
});

test('what was found is written down when that is wanted, and a damaged file stays damaged', async (t) => {
  const { folder } = await received(t);
  await writeFile(join(folder, 'DCIM/100CANON/IMG_0002.JPG'), 'secone');
  const deps = await depsOf(t);
  const { recorded } = await verifyReceipts(deps, folder, recording);
  t.is(recorded?.number, 2);
  const again = await verifyReceipts(deps, folder);
  t.is(again.outcome, 'failed');
  t.is(again.receipts[0]?.generation, 2);
  await rm(join(folder, 'ascmhl'), { recursive: true });
  await t.throwsAsync(verifyReceipts(deps, folder, recording), { code: 'usage' });
});

test('a history of our own is gone on with by itself, one of another tool is left as it is', async (t) => {
  const { folder } = await received(t);
  const deps = await depsOf(t);
  const other = { ...recorder, tool: { name: 'Other', version: '1' } };
  t.is((await verifyReceipts(deps, folder, { recorder: other, which: 'own' })).recorded, undefined);
  const report = await verifyReceipts(deps, folder, { recorder, which: 'own' });
  t.is(report.outcome, 'good');
  t.is(report.recorded?.number, 2);
  const again = await verifyReceipts(deps, folder);
  t.is(again.outcome, 'good');
  t.is(again.receipts[0]?.generation, 2);
});

/** A classic manifest of a folder's file, in one spelling. */
function classicOf(
  path: string,
  format: 'xxhash64be' | 'xxhash64' | 'xxhash' | 'md5' | 'sha1',
  digest: string,
): string {
  const at = '2026-11-22T00:00:00Z';
  const head = { username: 'u', hostname: 'h', tool: 't', startedAt: at, finishedAt: at };
  const times = { modifiedAt: at, hashedAt: at };
  return [
    ...writeClassicManifest({ ...head, files: [{ path, bytes: 5, ...times, hashes: [{ format, digest }] }] }),
  ].join('');
}

test('classic manifests are checked in every spelling, and the spelling is told', async (t) => {
  const folder = await temporaryFolder(t);
  await plantFiles(folder, { 'A/a.jpg': 'first' });
  const xxh64 = (await hashedFiles(folder, ['A/a.jpg']))[0]?.xxh64 ?? '';
  const turned = Buffer.from(xxh64, 'hex').reverse().toString('hex');
  const { digests } = await checksumsOf(join(folder, 'A/a.jpg'), ['md5', 'sha1', 'xxh32']);
  const decimal = String(Number.parseInt(digests.xxh32 ?? '', 16));
  const deps = await depsOf(t);
  const check = async (...args: Parameters<typeof classicOf>): Promise<ReceiptReport> => {
    await writeFile(join(folder, 'list.mhl'), classicOf(...args));
    return verifyReceipts(deps, folder);
  };
  const path = 'A/a.jpg';
  t.like(await check(path, 'xxhash64be', xxh64), { outcome: 'good', receipts: [{ order: 'big-endian' }] });
  t.like(await check(path, 'xxhash64', turned), { outcome: 'good', receipts: [{ order: 'little-endian' }] });
  t.like(await check(path, 'xxhash64', xxh64), { outcome: 'good', receipts: [{ order: 'big-endian' }] });
  t.like(await check(path, 'xxhash', decimal), { outcome: 'good', checked: 1 });
  t.like(await check(path, 'md5', (digests.md5 ?? '').toUpperCase()), { outcome: 'good', checked: 1 });
  t.like(await check(path, 'sha1', digests.sha1 ?? ''), { outcome: 'good', evidence: 'written' });
  t.is((await check(path, 'sha1', digests.md5 ?? '')).outcome, 'failed');
  t.is((await check('A\\a.jpg', 'md5', digests.md5 ?? '')).outcome, 'good');
  await writeFile(join(folder, 'list.mhl'), 'nonsense');
  t.is((await verifyReceipts(deps, folder)).outcome, 'failed');
});

test('a history is exported as a classic manifest, which is checked like any other', async (t) => {
  const { folder } = await received(t);
  const deps = await depsOf(t);
  const { manifest, files, incomplete } = await exportClassic(deps, folder, recorder);
  t.is(files, 4);
  t.deepEqual(codes(incomplete), ['receipt-not-covered DCIM/empty.txt']);
  const report = await verifyReceipts(deps, folder);
  t.is(report.outcome, 'good');
  t.like(
    report.receipts.find(({ path }) => path === manifest),
    { kind: 'classic-mhl', files: 4, order: 'big-endian' },
  );
  await t.throwsAsync(exportClassic(deps, await temporaryFolder(t), recorder), { code: 'receipt-missing' });
  const chain = join(folder, 'ascmhl/ascmhl_chain.xml');
  await writeFile(chain, (await readFile(chain, 'utf8')).slice(0, 200));
  await t.throwsAsync(exportClassic(deps, folder, recorder), { code: 'receipt-damaged' });
});

test('a card that brought its own history along is covered by both', async (t) => {
  const { folder, receipt } = await jobFolder(t, { 'A/a.jpg': 'a' });
  await writeReceipt(
    { native, folder: join(folder, 'A') },
    receiptOf(await hashedFiles(join(folder, 'A'), ['a.jpg'])),
  );
  const inside = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  await writeReceipt({ native, folder }, { ...receipt, files: await hashedFiles(folder, inside) });
  const deps = await depsOf(t);
  const report = await verifyReceipts(deps, folder);
  t.like(report, { outcome: 'good', bad: [], incomplete: [] });
  t.is(report.receipts.length, 4);
  await rename(join(folder, 'A/ascmhl/ascmhl_chain.xml'), join(folder, 'A/ascmhl/gone'));
  t.is((await verifyReceipts(deps, folder)).outcome, 'failed');
});
