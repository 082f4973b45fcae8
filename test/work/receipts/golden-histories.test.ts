/**
 * Histories that the reference implementation made itself, sound and not, in test/golden/asc-mhl: `make.sh`
 * there made them, and wrote down what the tool says of each. We say the same.
 */
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { GlassineError } from '../../../src/base/errors.js';
import { verifyReceipts } from '../../../src/work/receipts/verify-receipts.js';
import { projectRoot } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';
import { startReferenceTool } from '../../support/reference-tool.js';
import { temporaryFolder } from '../../support/trees.js';
import { Workbench } from '../../support/workbench.js';

const golden = join(projectRoot, 'test/golden/asc-mhl');

const linesOf = async (name: string): Promise<string[]> =>
  (await readFile(join(golden, name), 'utf8')).trim().split('\n');

const expected = (await linesOf('expected.txt')).map((line) => {
  const [status = '', name = ''] = line.split(' ');
  return { status: Number(status), name };
});

/** What we say where the reference tool ends with a status. */
const meanings: Readonly<Record<number, readonly [outcome: string, ...codes: string[]]>> = {
  0: ['good'],
  10: ['failed', 'receipt-file-missing'],
  11: ['failed', 'receipt-mismatch'],
  21: ['incomplete', 'receipt-file-new'],
  30: ['failed', 'receipt-missing'],
  31: ['failed', 'receipt-damaged'],
  32: ['failed', 'receipt-damaged'],
  33: ['failed', 'receipt-damaged'],
};

/** All of them, with the empty folders that git does not keep. */
async function unpacked(folder: string): Promise<void> {
  await cp(golden, folder, { recursive: true });
  for (const path of await linesOf('folders.txt')) await mkdir(join(folder, path), { recursive: true });
}

for (const { status, name } of expected) {
  test(`of the history "${name}" we say what the reference tool says: ${status}`, async (t) => {
    const folder = await temporaryFolder(t);
    await unpacked(folder);
    const { deps } = new Workbench(await temporaryFolder(t), t);
    const [outcome, ...codes] = meanings[status] ?? [];
    try {
      const { bad, problems, incomplete, ...report } = await verifyReceipts(deps, join(folder, name));
      t.is(report.outcome, outcome as typeof report.outcome);
      const all = [...problems, ...bad, ...(report.outcome === 'incomplete' ? incomplete : [])];
      t.deepEqual([...new Set(all.map(({ code }) => code))], codes);
      if (status === 0) t.true(report.checked > 0);
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      t.deepEqual([error.code as string], codes);
    }
  });
}

testWith(['asc-mhl-reference', 'python3'], 'the reference tool still says so of them', async (t) => {
  const folder = await temporaryFolder(t);
  await unpacked(folder);
  const tool = await startReferenceTool(t);
  for (const { status, name } of expected) t.is((await tool.verify(join(folder, name))).status, status, name);
});
