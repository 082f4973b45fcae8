/** Killed after a card was let go of: nothing is called safe, and the card put in again completes it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { documents } from '../../src/face/documents/registry.js';
import { layCard, layouts } from '../support/cards.js';
import { glassineAt } from '../support/glassine.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { differences, temporaryFolder } from '../support/trees.js';

testWith(lyingNeeds, 'an ingest that is killed after it let go of the card is gone on with', async (t) => {
  const folder = await temporaryFolder(t);
  const [card, fast] = [join(folder, 'CARD'), join(folder, 'fast')];
  await layCard(card, layouts.repeated);
  await mkdir(fast);
  const slow = await lyingMount(t, { slowMs: 500 });
  const glassine = glassineAt(join(folder, 'home'));
  const args = ['ingest', card, '--to', fast, '--to', slow.path, '--job', 'J', '--release-card-early'];
  const [program, ...words] = glassine.command(...args);
  const child = spawn(program, words, { env: { ...process.env, ...glassine.env } });
  const exit = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('can be taken out')) child.kill('SIGKILL');
  });
  t.deepEqual(await exit, [null, 'SIGKILL']);
  const { cards } = v.parse(documents.cards, (await glassine.ask('cards')).document);
  t.deepEqual(
    cards.map(({ verdict }) => verdict.safe),
    [false],
  );
  t.true(cards[0]?.verdict.reasons.some(({ code }) => code === 'card-not-listed'));
  await slow.lie({});
  const { document } = await glassine.ask(...args);
  const { outcome, destinations } = v.parse(documents.ingest, document);
  t.is(outcome, 'good');
  t.is(destinations[0]?.copied, 0);
  for (const place of [fast, slow.path]) {
    const found = await differences(card, join(place, 'J/CARD'));
    t.deepEqual(
      found.filter((line) => !line.includes('.glassine-')),
      [],
    );
  }
});
