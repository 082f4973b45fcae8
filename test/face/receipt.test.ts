/** `receipt` as a person and a script meet it. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import * as v from 'valibot';
import { documents } from '../../src/face/documents/registry.js';
import { native } from '../../src/platform/native.js';
import { writeReceipt } from '../../src/store/receipts/write-receipt.js';
import { run } from '../support/commands.js';
import { type Answer, type Glassine, glassineAt, mainScript } from '../support/glassine.js';
import { jobFolder } from '../support/job-folder.js';
import { temporaryFolder } from '../support/trees.js';

interface Place {
  readonly glassine: Glassine;
  readonly folder: string;
}

async function place(t: ExecutionContext): Promise<Place> {
  const { folder, receipt } = await jobFolder(t);
  await writeReceipt({ native, folder }, receipt);
  return { folder, glassine: glassineAt(join(await temporaryFolder(t), 'home')) };
}

async function ask(t: ExecutionContext, glassine: Glassine, ...args: string[]): Promise<Answer> {
  const answer = await glassine.ask('receipt', ...args);
  const schema = answer.document.problem ? documents.failure : documents.receipt;
  t.true(v.safeParse(schema, answer.document).success, JSON.stringify(answer.document));
  return answer;
}

test('the exit status tells damage from what could not be looked at', async (t) => {
  const { glassine, folder } = await place(t);
  t.is((await ask(t, glassine, 'verify', join(folder, 'none'))).status, 3);
  t.is((await ask(t, glassine, 'verify', join(folder, 'DCIM'))).status, 3, 'no receipt there');
  t.is((await ask(t, glassine, 'verify', folder)).status, 0);
  await writeFile(join(folder, 'extra'), 'x');
  const extra = await ask(t, glassine, 'verify', folder);
  t.is(extra.status, 2);
  t.is(extra.document.incomplete?.[0]?.code, 'receipt-file-new');
  await rm(join(folder, 'DCIM/100CANON/IMG_0001.JPG'));
  const missing = await ask(t, glassine, 'verify', folder);
  t.is(missing.status, 1);
  await rm(join(folder, 'ascmhl/ascmhl_chain.xml'));
  t.is((await ask(t, glassine, 'verify', folder)).status, 1);
});

test('people read what is wrong, where, and what to do', async (t) => {
  const { glassine, folder } = await place(t);
  const say = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [mainScript, 'receipt', ...args], { env: glassine.env, cwd: folder }))
      .stdout;
  const good = await say('verify', '.');
  t.regex(good, /^5 files checked \(22 bytes\), all as the receipts say\.\n/);
  t.regex(
    good,
    /ascmhl: ASC MHL, 5 files, generation 1, by Glassine 0\.1\.0\nBLAKE3SUMS: list of b3sum, 5 files\n/,
  );
  await writeFile(join(folder, 'DCIM/100CANON/IMG_0001.JPG'), 'firsu');
  const bad = await say('verify', '.');
  t.regex(bad, /^5 files checked \(22 bytes\); 1 not good:\n/);
  t.regex(bad, /IMG_0001\.JPG is not what ascmhl, BLAKE3SUMS says; get it again from another copy\./);
});

test('what was found can be written down, and the history exported', async (t) => {
  const { glassine, folder } = await place(t);
  const recorded = await ask(t, glassine, 'verify', folder, '--record');
  t.is(recorded.status, 0);
  t.regex(String((recorded.document as { written?: string }).written), /^ascmhl\/0002_/);
  const { status, document } = await ask(t, glassine, 'export', folder, '--classic');
  t.is(status, 2, 'an empty file has no place in a classic manifest');
  t.is((document as { written?: string }).written, 'Glassine receipt 0002.mhl');
  t.is((await ask(t, glassine, 'verify', folder)).status, 0);
});
