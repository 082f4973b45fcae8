/**
 * Cards on a real USB stack, with the kernel's own exFAT and FAT32: the running agent copies them by itself,
 * is not deceived when one is yanked, and what lies on the drives afterwards is what was put on the cards.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../support/commands.js';
import { layouts } from '../support/cards.js';
import { testWith } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';
import { bitsOf, takePictures } from './card-image.js';
import type { CardImage } from './card-image.js';
import { machineNeeds, startMachine } from './machine.js';
import type { Machine, MachineNews } from './machine.js';

/** From the start of the machine to its end, where every instruction is emulated by one slow core. */
const limitMs = 480_000;

const pictures = 12;
const pictureBytes = 4 << 20;
const manyPictures = Object.fromEntries(
  Array.from({ length: pictures }, (_, at) => {
    const number = String(at + 1).padStart(4, '0');
    return [`DCIM/100CANON/IMG_${number}.CR3`, pictureBytes + at];
  }),
);

/** The rule of whoever wants cards to be copied without a word, to both drives. */
async function copyAlways(machine: Machine): Promise<void> {
  const to = machine.drives.flatMap(({ at }) => ['--to', at]);
  await machine.glassine('cards', 'set', '--rule', 'always', ...to);
}

const isIngest = ({ kind, doing }: MachineNews): boolean => kind === 'card' && doing === 'ingest';
const isEnd = ({ kind }: MachineNews): boolean => kind === 'ingested';

/** Reads the drives without mounting them, when the machine is off: one sentence for each difference. */
async function differencesOnDrives(t: ExecutionContext, machine: Machine, told: Told): Promise<string[]> {
  const found: string[] = [];
  for (const { label, image } of machine.drives) {
    const folder = await temporaryFolder(t);
    await mustRun('debugfs', ['-R', `rdump / ${folder}`, image]);
    const job = path.join(folder, told.job, told.card.label);
    const names = await filesBelow(told.card.content);
    for (const name of names) {
      const copy = await readFile(path.join(job, name)).catch(() => undefined);
      const bytes = await readFile(path.join(told.card.content, name));
      if (copy === undefined) found.push(`${label}: ${name} is not there`);
      else if (!copy.equals(bytes)) found.push(`${label}: ${name} holds other bytes`);
    }
    for (const name of await filesBelow(job)) {
      if (!names.includes(name)) found.push(`${label}: ${name} was never on the card`);
    }
  }
  return found;
}

interface Told {
  readonly card: CardImage;
  readonly job: string;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/** The verdict of `cards` about the only card it knows. */
async function isSafe(machine: Machine): Promise<boolean | undefined> {
  const { cards } = (await machine.glassine('cards')) as {
    readonly cards: readonly { readonly verdict: { readonly safe: boolean } }[];
  };
  return cards.length === 1 ? cards[0]?.verdict.safe : undefined;
}

for (const [fileSystem, title] of [
  ['exfat', 'an exFAT card'],
  ['vfat', 'a FAT32 card'],
] as const) {
  testWith(machineNeeds, `${title} that is plugged in is copied to two drives by itself`, async (t) => {
    t.timeout(limitMs);
    const machine = await startMachine(t);
    const shoot = { label: 'CANON', fileSystem, sizeBytes: 64 << 20, layout: layouts.canon };
    const card = await takePictures(t, machine, shoot);
    const bits = await bitsOf(card);
    await copyAlways(machine);
    await machine.startAgent();

    const { did, at = '' } = await machine.plug(card);
    t.is(did, 'mounted');
    const mountedAt = performance.now();
    await machine.heard(isIngest);
    t.log(`noticed ${(performance.now() - mountedAt).toFixed()} ms after it was mounted`);
    const { outcome, copied, verdict, job = '' } = await machine.heard(isEnd);
    t.log(`copied and proven ${(performance.now() - mountedAt).toFixed()} ms after it was mounted`);
    t.like(verdict, { safe: true, reasons: [] });
    t.is(outcome, 'good');
    t.is(copied, (await filesBelow(card.content)).length);
    t.true(await isSafe(machine));

    await machine.glassine('eject', at);
    await machine.unplug(card);
    t.is(await bitsOf(card), bits, 'not one bit of the card has changed');
    t.is(await machine.endAgent(), 0);
    await machine.shutDown();
    t.deepEqual(await differencesOnDrives(t, machine, { card, job }), []);
  });
}

testWith(
  machineNeeds,
  'a card that is yanked in the middle is never called safe, and is finished when it is there again',
  async (t) => {
    t.timeout(limitMs);
    const machine = await startMachine(t);
    const shoot = { label: 'CANON', fileSystem: 'exfat', sizeBytes: 96 << 20, layout: manyPictures } as const;
    const card = await takePictures(t, machine, shoot);
    const bits = await bitsOf(card);
    await copyAlways(machine);
    await machine.startAgent();

    let copiedBefore = 0;
    let job = '';
    // What a desktop does with what was pulled out while mounted.
    for (const habit of ['removes-the-folder', 'leaves-the-folder', 'leaves-it-mounted']) {
      await machine.must(`echo ${habit} >/run/habit`);
      const after = machine.heardSoFar;
      await machine.plug(card, { bytesPerSecond: 2 * pictureBytes });
      await machine.heard(isIngest, after);
      await machine.hasRead(card, 3 * pictureBytes);
      await machine.unplug(card);
      const cut = await machine.heard(isEnd, after);
      t.is(cut.outcome, 'incomplete');
      t.regex(cut.verdict?.reasons.join('; ') ?? '', /\d+ files? \(.*\) on it were not copied/);
      const problems = machine.news.slice(after).filter(({ kind }) => kind === 'problem');
      t.deepEqual(
        problems.map(({ code }) => code),
        ['card-gone'],
      );
      t.log(`${habit}: ${String(cut.copied)} copied; ${cut.verdict?.sentence ?? ''}`);
      copiedBefore += cut.copied ?? 0;
      job = cut.job ?? '';
    }
    t.false(
      machine.news.some(({ verdict }) => verdict?.safe),
      'nothing was called safe',
    );
    t.false(await isSafe(machine));

    const after = machine.heardSoFar;
    await machine.plug(card);
    const { outcome, verdict, copied = 0, job: last } = await machine.heard(isEnd, after);
    t.like(verdict, { safe: true, reasons: [] });
    t.is(outcome, 'good');
    t.is(copiedBefore + copied, pictures, 'each picture was copied once');
    t.is(last, job, 'it is one job');
    t.true(await isSafe(machine));

    await machine.unplug(card);
    t.is(await bitsOf(card), bits, 'not one bit of the card has changed');
    t.is(await machine.endAgent(), 0);
    await machine.shutDown();
    t.deepEqual(await differencesOnDrives(t, machine, { card, job }), []);
  },
);
