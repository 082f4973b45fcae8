/** Proving all copies again, and giving everything back. */
import path from 'node:path';
import type { Bench } from '../bench.js';
import { runToEnd, shell } from '../command.js';
import type { Corpus } from '../corpora.js';
import { mustBeGood, sourceName } from '../stores/glassine.js';
import { mustEqual } from '../stores/equal.js';
import { WrongResult } from '../wrong-result.js';
import { us, wall } from './row.js';
import type { Contestant, Row } from './row.js';

const sumsCheck = 'b3sum --check';

export function scrub(bench: Bench): Row {
  const corpus = bench.corpus('shoot');
  const { glassine } = bench.stores('shoot');
  const sums = corpus.beside('sums-of-vault');
  return {
    id: 'scrub',
    work: 'scrub of the shoot: every copy read back and compared',
    corpus: 'shoot',
    caches: 'cold',
    touched: 1,
    bound: { reads: 1, writes: 0 },
    async setUp() {
      await glassine.bringUpToDate();
      if (!bench.programs.has('b3sum')) return;
      const script = 'cd "$1" && find . -type f -print0 | xargs -0 b3sum >"$2"';
      await runToEnd(shell(script, [glassine.pictures, sums]));
    },
    contestants: [
      {
        name: us,
        needs: [],
        command: () => glassine.verb(['verify', '--json']),
        async check({ stdout }) {
          const { checked } = mustBeGood(stdout);
          if (checked !== corpus.files) throw new WrongResult(`${String(checked)} copies were checked`);
        },
      },
      {
        name: sumsCheck,
        needs: ['b3sum'],
        command: () => ({
          program: bench.programs.pathOf('b3sum'),
          args: ['--check', '--quiet', sums],
          cwd: glassine.pictures,
        }),
      },
    ],
    targets: [wall(sumsCheck, 0.85)],
  };
}

interface Giver {
  readonly name: string;
  readonly needs: Contestant['needs'];
  /** Gives everything back below `to`. */
  readonly command: (to: string) => ReturnType<Contestant['command']>;
  /** Where below `to` the files then are. */
  readonly below?: string;
}

function giver(bench: Bench, corpus: Corpus, { name, needs, command, below = '' }: Giver): Contestant {
  const to = corpus.beside(`given-back-by-${name.replaceAll(/\W+/g, '-')}`);
  const clear = async (): Promise<void> => {
    await runToEnd({ program: 'rm', args: ['-rf', to] });
  };
  return {
    name,
    needs,
    ready: clear,
    command: () => command(to),
    check: () => mustEqual(corpus, path.join(to, below), bench.programs),
    clear,
  };
}

const plainCopy = 'cp -a';

export function restoreOf(bench: Bench, name: 'shoot' | 'library'): Row {
  const corpus = bench.corpus(name);
  const { glassine, restic } = bench.stores(name);
  return {
    id: name === 'shoot' ? 'restore-shoot' : 'restore-small',
    work: name === 'shoot' ? 'restore of the shoot' : `restore of ${corpus.files} small files`,
    corpus: name,
    caches: 'cold',
    touched: 2,
    bound: { reads: 2, writes: 1 },
    async setUp() {
      for (const store of bench.present([glassine, restic])) await store.bringUpToDate();
    },
    contestants: [
      giver(bench, corpus, {
        name: us,
        needs: [],
        command: (to) => glassine.verb(['restore', sourceName, '--to', to, '--json']),
      }),
      // What anybody can do with a vault by hand.
      giver(bench, corpus, {
        name: plainCopy,
        needs: ['cp'],
        command: (to) => ({ program: bench.programs.pathOf('cp'), args: ['-a', glassine.pictures, to] }),
      }),
      giver(bench, corpus, {
        name: 'restic',
        needs: ['restic'],
        command: (to) => restic.command(['restore', '--quiet', 'latest', '--target', to]),
        below: corpus.root,
      }),
    ],
    targets: [wall(plainCopy, 1.15), wall('restic', 0.5)],
  };
}
