/** The shoot copied to two destinations, every copy proven, against what careful people do by hand. */
import path from 'node:path';
import type { Bench } from '../bench.js';
import { runToEnd, shell } from '../command.js';
import type { Corpus } from '../corpora.js';
import { fioArguments, fioRate } from '../machine.js';
import { childScript } from '../programs.js';
import { mustEqual } from '../stores/equal.js';
import { us, wall } from './row.js';
import type { Contestant, Row } from './row.js';

export const byHand = 'cp x2 + b3sum x3';
/** Ours are on the medium when it ends; here that is asked of the others too, beside the target. */
const byHandFlushed = 'cp x2 + sync + b3sum x3';

/** The bytes of a copy may still be in memory when b3sum reads it: by hand nobody knows how to prevent it. */
const byHandScript = `
source=$1 a=$2 b=$3 sums=$4 flush=$5
cp -r "$source" "$a"
cp -r "$source" "$b"
"$flush"
mkdir "$sums"
for folder in "$source" "$a" "$b"; do
  cd "$folder"
  find . -type f -print0 | LC_ALL=C sort -z | xargs -0 b3sum >"$sums/$(echo "$folder" | tr / _)"
done
cd "$sums"
for file in *; do
  cmp "$file" "$(echo "$source" | tr / _)"
done`;

/** Where a contestant's two copies go. */
export function copies(corpus: Corpus, who: string): [string, string] {
  const name = who.replaceAll(/\W+/g, '-');
  return [corpus.beside(`${name}-copy-a`), corpus.beside(`${name}-copy-b`)];
}

/** Removes and checks what a contestant copies; `inside`: where its copy lies in each of the two folders. */
export function copyTwice(bench: Bench, contestant: Contestant, inside = '.'): Contestant {
  const corpus = bench.corpus('shoot');
  const folders = copies(corpus, contestant.name);
  const clear = async (): Promise<void> => {
    await runToEnd({ program: 'rm', args: ['-rf', ...folders, corpus.beside('sums')] });
  };
  return {
    ...contestant,
    ready: clear,
    async check() {
      for (const folder of folders) await mustEqual(corpus, path.join(folder, inside), bench.programs);
    },
    clear,
  };
}

/** What careful people do by hand. */
export function copyByHand(bench: Bench, flushed = false): Contestant {
  const corpus = bench.corpus('shoot');
  const name = flushed ? byHandFlushed : byHand;
  return copyTwice(bench, {
    name,
    needs: ['b3sum'],
    ...(flushed && { atMostRounds: 3 }),
    command: () =>
      shell(byHandScript, [
        corpus.root,
        ...copies(corpus, name),
        corpus.beside('sums'),
        flushed ? 'sync' : 'true',
      ]),
  });
}

export function verifiedCopy(bench: Bench, caches: 'cold' | 'warm'): Row {
  const corpus = bench.corpus('shoot');
  const ours = copyTwice(bench, {
    name: us,
    needs: [],
    command: () => ({
      program: process.execPath,
      args: [childScript('copy-tree'), corpus.root, ...copies(corpus, us)],
    }),
  });
  const others = [copyByHand(bench), ...(caches === 'cold' ? [copyByHand(bench, true)] : [])];
  return {
    id: caches === 'cold' ? 'copy' : 'copy-warm',
    work: 'verified copy of the shoot to two destinations',
    corpus: 'shoot',
    caches,
    ...(caches === 'cold' && { touched: 3 }),
    ...(caches === 'warm' && {
      rounds: { atMost: 3 },
      beforeRound: async () => {
        await runToEnd({ ...shell('find "$1" -type f -exec cat {} +', [corpus.root]), unheard: true });
      },
    }),
    contestants: [ours, ...others, ...(caches === 'cold' ? [fioBound(bench, corpus)] : [])],
    targets:
      caches === 'cold'
        ? [wall(byHand, 0.6), { against: byHand, of: 'processor', limit: 0.5 }, wall(boundName, 1.2)]
        : [],
    bound: { reads: 3, writes: 2 },
  };
}

const boundName = 'fio bound';

/** One read, two writes and two read-backs of the shoot at the rates that fio reaches on this disk. */
function fioBound(bench: Bench, corpus: Corpus): Contestant {
  const file = path.join(path.dirname(corpus.root), 'fio');
  const job = { file, bytes: bench.sizes.fileBytes };
  const rates = { read: 0, write: 0 };
  return {
    name: boundName,
    needs: ['fio'],
    pastCaches: true,
    command: () => ({
      program: bench.programs.pathOf('fio'),
      args: fioArguments({ ...job, how: 'write' }),
    }),
    async told({ stdout }) {
      const reading = { program: bench.programs.pathOf('fio'), args: fioArguments({ ...job, how: 'read' }) };
      rates.write = fioRate(stdout, 'write');
      rates.read = fioRate(await runToEnd(reading), 'read');
      return { seconds: corpus.bytes * (3 / rates.read + 2 / rates.write) };
    },
    async clear() {
      await runToEnd({ program: 'rm', args: ['-f', file] });
    },
  };
}
