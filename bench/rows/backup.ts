/** Keeping a folder for the first time, again when nothing changed, and again when a hundredth of it did. */
import type { Bench } from '../bench.js';
import { runToEnd } from '../command.js';
import type { CorpusName } from '../corpora.js';
import type { Store } from '../stores/store.js';
import { us, wall } from './row.js';
import type { Contestant, Row, Target } from './row.js';

/** A pass of a store, measured and checked. */
export function pass(store: Store, more: Partial<Contestant> = {}): Contestant {
  return {
    name: store.name,
    needs: store.needs,
    command: () => store.backup(),
    check: (measured) => store.check(measured),
    ...more,
  };
}

interface FirstBackup {
  readonly id: string;
  readonly work: string;
  readonly corpus: CorpusName;
  readonly targets: readonly Target[];
  /** Kept for the rows that follow; the others are removed as soon as they are checked. */
  readonly keep: readonly Store[];
  readonly stores: readonly Store[];
  readonly rounds?: Row['rounds'];
}

function firstBackup(what: FirstBackup): Row {
  const { id, work, corpus, targets, rounds } = what;
  const isJudged = ({ name }: Store): boolean =>
    name === us || targets.some(({ against }) => against === name);
  return {
    id,
    work,
    corpus,
    caches: 'cold',
    ...(rounds && { rounds }),
    touched: 2,
    bound: { reads: 2, writes: 1 },
    contestants: what.stores.map((store) =>
      pass(store, {
        ready: () => store.empty(),
        ...(!what.keep.includes(store) && { clear: () => store.remove() }),
        ...(!isJudged(store) && { atMostRounds: 2 }),
      }),
    ),
    targets,
  };
}

export function firstOfShoot(bench: Bench): Row {
  const { glassine, restic, borg, rsync, rclone } = bench.stores('shoot');
  return firstBackup({
    id: 'first-shoot',
    work: 'first backup of the shoot',
    corpus: 'shoot',
    stores: [glassine, restic, borg, rsync, rclone],
    keep: [glassine, restic],
    targets: [wall('restic', 0.45), wall('borg', 0.55), wall('rsync', 1.5)],
  });
}

export function firstOfLibrary(bench: Bench): Row {
  const { glassine, restic, borg, rsync } = bench.stores('library');
  return firstBackup({
    id: 'first-small',
    work: `first backup of ${bench.corpus('library').files} small files`,
    corpus: 'library',
    stores: [glassine, restic, borg, rsync],
    keep: [glassine, restic, rsync],
    targets: [wall('restic', 0.8), wall('borg', 0.5), wall('rsync', 1.5)],
  });
}

/** Once: it takes long, and what is asked is only how much memory it holds. */
const once = { atMost: 1 };

export function firstOfEntries(bench: Bench): Row {
  const { glassine, restic } = bench.stores('entries');
  return firstBackup({
    id: 'entries-first',
    work: `memory: first backup of ${bench.corpus('entries').files} files`,
    corpus: 'entries',
    stores: [glassine, restic],
    keep: [glassine, restic],
    targets: [],
    rounds: once,
  });
}

async function bringUpToDate(bench: Bench, stores: readonly Store[]): Promise<void> {
  for (const store of bench.present(stores)) await store.bringUpToDate();
}

const findTree = 'find -printf';

export function unchanged(bench: Bench, caches: 'warm' | 'cold'): Row {
  const corpus = bench.corpus('library');
  const { glassine, restic, rsync } = bench.stores('library');
  const stores = [glassine, restic, rsync];
  const find: Contestant = {
    name: findTree,
    needs: ['find'],
    command: () => ({
      program: bench.programs.pathOf('find'),
      args: [corpus.root, '-printf', '%p %s %T@\\n'],
      unheard: true,
    }),
  };
  const clear = async (): Promise<void> => {
    await runToEnd({ program: 'rm', args: ['-rf', rsync.linked] });
  };
  const linked: Contestant = {
    name: 'rsync --link-dest',
    needs: rsync.needs,
    atMostRounds: 3,
    ready: clear,
    command: () => rsync.backupLinked(),
    clear,
  };
  return {
    id: caches === 'warm' ? 'unchanged' : 'unchanged-cold',
    work: `pass over ${corpus.files} unchanged small files`,
    corpus: 'library',
    caches,
    ...(caches === 'cold' && { rounds: { atMost: 3 } }),
    async setUp() {
      await bringUpToDate(bench, stores);
      // What each of them looks at when nothing changed is in the caches after one such pass.
      for (const store of bench.present(stores)) await store.pass();
    },
    contestants: [...stores.map((store) => idle(store)), find, ...(caches === 'warm' ? [linked] : [])],
    targets: caches === 'warm' ? [wall('restic', 0.15), wall('rsync', 0.15), wall(findTree, 1.5)] : [],
  };
}

/** A pass that copies nothing: what is kept was checked before, and reading it again would cool caches. */
function idle(store: Store): Contestant {
  return { name: store.name, needs: store.needs, command: () => store.backup() };
}

export function entriesUnchanged(bench: Bench): Row {
  const { glassine, restic } = bench.stores('entries');
  const stores = [glassine, restic];
  return {
    id: 'entries-unchanged',
    work: `memory: pass over ${bench.corpus('entries').files} unchanged files`,
    corpus: 'entries',
    caches: 'warm',
    rounds: once,
    setUp: () => bringUpToDate(bench, stores),
    contestants: stores.map((store) => idle(store)),
    targets: [],
  };
}

/** Other files in every round. */
export function changed(bench: Bench): Row {
  const corpus = bench.corpus('library');
  const { glassine, restic } = bench.stores('library');
  const stores = [glassine, restic];
  return {
    id: 'changed',
    work: `pass over ${corpus.files} small files of which 1 % changed`,
    corpus: 'library',
    caches: 'warm',
    setUp: () => bringUpToDate(bench, stores),
    async beforeRound(round) {
      const hundredth = Array.from({ length: Math.floor(corpus.files / 100) }, (_, at) => at * 100);
      await corpus.change(
        hundredth.map((number) => number + (round % 100)),
        round,
      );
    },
    contestants: stores.map((store) => pass(store)),
    targets: [wall('restic', 0.3)],
  };
}
