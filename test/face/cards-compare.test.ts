/** Two cards side by side, and the options of an ingest, as a person and a script meet them. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import * as v from 'valibot';
import { documents } from '../../src/face/documents/registry.js';
import { layCard, type Layout, layouts } from '../support/cards.js';
import { run } from '../support/commands.js';
import { type Glassine, glassineAt, mainScript } from '../support/glassine.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';

interface Place {
  readonly glassine: Glassine;
  readonly folder: string;
}

async function place(t: ExecutionContext, cards: Readonly<Record<string, Layout>>): Promise<Place> {
  const folder = await temporaryFolder(t);
  for (const [name, layout] of Object.entries(cards)) await layCard(join(folder, name), layout);
  for (const name of ['one', 'two']) await mkdir(join(folder, name));
  return { folder, glassine: glassineAt(join(folder, 'home')) };
}

const said = async ({ glassine, folder }: Place, ...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run(process.execPath, [mainScript, ...args], {
    env: glassine.env,
    cwd: folder,
  });
  return stderr + stdout;
};

test('a card that nobody knows is refused in a sentence', async (t) => {
  const { glassine, folder } = await place(t, { A: layouts.canon });
  const { status, document } = await glassine.ask('cards', 'compare', join(folder, 'A'), 'B');
  t.is(status, 64);
  t.is(document.problem?.code, 'card-unknown');
});

test('what is on both cards, on one, and on neither is told', async (t) => {
  const gone = 'DCIM/100CANON/IMG_9998.CR3';
  const cards = { A: layouts.canon, B: { ...layouts.canon, 'DCIM/101CANON/IMG_0005.CR3': 5 } };
  const both = await place(t, cards);
  await rm(join(both.folder, 'A', gone));
  await rm(join(both.folder, 'A', 'DCIM/100CANON/IMG_9998.JPG'));
  const { status, document } = await both.glassine.ask(
    ...['cards', 'compare', join(both.folder, 'A'), join(both.folder, 'B')],
  );
  t.is(status, 0);
  const { comparison } = v.parse(documents.cards, document);
  t.is(comparison?.same, 3);
  t.deepEqual(comparison?.onlyOnSecond, ['IMG_0005', 'IMG_9998']);
  const text = await said(both, 'cards', 'compare', 'A', 'B');
  t.regex(text, /^First: A \(Canon\), .*\/A, 5 files\nSecond: B \(Canon\), .*\/B, 8 files\n/);
  t.regex(text, /3 shots on both, by name, size and time\.\n/);
  t.regex(text, /2 shots on the second alone: IMG_0005, IMG_9998\.\n/);
  t.regex(text, /No IMG_0003 to IMG_0004 on either\.\n$/);
});

test('a card that can be taken out early is told of, and the document says when that was', async (t) => {
  const where = await place(t, { A: layouts.repeated });
  const text = await said(
    ...([where, 'ingest', 'A', '--to', 'one', '--to', 'two', '--job', 'J', '--release-card-early'] as const),
  );
  t.regex(text, /The card can be taken out; copying goes on from .*\/one\.\n/);
  await layCard(join(where.folder, 'A'), { 'DCIM/102CANON/IMG_0002.CR2': 5000 });
  const { document } = await where.glassine.ask(
    ...['ingest', join(where.folder, 'A'), '--to', join(where.folder, 'one'), join(where.folder, 'two')],
    ...['--job', 'J', '--release-card-early'],
  );
  t.truthy(v.parse(documents.ingest, document).cardReleasedAt);
});

testWith(
  lyingNeeds,
  'of a picture that was saved in part people and scripts are told what is missing',
  async (t) => {
    const where = await place(t, {});
    const mount = await lyingMount(t, { readError: [{ name: 'IMG_9999.CR3', offset: 700_000 }] });
    await layCard(mount.backing, layouts.canon);
    const args = ['ingest', mount.path, '--to', 'one', '--to', 'two', '--job', 'J'];
    t.regex(await said(where, ...args), /512 bytes of it are zeros \(bytes 699904 to 700415\)/);
    const { status, document } = await where.glassine.ask(
      ...['ingest', mount.path, '--to', join(where.folder, 'one'), '--job', 'J'],
    );
    t.is(status, 2);
    const { salvaged } = v.parse(documents.ingest, document);
    t.deepEqual(
      salvaged.map(({ missing, missingBytes, at }) => [missing, missingBytes, at.length]),
      [[[{ from: 699_904, to: 700_416 }], 512, 1]],
    );
  },
);
