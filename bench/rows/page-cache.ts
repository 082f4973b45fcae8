/** Whether the file that another program works with stays in the page cache while we take a shoot in. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Bench } from '../bench.js';
import { runToEnd } from '../command.js';
import { dropCaches, canDropCaches, holdMemoryBut } from '../machine.js';
import { rawPicture } from '../pictures.js';
import type { Store } from '../stores/store.js';
import { pass } from './backup.js';
import { us } from './row.js';
import type { Contestant, Row } from './row.js';

export function pageCache(bench: Bench): Row {
  const corpus = bench.corpus('shoot');
  const { glassine, rsync } = bench.stores('shoot');
  const file = corpus.beside('film-of-another-program');
  const { residentBytes } = bench.sizes;
  // With memory to spare, nothing ever has to leave: all but this much is taken while the row runs.
  const pressed = residentBytes >= 2 ** 30;
  const spareBytes = 2 * 2 ** 30;
  let release: (() => Promise<void>) | undefined;

  const observed = (store: Store): Contestant =>
    pass(store, {
      needs: [...store.needs, 'fincore'],
      async ready() {
        await store.empty();
        if (canDropCaches) await dropCaches();
        if (pressed) release = await holdMemoryBut(residentBytes + spareBytes);
        // Twice, as a program that works with it does: the kernel keeps what was asked for again.
        for (let time = 0; time < 2; time++) await runToEnd({ program: 'cat', args: [file], unheard: true });
      },
      async told() {
        return { share: await residentShare(bench, file) };
      },
      async clear() {
        await release?.();
        release = undefined;
        if (store.name !== us) await store.remove();
      },
    });

  return {
    id: 'page-cache',
    work: `another program's ${residentBytes / 2 ** 30} GiB stay cached through a first backup of the shoot${
      pressed ? ', 3 GiB of memory free' : ', memory plenty'
    }`,
    corpus: 'shoot',
    caches: 'warm',
    rounds: { atMost: 3 },
    async setUp() {
      const handle = openSync(file, 'w');
      const part = 2 ** 26;
      for (let at = 0; at < residentBytes; at += part) writeSync(handle, rawPicture(at + 7, part));
      closeSync(handle);
    },
    contestants: [observed(glassine), observed(rsync)],
    targets: [{ against: 'all of it', of: 'share', limit: 0.95 }],
  };
}

async function residentShare(bench: Bench, file: string): Promise<number> {
  const args = ['--bytes', '--noheadings', '--output=RES', file];
  const resident = Number(await runToEnd({ program: bench.programs.pathOf('fincore'), args }));
  return resident / bench.sizes.residentBytes;
}
