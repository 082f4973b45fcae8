/** Reading ledgers that are whole, torn, damaged, gapped and newer, from the start and from a known line. */
import { appendFile, cp, mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import { linkOf } from '../../../src/store/ledger/chain.js';
import { LedgerWriter } from '../../../src/store/ledger/writer.js';
import { temporaryFolder } from '../../support/trees.js';
import * as kit from './ledger-kit.js';

/** Ten batches: three prunes, then `settled` for the batch before. */
function tenBatches(): NewLine[][] {
  let n = 0;
  return Array.from({ length: 10 }, (_, batch) => {
    const lines = [1, 2, 3].map((each) => kit.pruned(`${String(batch)}-${String(each)}`));
    const batchLines: NewLine[] = batch === 0 ? lines : [{ do: 'settled', upTo: n }, ...lines];
    n += batchLines.length;
    return batchLines;
  });
}

test('a ledger that is not there is empty', async (t) => {
  const findings = await kit.examine(path.join(await temporaryFolder(t), 'none'));
  t.deepEqual(findings.position, { n: 0, link: '' });
  t.is(findings.problem, undefined);
  t.deepEqual(kit.allLines('/nowhere', findings), []);
});

test('a whole ledger is read to its last line, with what is not settled', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches());
  const findings = await kit.examine(folder);
  t.is(findings.problem, undefined);
  t.deepEqual(findings.position, { n: 39, link: written.at(-1)?.link ?? '' });
  t.deepEqual(
    findings.unsettled.map((line) => line.n),
    [37, 38, 39],
  );
  t.deepEqual(kit.allLines(folder, findings), written);
  t.deepEqual(kit.allLines(folder, findings, 35), written.slice(35));
});

test('a ledger in many segments reads the same from the start and from every line', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches(), 900);
  t.true((await kit.segmentFiles(folder)).length > 4);
  const whole = await kit.examine(folder);
  t.is(whole.problem, undefined);
  for (const line of written) {
    const findings = await kit.examine(folder, { n: line.n, link: line.link ?? '' });
    t.deepEqual(findings, whole, `from line ${String(line.n)}`);
    t.deepEqual(kit.allLines(folder, findings, line.n), written.slice(line.n));
  }
});

test('going on from a known line does not read the segments before it', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches(), 900);
  await kit.changeSegment(folder, 1, (bytes) => Buffer.alloc(bytes.length, 'x'));
  const { n, link = '' } = written.at(-1) ?? { n: 0 };
  t.is((await kit.examine(folder, { n, link })).problem, undefined);
  t.is((await kit.examine(folder)).problem?.code, 'ledger-damaged');
});

test('a last line without its newline is a torn tail, not damage', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches());
  const whole = (await stat(kit.segmentFile(folder, 1))).size;
  const last = JSON.stringify(written.at(-1)).length + 1;
  for (const cut of [1, 2, 50, last - 1]) {
    await truncate(kit.segmentFile(folder, 1), whole - cut);
    const findings = await kit.examine(folder);
    t.is(findings.problem, undefined);
    t.is(findings.position.n, 38);
    t.deepEqual(findings.tail, { segment: 1, soundBytes: whole - last, bytes: whole - cut });
  }
});

test('zeros or garbage without a newline after the last line are a torn tail', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches());
  for (const garbage of [Buffer.alloc(5000), Buffer.from('{"n":40,"at":"20'), Buffer.from([255, 0, 1])]) {
    const { size } = await stat(kit.segmentFile(folder, 1));
    await appendFile(kit.segmentFile(folder, 1), garbage);
    const findings = await kit.examine(folder);
    t.is(findings.problem, undefined);
    t.is(findings.position.n, 39);
    t.is(findings.tail?.soundBytes, size);
    await truncate(kit.segmentFile(folder, 1), size);
  }
});

test('holes in the last batch are a torn tail to those who know all before it', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches());
  const { n, link = '' } = written.at(-1) ?? { n: 0 };
  const { size } = await stat(kit.segmentFile(folder, 1));
  const batch: NewLine[] = [{ do: 'settled', upTo: n }];
  for (let each = 0; each < 90; each++) batch.push(kit.pruned(`last ${String(each)}`));
  await kit.writeLedger(folder, [batch]);
  for (const [from, to] of [
    [size, size + 4096],
    [size + 4096, size + 8192],
  ] as const) {
    const copy = await temporaryFolder(t);
    await cp(folder, copy, { recursive: true });
    await kit.changeSegment(copy, 1, (bytes) => bytes.fill(0, from, to));
    t.is((await kit.examine(copy)).problem?.code, 'ledger-damaged');
    const findings = await kit.examine(copy, { n, link });
    t.is(findings.problem, undefined);
    // Whole lines before the first hole are as good as any: their content was durable before they were
    // written.
    t.is(findings.position.n === n, from === size);
    t.is(findings.tail?.soundBytes === size, from === size);
    const writer = await LedgerWriter.open(copy, findings, {
      hash: kit.hash,
      clock: { now: () => kit.startMs },
    });
    await writer.append([{ line: kit.pruned('again') }]);
    await writer.close();
    const whole = await kit.examine(copy);
    t.is(whole.problem, undefined);
    t.is(whole.position.n, findings.position.n + 1);
  }
});

test('damage right after a known line is damage when a later batch was written', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches());
  const known = written[30];
  const { n, link = '' } = known ?? { n: 0 };
  const next = Buffer.from(`{"n":${String(n + 1)},`);
  await kit.flipBit(folder, 1, (bytes) => bytes.indexOf(next) + 30);
  t.is((await kit.examine(folder, { n, link })).problem?.code, 'ledger-damaged');
});

