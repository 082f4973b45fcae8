/** Receipts of ours in the hands of the reference implementation of ASC MHL, and against its published schema. */
import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { native } from '../../../src/platform/native.js';
import { writeReceipt } from '../../../src/store/receipts/write-receipt.js';
import { mustRun } from '../../support/commands.js';
import { hashedFiles, jobFolder, plantFiles } from '../../support/job-folder.js';
import { testWith } from '../../support/needs.js';
import { type ReferenceTool, referenceTool, startReferenceTool } from '../../support/reference-tool.js';
import { receiptOf } from '../../support/receipts.js';

const needed = ['asc-mhl-reference', 'python3'] as const;

async function received(t: ExecutionContext): Promise<{ tool: ReferenceTool; folder: string }> {
  const tool = await startReferenceTool(t);
  const { folder, receipt } = await jobFolder(t);
  await writeReceipt({ native, folder }, receipt);
  return { tool, folder };
}

async function verified(t: ExecutionContext, tool: ReferenceTool, folder: string): Promise<number | null> {
  const { status, stdout, stderr } = await tool.verify(folder);
  t.log(stdout, stderr);
  return status;
}

testWith(needed, 'the reference tool finds our receipts good', async (t) => {
  const { tool, folder } = await received(t);
  t.is(await verified(t, tool, folder), 0);
});

testWith(needed, 'it finds one flipped bit', async (t) => {
  const { tool, folder } = await received(t);
  await writeFile(join(folder, 'DCIM/100CANON/IMG_0001.JPG'), 'firsu');
  t.is(await verified(t, tool, folder), 11);
});

testWith(needed, 'it finds a missing file, and an extra one', async (t) => {
  const { tool, folder } = await received(t);
  await writeFile(join(folder, 'DCIM/extra'), 'x');
  t.is(await verified(t, tool, folder), 21);
  await rm(join(folder, 'DCIM/extra'));
  await rm(join(folder, 'DCIM/100CANON/IMG_0002.JPG'));
  t.is(await verified(t, tool, folder), 10);
});

testWith(needed, 'it finds a manifest that was changed', async (t) => {
  const { tool, folder } = await received(t);
  const [manifest = ''] = await readdir(join(folder, 'ascmhl'));
  await appendFile(join(folder, 'ascmhl', manifest), ' ');
  t.is(await verified(t, tool, folder), 31);
});

testWith(needed, 'it finds our hashes of folders right', async (t) => {
  const { tool, folder } = await received(t);
  // Our receipt itself is left out, as our manifest says.
  const { status, stdout, stderr } = await tool.verify(folder, '-dh', '-v');
  t.log(stdout, stderr);
  t.is(status, 0);
  t.regex(stdout + stderr, /verification of folder +DCIM\/100CANON OK/);
  t.notRegex(stdout + stderr, /mismatch/);
});

testWith(needed, 'it finds a second generation of ours good, and goes on with a third', async (t) => {
  const { tool, folder } = await received(t);
  await plantFiles(folder, { 'B/new.jpg': 'new' });
  const files = await hashedFiles(folder, ['B/new.jpg']);
  await writeReceipt({ native, folder }, receiptOf(files));
  t.is(await verified(t, tool, folder), 0);
  const created = await tool.mhl('create', folder, '-h', 'xxh64', '-h', 'c4', '-h', 'md5');
  t.is(created.status, 0, created.stdout + created.stderr);
  t.is(await verified(t, tool, folder), 0);
});

testWith(
  needed,
  'a history that it began, in hashes of its own, is gone on with by us, and found good',
  async (t) => {
    const tool = await startReferenceTool(t);
    const { folder } = await jobFolder(t);
    const inner = join(folder, 'DCIM');
    t.is((await tool.mhl('create', inner)).status, 0);
    t.is((await tool.mhl('create', folder)).status, 0);
    const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
    const { failed, unnamed, number } = await writeReceipt(
      { native, folder },
      receiptOf(await hashedFiles(folder, paths)),
    );
    t.deepEqual([failed, unnamed, number], [[], [], 2]);
    t.is(await verified(t, tool, folder), 0);
    await writeFile(join(folder, 'über/\u{1f4f7}.jpg'), 'camerb');
    t.is(await verified(t, tool, folder), 11);
  },
);

testWith([...needed, 'xmllint'], 'manifests and chains of ours follow the published schema', async (t) => {
  const { folder } = await received(t);
  await plantFiles(folder, { 'B/new.jpg': 'new' });
  await writeReceipt({ native, folder }, receiptOf(await hashedFiles(folder, ['B/new.jpg'])));
  const xsd = join(referenceTool ?? '', 'xsd');
  for (const name of await readdir(join(folder, 'ascmhl'))) {
    const schema = name.endsWith('.xml') ? 'ASCMHLDirectory__combined.xsd' : 'ASCMHL.xsd';
    const file = join(folder, 'ascmhl', name);
    await t.notThrowsAsync(mustRun('xmllint', ['--noout', '--nonet', '--schema', join(xsd, schema), file]));
  }
});
