/** The shoot as a card, ingested to two destinations with receipts, against what else copies with a check. */
import path from 'node:path';
import type { Bench } from '../bench.js';
import { runToEnd, shell } from '../command.js';
import { mustBeGood } from '../stores/glassine.js';
import { glassineMain } from '../programs.js';
import { byHand, copies, copyByHand, copyTwice } from './copy.js';
import { us, wall } from './row.js';
import type { Contestant, Row } from './row.js';

const job = 'offload';

export function offload(bench: Bench): Row {
  const corpus = bench.corpus('shoot');
  const home = corpus.beside('offload-home');
  const folders = copies(corpus, us);
  const removeHome = async (): Promise<void> => {
    await runToEnd({ program: 'rm', args: ['-rf', home] });
  };
  const ours = copyTwice(
    bench,
    {
      name: us,
      needs: [],
      command: () => ({
        program: process.execPath,
        args: [
          ...[glassineMain, 'ingest', corpus.root, '--any-folder', '--json', '--job', job],
          ...folders.flatMap((folder) => ['--to', folder]),
        ],
        env: { GLASSINE_HOME: home },
      }),
    },
    path.join(job, path.basename(corpus.root)),
  );
  // A card that was ingested before is not copied again: each round has a home of its own.
  const fresh: Contestant = {
    ...ours,
    async ready(round) {
      await ours.ready?.(round);
      await removeHome();
    },
    async check(measured, round) {
      mustBeGood(measured.stdout);
      await ours.check?.(measured, round);
    },
    async clear(round) {
      await ours.clear?.(round);
      await removeHome();
    },
  };
  const twice = (name: string, needs: Contestant['needs'], one: string): Contestant =>
    copyTwice(bench, {
      name,
      needs,
      command: () => shell(`for to in "$2" "$3"; do ${one}; done`, [corpus.root, ...copies(corpus, name)]),
    });
  return {
    id: 'offload',
    work: 'ingest of the shoot to two destinations, with receipts',
    corpus: 'shoot',
    caches: 'cold',
    touched: 3,
    contestants: [
      fresh,
      copyByHand(bench),
      twice('rsync --checksum x2', ['rsync'], 'rsync -a --checksum "$1/" "$to"'),
      twice('rclone copy --checksum x2', ['rclone'], 'rclone copy --checksum "$1" "$to"'),
    ],
    targets: [wall(byHand, 0.6)],
    bound: { reads: 3, writes: 2 },
  };
}
