/** A row is run for real, on a small folder: who copies wrongly is found out, and who is missing is named. */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Bench } from '../../bench/bench.js';
import { shell } from '../../bench/command.js';
import { runRow } from '../../bench/contest.js';
import { earlierResults, reportJson, reportText, wrongOf } from '../../bench/report.js';
import { minuteOf } from '../../bench/table.js';
import { UsageError } from '../../bench/options.js';
import { Programs } from '../../bench/programs.js';
import type { Contestant, Row } from '../../bench/rows/row.js';
import { mustEqual } from '../../bench/stores/equal.js';
import { temporaryFolder } from '../support/trees.js';

const sizes = {
  fileBytes: 4096,
  pictures: 1,
  libraryFiles: 20,
  libraryFolders: 4,
  entries: 10,
  versions: 2,
  residentBytes: 4096,
};

async function smallBench(t: ExecutionContext): Promise<Bench> {
  const folder = await temporaryFolder(t);
  return new Bench({ folder, sizes, programs: await Programs.find(), say: (line) => t.log(line) });
}

function copier(bench: Bench, name: string, script: string): Contestant {
  const corpus = bench.corpus('library');
  const copy = (round: number): string => corpus.beside(`${name}-${round}`);
  return {
    name,
    needs: [],
    command: (round) => shell(script, [corpus.root, copy(round)]),
    check: (_, round) => mustEqual(corpus, copy(round), bench.programs),
  };
}

function rowOf(contestants: readonly Contestant[]): Row {
  return { id: 'copy', work: 'copy', corpus: 'library', caches: 'warm', contestants, targets: [] };
}

const copies = 'cp -r "$1" "$2"';

test('a copy that lacks a file is wrong, is not measured any more, and others go on', async (t) => {
  const bench = await smallBench(t);
  const loses = `${copies}; find "$2" -type f | head -n 1 | xargs -d '\\n' rm`;
  const found = await runRow(bench, rowOf([copier(bench, 'loses', loses), copier(bench, 'cp', copies)]), 3);
  t.false(found.samples.has('loses'));
  t.is(found.absent.get('loses'), 'wrong');
  t.is(found.wrong.length, 1);
  t.regex(found.wrong[0] ?? '', /IMG_\d+/);
  t.is(found.samples.get('cp')?.length, 3);
});

test('a copy with one other byte is wrong', async (t) => {
  const bench = await smallBench(t);
  const row = rowOf([copier(bench, 'cp', copies)]);
  const [contestant] = row.contestants;
  const spoiled: Contestant = {
    ...copier(bench, 'cp', copies),
    check: async (measured, round) => {
      const file = path.join(
        bench.corpus('library').beside(`cp-${round}`),
        bench.corpus('library').nameOf(7),
      );
      await appendFile(file, 'x');
      await contestant?.check?.(measured, round);
    },
  };
  const { wrong } = await runRow(bench, { ...row, contestants: [spoiled] }, 1);
  t.regex(wrong[0] ?? '', /IMG_0000007/);
});

test('a program that fails is wrong too, with what it said', async (t) => {
  const bench = await smallBench(t);
  const { wrong } = await runRow(bench, rowOf([copier(bench, 'fails', 'echo no room >&2; exit 3')]), 2);
  t.is(wrong.length, 1);
  t.regex(wrong[0] ?? '', /ended with 3\n.*no room/s);
});

test('what cannot be made ready is named, and nothing of the row is a figure', async (t) => {
  const bench = await smallBench(t);
  const ended: string[] = [];
  const row: Row = {
    ...rowOf([copier(bench, 'cp', copies)]),
    setUp: () => Promise.reject(new Error('no room')),
    tearDown: async () => void ended.push('ended'),
  };
  const found = await runRow(bench, row, 2);
  t.regex(found.wrong.join(), /^copy: Error: no room/);
  t.is(found.samples.size, 0);
  t.is(found.absent.get('cp'), 'wrong');
  t.deepEqual(ended, ['ended']);
});

test('a program that is not on the machine is named, with its package', async (t) => {
  const folder = await temporaryFolder(t);
  const bench = new Bench({ folder, sizes, programs: new Programs(), say: () => undefined });
  const absent: Contestant = { ...copier(bench, 'restic', copies), needs: ['restic'] };
  // Neither is b3sum: results are compared by diff then.
  const found = await runRow(bench, rowOf([absent, copier(bench, 'cp', copies)]), 1);
  t.is(found.absent.get('restic'), 'not installed: restic (apt-get install restic)');
  t.deepEqual([...found.samples.keys()], ['cp']);
  t.deepEqual(found.wrong, []);
});

test('whoever begins one round does not begin the next', async (t) => {
  const bench = await smallBench(t);
  const order: string[] = [];
  const noting = (name: string): Contestant => ({
    ...copier(bench, name, copies),
    ready: async () => void order.push(name),
  });
  await runRow(bench, rowOf([noting('a'), noting('b'), noting('c')]), 2);
  t.deepEqual(order, ['a', 'b', 'c', 'b', 'c', 'a']);
});

test('our own first backup, and what it measured', async (t) => {
  const bench = await smallBench(t);
  const { glassine } = bench.stores('library');
  const backup: Contestant = {
    name: glassine.name,
    needs: [],
    ready: () => glassine.empty(),
    command: () => glassine.backup(),
    check: (measured) => glassine.check(measured),
  };
  const found = await runRow(bench, rowOf([backup]), 1);
  t.deepEqual(found.wrong, []);
  const [sample] = found.samples.get('glassine') ?? [];
  t.true(sample !== undefined && sample.seconds > 0);
  t.is(found.files, 20);
  t.true(found.bytes >= 20_000 && found.diskBytes % 4096 === 0);
  const run = { ...emptyRun, results: [found] };
  t.deepEqual(wrongOf(run), []);
  // A later run takes it over from the JSON as if it had measured it.
  const again = earlierResults(reportJson(run), [found.row]);
  t.deepEqual(again.get(found.row), found);
  const undated = reportJson(run).replace('measuredAt', 'measured');
  t.throws(() => earlierResults(undated, [found.row]), { instanceOf: UsageError, message: /measured/ });
  const later = { ...run, madeAt: new Date(found.measuredAt.getTime() + 3_600_000), minutes: 30 };
  t.regex(reportText(later), /Rows of earlier runs are among its rows/);
  t.regex(reportText(later), new RegExp(`\\| ${minuteOf(found.measuredAt)} \\|`));
  t.notRegex(reportText({ ...later, minutes: 90 }), /earlier runs/);
});

const emptyRun = {
  madeAt: new Date(0),
  minutes: 0,
  quick: true,
  machine: '',
  versions: [],
  missing: [],
  device: undefined,
  isStopped: false,
};
