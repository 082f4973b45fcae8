/** Histories as they lie on a disk, sound and not. */
import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../../src/platform/native.js';
import { type ReadHistory, readHistory } from '../../../src/store/receipts/read-history.js';
import { writeReceipt } from '../../../src/store/receipts/write-receipt.js';
import { jobFolder } from '../../support/job-folder.js';

interface Place {
  readonly ascmhl: string;
  readonly manifest: string;
  readonly chain: string;
}

async function place(t: ExecutionContext): Promise<Place> {
  const { folder, receipt } = await jobFolder(t);
  const { manifest } = await writeReceipt({ native, folder }, receipt);
  const ascmhl = join(folder, 'ascmhl');
  return { ascmhl, manifest: join(folder, manifest), chain: join(ascmhl, 'ascmhl_chain.xml') };
}

const read = ({ ascmhl }: Place): Promise<ReadHistory> => readHistory(ascmhl, 'ascmhl');

const damages: Readonly<Record<string, readonly [(place: Place) => Promise<void>, RegExp]>> = {
  'a chain that is gone': [({ chain }) => rm(chain), /is missing/],
  'a chain that is cut': [
    async ({ chain }) => writeFile(chain, (await readFile(chain)).subarray(0, 150)),
    /\d/,
  ],
  'a chain that is not UTF-8': [({ chain }) => writeFile(chain, Buffer.from([0xff])), /not UTF-8/],
  'a chain without hashes': [
    async ({ chain }) => writeFile(chain, (await readFile(chain, 'utf8')).replace(/<c4>.*<\/c4>/, '')),
    /no hash/,
  ],
  'a chain that leads out': [
    async ({ chain }) => writeFile(chain, (await readFile(chain, 'utf8')).replace('<path>', '<path>../')),
    /outside/,
  ],
  'a manifest that is gone': [({ manifest }) => rm(manifest), /is missing/],
  'a manifest that was changed': [({ manifest }) => appendFile(manifest, '\n'), /not what its chain says/],
};
for (const [name, [damage, why]] of Object.entries(damages)) {
  test(`${name} is damage`, async (t) => {
    const found = await place(t);
    await damage(found);
    const { problems, generations } = await read(found);
    t.is(problems[0]?.code, 'receipt-damaged');
    t.regex(problems[0]?.detail ?? '', why);
    t.deepEqual(generations, []);
  });
}

test('nothing is an empty history', async (t) => {
  const found = await place(t);
  t.like(await readHistory(join(found.ascmhl, 'none'), 'none'), { chain: [], problems: [], next: 1 });
});

test('a manifest that no chain names is told, and the next number is beyond it', async (t) => {
  const found = await place(t);
  await rename(found.manifest, `${found.manifest}.bak`);
  await writeFile(found.manifest, await readFile(`${found.manifest}.bak`));
  await writeFile(join(found.ascmhl, '0007_x_2026-11-22_070000Z.mhl'), 'x');
  await writeFile(join(found.ascmhl, '._0001.mhl'), 'of a Mac');
  const { unchained, problems, next, generations } = await read(found);
  t.deepEqual(unchained, ['0007_x_2026-11-22_070000Z.mhl']);
  t.deepEqual(problems, []);
  t.is(next, 8);
  t.is(generations.length, 1);
});
