/** Files that change while they are read: a version is one state of a file, or it is not kept. */
import { appendFile, chmod, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { codesOf, desk } from '../support/glassine.js';
import type { Answer, Desk } from '../support/glassine.js';
import { lyingMount, lyingNeeds } from '../support/lying-mount.js';
import type { LyingMount } from '../support/lying-mount.js';
import { testWith } from '../support/needs.js';
import { differences, plant, seededBytes } from '../support/trees.js';
import { vaultFaults } from '../support/vault-check.js';

const name = '2026/IMG_0001.dng';
const oldBytes = seededBytes(1, 2 << 20);
const newBytes = seededBytes(2, 2 << 20);
const startUs = 1_790_000_000_000_000;

interface Scene {
  readonly place: Desk;
  readonly drive: LyingMount;
  /** The file behind the mount, for changing it. */
  readonly file: string;
  /** Where the vault keeps it. */
  readonly kept: string;
}

/** A source on a slow disk with one file that will change and one that will not. */
async function scene(t: ExecutionContext): Promise<Scene> {
  const drive = await lyingMount(t);
  const fill = async (source: string): Promise<void> => {
    await plant(source, name, { bytes: oldBytes, modifiedUs: startUs });
    await plant(source, '2026/IMG_0002.xmp', { bytes: 'quiet', modifiedUs: startUs });
  };
  const place = await desk(t, { source: path.join(drive.path, 'Photos'), fill });
  return {
    place,
    drive,
    file: path.join(drive.backing, 'Photos', name),
    kept: path.join(place.pictures, name),
  };
}

/** Runs a backup and makes the change once the file has been read in part. */
async function backupDuring({ place, drive }: Scene, change: () => Promise<void>): Promise<Answer> {
  await drive.lie({ slowMs: 60, log: true });
  const before = (await drive.calls()).length;
  const answer = place.ask('backup');
  const isReading = async (): Promise<boolean> => {
    const calls = (await drive.calls()).slice(before);
    return calls.some(([call, read, offset]) => call === 'read' && read.endsWith(name) && Number(offset) > 0);
  };
  const over = new AbortController();
  const ended = answer.catch(() => undefined).then(() => over.abort());
  while (!over.signal.aborted && !(await isReading())) await Promise.race([ended, delay(5)]);
  if (over.signal.aborted) throw new Error(`the file was never read: ${JSON.stringify(await answer)}`);
  await change();
  const result = await answer;
  await drive.lie({});
  return result;
}

const changes: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  grows: ({ file }) => appendFile(file, seededBytes(3, 70_000)),
  shrinks: ({ file }) => truncate(file, 1000),
  vanishes: ({ file }) => rm(file),
  'is replaced': async ({ file }) => {
    await writeFile(`${file}.new`, newBytes);
    await rename(`${file}.new`, file);
  },
  'is rewritten in place': ({ file }) => writeFile(file, newBytes),
  'becomes unreadable': ({ drive }) => drive.lie({ readError: [{ name, offset: (2 << 20) - 10 }] }),
};

for (const [what, change] of Object.entries(changes)) {
  testWith(
    [...lyingNeeds, 'b3sum'],
    `a file that ${what} while it is first read is kept whole or not at all`,
    async (t) => {
      const here = await scene(t);
      const answer = await backupDuring(here, () => change(here));
      const kept = await readFile(here.kept).catch(() => undefined);
      const now = await readFile(here.file).catch(() => undefined);
      t.true(
        kept === undefined || kept.equals(oldBytes) || (now !== undefined && kept.equals(now)),
        'never torn',
      );
      if (kept === undefined && now !== undefined) {
        t.is(answer.status, 2, answer.stdout);
        t.true(
          answer.document.incomplete?.some((left) => left.path.endsWith(name)),
          answer.stdout,
        );
      }
      t.is(await readFile(path.join(here.place.pictures, '2026/IMG_0002.xmp'), 'utf8'), 'quiet');
      t.deepEqual(await vaultFaults(here.place.vault), []);
      await here.place.must('backup');
      t.deepEqual(await differences(here.place.source, here.place.pictures), []);
    },
  );

  testWith(
    [...lyingNeeds, 'b3sum'],
    `a kept file that ${what} while it is read again keeps its version`,
    async (t) => {
      const here = await scene(t);
      await here.place.must('backup');
      const edited = seededBytes(9, 2 << 20);
      await plant(path.join(here.drive.backing, 'Photos'), name, {
        bytes: edited,
        modifiedUs: startUs + 5_000_000,
      });
      await backupDuring(here, () => change(here));
      const now = await readFile(here.file).catch(() => undefined);
      const kept = await readFile(here.kept).catch(() => undefined);
      const whole = [oldBytes, edited, now].some((state) => state && kept?.equals(state));
      t.true(whole, 'what is kept is one of its states');
      await here.place.must('backup');
      t.deepEqual(await differences(here.place.source, here.place.pictures), []);
      t.deepEqual(await vaultFaults(here.place.vault), []);
    },
  );
}

testWith(
  [...lyingNeeds, 'b3sum'],
  'a file that cannot be opened is named, and kept when it can',
  async (t) => {
    const here = await scene(t);
    await here.drive.lie({ openError: name });
    const answer = await here.place.ask('backup');
    t.is(answer.status, 2);
    t.deepEqual(codesOf(answer.document), ['file-unreadable'], answer.stdout);
    t.is(answer.document.kept, 1);
    await here.drive.lie({});
    await here.place.must('backup');
    t.deepEqual(await differences(here.place.source, here.place.pictures), []);
  },
);

testWith(
  [...lyingNeeds, 'b3sum'],
  'content that changes while size and time do not never replaces a version',
  async (t) => {
    const here = await scene(t);
    await here.place.must('backup');
    const rotten = Buffer.from(oldBytes);
    rotten.writeUInt8(rotten.readUInt8(5000) ^ 1, 5000);
    await writeFile(here.file, rotten);
    await plant(path.join(here.drive.backing, 'Photos'), name, { bytes: rotten, modifiedUs: startUs });
    // A changed mode makes it be looked at again.
    await chmod(here.file, 0o600);
    await here.place.ask('backup');
    t.true((await readFile(here.kept)).equals(oldBytes));
    t.deepEqual(await vaultFaults(here.place.vault), []);
  },
);