test('a flipped bit in the middle is damage, with its segment and line named', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches(), 900);
  await kit.flipBit(folder, 3, (bytes) => bytes.indexOf(0x0a) + 60);
  const findings = await kit.examine(folder);
  t.is(findings.problem?.code, 'ledger-damaged');
  t.is(findings.problem?.subject, 'Ledger/w/00000003.jsonl');
  t.deepEqual(findings.problem?.facts, { segment: 3, line: findings.position.n + 1 });
  t.is(kit.allLines(folder, findings).length, findings.position.n);
});

test('a line taken out, put in twice or exchanged with its neighbour is damage', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches());
  const lines = written.map((line) => JSON.stringify(line));
  const write = (some: readonly (string | undefined)[]) =>
    writeFile(kit.segmentFile(folder, 1), some.map((line) => `${line ?? ''}\n`).join(''));
  await write(lines);
  t.is((await kit.examine(folder)).problem, undefined);
  const [a, b, c, ...rest] = lines;
  for (const order of [
    [a, c, ...rest],
    [a, b, b, c, ...rest],
    [a, c, b, ...rest],
  ]) {
    await write(order);
    const findings = await kit.examine(folder);
    t.is(findings.problem?.code, 'ledger-damaged');
    t.true(findings.position.n < 3);
  }
});

test('a torn line in a segment that is not the last is damage', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches(), 900);
  await kit.changeSegment(folder, 2, (bytes) => bytes.subarray(0, -5));
  t.is((await kit.examine(folder)).problem?.code, 'ledger-damaged');
});

test('a missing segment is named, and the lines before it are sound', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches(), 900);
  await rm(kit.segmentFile(folder, 3));
  const findings = await kit.examine(folder);
  t.is(findings.problem?.code, 'ledger-missing-segment');
  t.is(findings.problem?.subject, 'Ledger/w/00000003.jsonl');
  t.true(findings.position.n > 4);
  t.deepEqual(kit.allLines(folder, findings), written.slice(0, findings.position.n));
  const { n, link = '' } = written.at(-1) ?? { n: 0 };
  t.is((await kit.examine(folder, { n, link })).problem?.code, 'ledger-missing-segment');
});

test('a ledger without its first segment is a ledger with a missing segment', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches(), 900);
  await rm(kit.segmentFile(folder, 1));
  const findings = await kit.examine(folder);
  t.is(findings.problem?.code, 'ledger-missing-segment');
  t.is(findings.position.n, 0);
});

test('a ledger that ends before a known line, or holds another there, is behind', async (t) => {
  const folder = await temporaryFolder(t);
  const written = await kit.writeLedger(folder, tenBatches());
  const { n, link = '' } = written.at(-1) ?? { n: 0 };
  for (const known of [
    { n: n + 1, link },
    { n, link: '0'.repeat(32) },
  ]) {
    const findings = await kit.examine(folder, known);
    t.is(findings.problem?.code, 'ledger-behind');
    t.deepEqual(findings.position, { n, link });
    t.is(findings.problem?.facts?.['knownLine'], known.n);
  }
  const gone = await kit.examine(path.join(folder, 'none'), { n, link });
  t.is(gone.problem?.code, 'ledger-behind');
});

test('an empty last segment is the beginning of one', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches());
  await writeFile(kit.segmentFile(folder, 2), '');
  const findings = await kit.examine(folder);
  t.is(findings.problem, undefined);
  t.deepEqual(findings.tail, { segment: 2, soundBytes: 0, bytes: 0 });
  const { n, link } = findings.position;
  t.deepEqual(await kit.examine(folder, { n, link }), findings);
});

test('an empty segment in the middle is damage', async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches(), 900);
  await writeFile(kit.segmentFile(folder, 2), '');
  t.is((await kit.examine(folder)).problem?.code, 'ledger-damaged');
});

test('lines of later kinds are passed over and chained, a newer form of a known kind is told', async (t) => {
  const folder = await temporaryFolder(t);
  const [first] = await kit.writeLedger(folder, [[kit.pruned('a')]]);
  let link = first?.link ?? '';
  const add = async (n: number, fields: string): Promise<void> => {
    const body = `{"n":${String(n)},"at":"2026-11-21T18:26:03.120Z",${fields}`;
    link = linkOf(link, Buffer.from(body), kit.hash);
    await appendFile(kit.segmentFile(folder, 1), `${body},"link":"${link}"}\n`);
  };
  await add(2, '"do":"drill","card":"x"');
  const findings = await kit.examine(folder);
  t.is(findings.problem, undefined);
  t.deepEqual(findings.position, { n: 2, link });
  t.deepEqual(kit.allLines(folder, findings), [first]);
  await kit.writeLedger(folder, [[kit.pruned('b')]]);
  t.deepEqual(
    kit.allLines(folder, await kit.examine(folder)).map((line) => line.n),
    [1, 3],
  );
  link = (await kit.examine(folder)).position.link;
  await add(4, '"do":"settled","upTo":{"all":true}');
  const newer = await kit.examine(folder);
  t.is(newer.problem?.code, 'ledger-newer');
  t.is(newer.position.n, 3);
});

test("files of other systems in a ledger's folder are no segments", async (t) => {
  const folder = await temporaryFolder(t);
  await kit.writeLedger(folder, tenBatches());
  await writeFile(path.join(folder, '._00000002.jsonl'), 'x');
  await writeFile(path.join(folder, '.DS_Store'), 'x');
  await mkdir(path.join(folder, 'Thumbs'));
  t.is((await kit.examine(folder)).problem, undefined);
});
