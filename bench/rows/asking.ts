/** Looking into what is kept: a folder, the whole library, and every version of one file. */
import path from 'node:path';
import type { Bench } from '../bench.js';
import { mustBeGood, sourceName } from '../stores/glassine.js';
import { WrongResult } from '../wrong-result.js';
import { us, wall } from './row.js';
import type { Row } from './row.js';

/** The file that has another content in every pass. */
const asked = 0;

const alreadyDeep = new WeakSet();

/** Passes with twenty changed files each, the file that is asked for always among them. */
async function makeHistory(bench: Bench): Promise<void> {
  const corpus = bench.corpus('library');
  const { glassine, restic } = bench.stores('library');
  const stores = bench.present([glassine, restic]);
  for (const store of stores) await store.bringUpToDate();
  if (alreadyDeep.has(corpus)) return;
  bench.say(`making a history of ${bench.sizes.versions} passes`);
  for (let turn = 1; turn < bench.sizes.versions; turn++) {
    const others = Array.from({ length: 19 }, (_, at) => (turn * 19 + at * 97 + 1) % corpus.files);
    await corpus.change(new Set([asked, ...others]), 1000 + turn);
    for (const store of stores) await store.pass();
  }
  for (const store of stores) await store.bringUpToDate();
  alreadyDeep.add(corpus);
}

/** All rows of this kind answer from warm caches, as a person's second question is. */
function asking(bench: Bench, row: Pick<Row, 'id' | 'work' | 'contestants' | 'targets'>): Row {
  const { files } = bench.corpus('library');
  return {
    ...row,
    work: `${row.work}, of ${files} files, ${bench.sizes.versions} passes kept`,
    corpus: 'library',
    caches: 'warm',
    setUp: () => makeHistory(bench),
  };
}

function mustSay(stdout: string, wanted: string, times: number): void {
  const found = stdout.split(wanted).length - 1;
  if (found < times) throw new WrongResult(`${wanted} is named ${found} times, not ${times}`);
}

export function listFolder(bench: Bench): Row {
  const corpus = bench.corpus('library');
  const { glassine, restic } = bench.stores('library');
  const folder = path.dirname(corpus.nameOf(asked));
  const inFolder = Array.from({ length: corpus.files }, (_, at) => at).filter(
    (number) => path.dirname(corpus.nameOf(number)) === folder,
  ).length;
  return asking(bench, {
    id: 'ls-folder',
    work: 'ls of one folder',
    contestants: [
      {
        name: us,
        needs: [],
        command: () => glassine.verb(['ls', path.join(sourceName, folder)]),
        check: async ({ stdout }) => mustSay(stdout, 'IMG_', inFolder),
      },
      {
        name: 'restic ls',
        needs: ['restic'],
        command: () => restic.command(['ls', 'latest', path.join(corpus.root, folder)]),
        check: async ({ stdout }) => mustSay(stdout, 'IMG_', inFolder),
      },
    ],
    targets: [wall('restic ls', 0.1)],
  });
}

export function listAll(bench: Bench): Row {
  const corpus = bench.corpus('library');
  const { glassine, restic } = bench.stores('library');
  return asking(bench, {
    id: 'ls-all',
    work: 'ls of the source, with sums of all that is below',
    contestants: [
      {
        name: us,
        needs: [],
        command: () => glassine.verb(['ls', sourceName, '--json']),
        async check({ stdout }) {
          const { entries } = mustBeGood(stdout);
          const counts = Array.isArray(entries) ? entries.map((entry) => filesOf(entry)) : [];
          const sum = counts.reduce((all, files) => all + files, 0);
          if (sum !== corpus.files) throw new WrongResult(`ls counts ${sum} files`);
        },
      },
      {
        name: 'restic ls',
        needs: ['restic'],
        command: () => restic.command(['ls', 'latest']),
        check: async ({ stdout }) => mustSay(stdout, 'IMG_', corpus.files),
      },
    ],
    targets: [wall('restic ls', 0.1)],
  });
}

function filesOf(entry: unknown): number {
  const files: unknown = typeof entry === 'object' && entry !== null && 'files' in entry ? entry.files : 0;
  return typeof files === 'number' ? files : 0;
}

export function historyOfFile(bench: Bench): Row {
  const corpus = bench.corpus('library');
  const { glassine, restic } = bench.stores('library');
  const { versions } = bench.sizes;
  return asking(bench, {
    id: 'history',
    work: 'history of one file that changed in every pass',
    contestants: [
      {
        name: us,
        needs: [],
        command: () => glassine.verb(['history', path.join(sourceName, corpus.nameOf(asked)), '--json']),
        async check({ stdout }) {
          const found = mustBeGood(stdout)['versions'];
          const count = Array.isArray(found) ? found.length : 0;
          if (count < versions) throw new WrongResult(`${count} versions instead of ${versions}`);
        },
      },
      {
        name: 'restic find',
        needs: ['restic'],
        command: () => restic.command(['find', path.join(corpus.root, corpus.nameOf(asked))]),
        check: async ({ stdout }) => mustSay(stdout, corpus.nameOf(asked), versions),
      },
    ],
    targets: [wall('restic find', 0.1)],
  });
}
