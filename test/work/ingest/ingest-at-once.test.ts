/** Ingests beside each other: two cards, and one card that is in two readers. */
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { native } from '../../../src/platform/native.js';
import { layCard, layouts } from '../../support/cards.js';
import { ingestBench } from '../../support/ingesting.js';
import { listTree } from '../../support/trees.js';

/** The hashes of all files below a folder. */
async function contentsBelow(folder: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const [name, entry] of await listTree(folder)) {
    if (entry.kind !== 'file') continue;
    const [result] = await native.transfer([{ source: path.join(folder, name), targets: [] }], {});
    if (result) found.add(result.b3);
  }
  return found;
}

test('two cards of one name with other pictures, copied at once into one job, both come over whole', async (t) => {
  const { bench, card, run, to } = await ingestBench(t, layouts.canon);
  const twin = path.join(bench.folder, 'second reader', path.basename(card));
  await mkdir(twin, { recursive: true });
  await layCard(twin, layouts.canon, 2);
  const reports = await Promise.all([run(), run({ card: twin })]);
  for (const { copied, incomplete, destinations } of reports) {
    t.is(copied.length, 7);
    t.deepEqual([...incomplete, ...destinations.flatMap((each) => each.problem ?? [])], []);
  }
  const wanted = [...(await contentsBelow(card)), ...(await contentsBelow(twin))];
  t.is(new Set(wanted).size, 14);
  for (const folder of to) {
    const there = await contentsBelow(folder);
    t.deepEqual(
      wanted.filter((b3) => !there.has(b3)),
      [],
    );
  }
});

test('a card that is in two readers, as when one of them shows it late, is copied once', async (t) => {
  const { bench, card, run, to } = await ingestBench(t, layouts.canon);
  const again = path.join(bench.folder, 'second reader', path.basename(card));
  await cp(card, again, { recursive: true, preserveTimestamps: true });
  const first = await run();
  const before = [...(await listTree(to[0] ?? '')).keys()];
  const second = await run({ card: again });
  t.deepEqual([first.copied.length, second.copied.length, second.skipped.length], [7, 0, 7]);
  t.is(second.outcome, 'good');
  t.deepEqual([...(await listTree(to[0] ?? '')).keys()], before);
  const both = await Promise.all([run(), run({ card: again })]);
  for (const report of both) t.is(report.copied.length, 0);
});
