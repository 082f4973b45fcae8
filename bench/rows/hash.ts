/** Hashing one large file: from the page cache against b3sum, and from the medium against the disk itself. */
import path from 'node:path';
import os from 'node:os';
import type { Bench } from '../bench.js';
import type { HashedFile } from '../children/hash-file.js';
import { measure, runToEnd } from '../command.js';
import type { Command, Measured } from '../command.js';
import { median } from '../figures.js';
import { fioArguments, fioRate } from '../machine.js';
import { childScript } from '../programs.js';
import { jsonObject } from '../stores/store.js';
import { WrongResult } from '../wrong-result.js';
import { us, wall } from './row.js';
import type { Contestant, Row, Sample } from './row.js';

const film = (bench: Bench): string => path.join(bench.corpus('file').root, bench.corpus('file').nameOf(0));

function hashedFile(stdout: string): HashedFile {
  const { b3, seconds, processorSeconds, cacheBypassed } = jsonObject(stdout);
  const isWhole = typeof b3 === 'string' && typeof seconds === 'number';
  if (!isWhole || typeof processorSeconds !== 'number') throw new WrongResult(stdout);
  return { b3, seconds, processorSeconds, cacheBypassed: cacheBypassed === true };
}

/** The addon, called by a script that tells how long the call took: Node's own start is not hashing. */
function ours(bench: Bench, read: 'cheapest' | 'medium', within: (command: Command) => Command): Contestant {
  let first: string | undefined;
  return {
    name: us,
    needs: [],
    command: () => within({ program: process.execPath, args: [childScript('hash-file'), film(bench), read] }),
    async told({ stdout }) {
      const { seconds, processorSeconds } = hashedFile(stdout);
      return { seconds, processorSeconds };
    },
    async check({ stdout }) {
      const { b3, cacheBypassed } = hashedFile(stdout);
      first ??= await otherHash(bench, b3);
      if (b3 !== first) throw new WrongResult(`hash ${b3} instead of ${first}`);
      if (read === 'medium' && !cacheBypassed) throw new WrongResult('the file was not read from the medium');
    },
  };
}

/** What b3sum says of the file; without b3sum, a hash only has to stay the same. */
async function otherHash(bench: Bench, without: string): Promise<string> {
  if (!bench.programs.has('b3sum')) return without;
  const args = ['--no-names', film(bench)];
  return (await runToEnd({ program: bench.programs.pathOf('b3sum'), args })).trim();
}

export function hashWarm(bench: Bench, threads: number): Row {
  const processors = Math.min(threads, os.cpus().length);
  const list = Array.from({ length: processors }, (_, at) => at).join(',');
  const within = (command: Command): Command =>
    bench.programs.has('taskset')
      ? { ...command, program: 'taskset', args: ['-c', list, command.program, ...command.args] }
      : command;
  const read = async (): Promise<void> => {
    await runToEnd({ program: 'cat', args: [film(bench)], unheard: true });
  };
  let startSeconds = 0;
  return {
    id: `hash-warm-${threads}`,
    work: `hash one file of ${gibibytes(bench)} GiB from the page cache, ${threads} thread(s)`,
    corpus: 'file',
    caches: 'warm',
    rounds: { atLeast: 9 },
    async setUp() {
      // b3sum tells no time, and starting it is not hashing either.
      const starts: number[] = [];
      for (let at = 0; at < 9; at++) starts.push((await measure({ program: 'true', args: [] })).seconds);
      startSeconds = median(starts);
    },
    beforeRound: read,
    contestants: [
      ours(bench, 'cheapest', within),
      {
        name: 'b3sum',
        needs: ['b3sum'],
        command: () =>
          within({
            program: bench.programs.pathOf('b3sum'),
            args: [`--num-threads=${threads}`, '--no-names', film(bench)],
          }),
        async told({ seconds }) {
          return { seconds: seconds - startSeconds };
        },
      },
    ],
    targets: [wall('b3sum', threads === 1 ? 1.05 : 1)],
  };
}

const gibibytes = (bench: Bench): number => bench.sizes.fileBytes / 2 ** 30;

export function hashCold(bench: Bench): Row {
  const bytes = bench.sizes.fileBytes;
  const bound = bench.programs.has('fio') ? fio(bench) : dd(bench);
  return {
    id: 'hash-direct',
    work: `hash one file of ${gibibytes(bench)} GiB from the medium`,
    corpus: 'file',
    caches: 'cold',
    rounds: { atLeast: 7 },
    contestants: [ours(bench, 'medium', (command) => command), bound],
    targets: [wall(bound.name, 1.1)],
    bound: { reads: bytes / bench.sizes.fileBytes, writes: 0 },
  };
}

/** The disk's own sequential read, of the same file. */
function fio(bench: Bench): Contestant {
  const job = { file: film(bench), bytes: bench.sizes.fileBytes, how: 'read' } as const;
  return {
    name: 'fio read',
    needs: ['fio'],
    command: () => ({ program: bench.programs.pathOf('fio'), args: [...fioArguments(job), '--readonly'] }),
    async told({ stdout }: Measured): Promise<Partial<Sample>> {
      return { seconds: job.bytes / fioRate(stdout, 'read') };
    },
  };
}

function dd(bench: Bench): Contestant {
  const args = [`if=${film(bench)}`, 'of=/dev/null', 'iflag=direct', 'bs=4M'];
  return { name: 'dd iflag=direct', needs: [], command: () => ({ program: 'dd', args }) };
}
