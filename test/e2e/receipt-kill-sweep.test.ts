/**
 * `kill -9` at every file-changing system call while a receipt is written, the first one and the next: what
 * is there is sound, what was there before is as it was, and writing it again makes it whole.
 */
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../src/base/time.js';
import { native } from '../../src/platform/native.js';
import { readHistory } from '../../src/store/receipts/read-history.js';
import { writeReceipt } from '../../src/store/receipts/write-receipt.js';
import { verifyReceipts } from '../../src/work/receipts/verify-receipts.js';
import { jobFolder } from '../support/job-folder.js';
import { buildInjector, killAtNeeds } from '../support/kill-at.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';
import { Workbench } from '../support/workbench.js';

const writer = path.join(import.meta.dirname, '../support/receipt-writer.js');

async function sweep(t: ExecutionContext, generationsBefore: number): Promise<number> {
  const injector = await buildInjector(t);
  const { deps } = new Workbench(await temporaryFolder(t), t);
  const { folder, receipt } = await jobFolder(t);
  for (let at = 0; at < generationsBefore; at++) await writeReceipt({ native, folder }, receipt);
  const saved = path.join(await temporaryFolder(t), 'saved');
  await cp(folder, saved, { recursive: true, preserveTimestamps: true });
  for (let at = 1; ; at++) {
    const { call } = await injector.run([process.execPath, writer, folder], { below: folder, at });
    if (call === undefined) return at - 1;
    const { generations, problems, isOnlyBegun } = await readHistory(path.join(folder, 'ascmhl'), 'ascmhl');
    t.true(problems.length === 0 || isOnlyBegun, `${at} ${call}: ${problems[0]?.detail}`);
    t.true(generations.length >= generationsBefore, `${at} ${call}`);
    await writeReceipt({ native, folder }, receipt);
    const report = await verifyReceipts({ ...deps, clock: systemClock }, folder);
    t.is(report.outcome, 'good', `${at} ${call}: ${JSON.stringify([report.incomplete, report.problems])}`);
    const parts = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.part'));
    t.deepEqual(parts, [], `${at} ${call}`);
    await rm(folder, { recursive: true });
    await cp(saved, folder, { recursive: true, preserveTimestamps: true });
  }
}

testWith(killAtNeeds, 'the first receipt of a folder survives being killed anywhere', async (t) => {
  t.true((await sweep(t, 0)) > 10);
});

testWith(killAtNeeds, 'the next generation survives being killed anywhere', async (t) => {
  t.true((await sweep(t, 2)) > 10);
});
