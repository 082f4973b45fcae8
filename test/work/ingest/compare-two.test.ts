/** Two cards side by side: those that cannot be looked at, and what is told of those that can. */
import { mkdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { compareTwo, type TwoCards } from '../../../src/work/ingest/compare-two.js';
import { layCard, type Layout } from '../../support/cards.js';
import { type IngestBench, ingestBench } from '../../support/ingesting.js';
import { lyingMount, lyingNeeds } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';

const layout: Layout = {
  'DCIM/100CANON/IMG_0001.CR3': 1000,
  'DCIM/100CANON/IMG_0002.CR3': 1100,
  'DCIM/100CANON/IMG_0004.CR3': 1200,
  'MISC/': 0,
};

const compare = ({ bench }: IngestBench, first: string, second: string): Promise<TwoCards> => {
  const named = (name: string): { folder: string; name: string } => ({
    folder: path.resolve(bench.folder, name),
    name,
  });
  return compareTwo(bench.deps, { first: named(first), second: named(second) });
};

test('a card that nobody knows, and one card twice, are refused', async (t) => {
  const bench = await ingestBench(t, layout);
  await t.throwsAsync(compare(bench, 'CARD_A', 'CARD_X'), { message: /^card-unknown: CARD_X/ });
  await t.throwsAsync(compare(bench, 'CARD_A', './CARD_A/'), { message: /^usage: .* one folder/ });
  await bench.run();
  await rm(bench.card, { recursive: true });
  await t.throwsAsync(compare(bench, 'CARD_A', 'CARD_A'), { message: /^usage: .* one card/ });
});

test('a name that several cards have is refused with their numbers, but twice it means both of two', async (t) => {
  const bench = await ingestBench(t, layout);
  const { cards } = bench.bench.deps.catalog;
  for (const volume of ['1111-AAAA', '2222-BBBB'])
    cards.add({ volume, volumeBytes: 1, name: 'EOS_DIGITAL', maker: undefined }, 5);
  await t.throwsAsync(compare(bench, 'CARD_A', 'EOS_DIGITAL'), { message: /2222-BBBB, 1111-AAAA/ });
  const { first, second } = await compare(bench, 'EOS_DIGITAL', 'EOS_DIGITAL');
  t.deepEqual([first.volume, second.volume], ['2222-BBBB', '1111-AAAA']);
  t.is((await compare(bench, 'CARD_A', '1111-AAAA')).second.volume, '1111-AAAA');
  cards.add({ volume: '3333-CCCC', volumeBytes: 1, name: 'EOS_DIGITAL', maker: undefined }, 5);
  await t.throwsAsync(compare(bench, 'EOS_DIGITAL', 'EOS_DIGITAL'), { message: /^usage/ });
});

testWith(lyingNeeds, 'a folder that cannot be listed is named, and the rest is compared', async (t) => {
  const bench = await ingestBench(t, layout);
  const mount = await lyingMount(t, { listError: '100CANON' });
  await layCard(mount.backing, { ...layout, 'DCIM/101CANON/IMG_0002.CR3': 1100 }, 2);
  const { comparison, incomplete } = await compare(bench, 'CARD_A', mount.path);
  t.deepEqual(
    incomplete.map(({ code, subject }) => [code, subject]),
    [['card-unreadable', path.join(mount.path, 'DCIM/100CANON')]],
  );
  t.deepEqual(comparison.same, ['IMG_0002']);
  t.deepEqual(comparison.onlyOnFirst, ['IMG_0001', 'IMG_0004']);
});

test('two cards that are here are compared by what they look like, and nothing is remembered', async (t) => {
  const bench = await ingestBench(t, layout);
  const other = path.join(bench.bench.folder, 'CARD_B');
  await layCard(other, { ...layout, 'DCIM/100CANON/IMG_0006.CR3': 5 });
  await rm(path.join(other, 'DCIM/100CANON/IMG_0001.CR3'));
  const { first, second, comparison, gaps, incomplete } = await compare(bench, 'CARD_A', 'CARD_B');
  t.deepEqual([first.name, first.files, second.root, second.files], ['CARD_A', 3, other, 3]);
  t.deepEqual(comparison, {
    ...{ same: ['IMG_0002', 'IMG_0004'], sameByContent: 0, inOtherForms: [], different: [] },
    ...{ onlyOnFirst: ['IMG_0001'], onlyOnSecond: ['IMG_0006'] },
  });
  t.deepEqual(
    gaps.map(({ from }) => from),
    ['IMG_0003', 'IMG_0005'],
  );
  t.deepEqual(incomplete, []);
  t.deepEqual(bench.bench.deps.catalog.cards.all(), []);
});

test('cards that were copied are compared by their content, also when they are away', async (t) => {
  const bench = await ingestBench(t, layout);
  const other = path.join(bench.bench.folder, 'CARD_B');
  await mkdir(other);
  await layCard(other, { ...layout, 'DCIM/100CANON/IMG_0004.CR3': 1200 });
  // Another picture of that name and size, and the time of no other.
  await layCard(other, { 'DCIM/100CANON/IMG_0002.CR3': 1100 }, 9);
  await utimes(path.join(other, 'DCIM/100CANON/IMG_0001.CR3'), 1_700_000_000, 1_700_000_000);
  await bench.run();
  await bench.run({ card: other });
  for (const isHere of [true, false]) {
    if (!isHere) for (const card of [bench.card, other]) await rm(card, { recursive: true });
    const { first, second, comparison } = await compare(bench, 'CARD_A', 'CARD_B');
    t.is(first.root, isHere ? bench.card : undefined);
    t.is(second.files, 3);
    t.deepEqual(comparison.same, ['IMG_0001', 'IMG_0004']);
    t.is(comparison.sameByContent, 2);
    t.deepEqual(comparison.different, ['IMG_0002']);
  }
});

test('mirrors that are taken for one card are not believed to be read both', async (t) => {
  const bench = await ingestBench(t, layout);
  const other = path.join(bench.bench.folder, 'CARD_B');
  await layCard(other, layout);
  await bench.run();
  const { comparison } = await compare(bench, 'CARD_A', 'CARD_B');
  t.is(comparison.same.length, 3);
  t.is(comparison.sameByContent, 0);
});
