/** Pictures of a card that another program copied into a protected folder before. */
import { cp, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { cardsNow } from '../../../src/work/ingest/cards-now.js';
import type { IngestReport } from '../../../src/work/ingest/ingest.js';
import { layouts } from '../../support/cards.js';
import { type IngestBench, ingestBench } from '../../support/ingesting.js';
import { seededBytes } from '../../support/trees.js';

const picture = 'DCIM/101CANON/IMG_0001.CR3';

interface Imported extends IngestBench {
  /** Where another program put the picture. */
  readonly at: string;
  /** A destination in the same protected folder. */
  readonly inside: string;
  readonly ingest: (destinations: readonly string[]) => Promise<IngestReport>;
}

/** A protected folder with one picture of the card in it, kept by a pass. */
async function imported(t: ExecutionContext): Promise<Imported> {
  const place = await ingestBench(t, layouts.canon);
  const { bench, card, run } = place;
  const at = path.join(bench.root, '2026', 'Renamed.CR3');
  await mkdir(path.dirname(at), { recursive: true });
  await cp(path.join(card, picture), at, { preserveTimestamps: true });
  const drive = await bench.addDrive('D');
  t.is((await bench.backup()).kept, 1);
  const vaults = [{ id: drive.setting.id, device: 'another disk', offSite: false }];
  return {
    ...{ ...place, at, inside: path.join(bench.root, 'Cards') },
    ingest: (destinations) => run({ destinations, vaults, feed: { sources: [bench.source], vaults: [] } }),
  };
}

test('a picture that was damaged since is no copy, whatever its size and time say', async (t) => {
  const { at, inside, ingest } = await imported(t);
  await writeFile(at, seededBytes(99, 8_191));
  const taken = new Date('2026-03-20T10:30:00Z');
  await utimes(at, taken, taken);
  const report = await ingest([inside]);
  t.is(report.copied.length, 7);
  t.is(report.skipped.length, 0);
});

test('a picture outside of the protected folder of a destination is copied', async (t) => {
  const { to, ingest } = await imported(t);
  const report = await ingest(to);
  t.is(report.copied.length, 7);
  t.is(report.skipped.length, 0);
});

test('a picture that is there under another name is not copied beside it, and counts', async (t) => {
  const { bench, at, inside, to, ingest } = await imported(t);
  const report = await ingest([inside]);
  t.is(report.outcome, 'good');
  t.is(report.copied.length, 6);
  t.deepEqual(
    report.skipped.map((file) => [file.path, file.at]),
    [[picture, at]],
  );
  t.deepEqual(
    await readdir(path.join(inside, 'Smith', 'CARD_A', 'DCIM')),
    ['100CANON', 'CANONMSC', '101CANON'].sort(),
  );

  const both = await ingest([inside, to[0] ?? '']);
  t.is(both.copied.find(({ wanted }) => wanted.file.path === picture)?.places.length, 1);
  const vaults = [{ id: bench.drives[0]?.setting.id ?? '', device: 'another disk', offSite: false }];
  const [now] = await cardsNow(bench.deps, { policy: 'two-copies', vaults });
  t.deepEqual(
    now?.verdict.reasons.map(({ code, files }) => [code, files]),
    [['copies-on-one-device', 6]],
    'the seventh has a copy in the vault, on another disk',
  );
});
