/** A bench for ingests into a protected folder: a card, the folder, and drives with vaults that keep it. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { SourceSetting } from '../../src/base/settings.js';
import { readLines } from '../../src/store/ledger/reader.js';
import type { LedgerLine } from '../../src/store/ledger/lines.js';
import type { BackupReport } from '../../src/work/backup/backup.js';
import type { IngestOptions, IngestReport } from '../../src/work/ingest/ingest.js';
import type { Layout } from './cards.js';
import { type IngestBench, ingestBench } from './ingesting.js';
import { listTree } from './trees.js';
import type { Drive, Workbench } from './workbench.js';

export interface FeedBench {
  readonly bench: Workbench;
  readonly card: string;
  /** The job's folder, in the source. */
  readonly job: string;
  /** The same below the folder of the source in a vault. */
  readonly jobIn: (drive: Drive) => string;
  readonly ingestBench: IngestBench;
  readonly ingest: (options?: Partial<IngestOptions>) => Promise<IngestReport>;
  /** The next pass of the main job. */
  readonly pass: () => Promise<BackupReport>;
}

/** `root` is the source's folder, where that is to lie on a volume of its own; `source` what is set of it. */
export async function feedBench(
  t: ExecutionContext,
  layout: Layout,
  { root, ...set }: { readonly root?: string; readonly volume?: string } = {},
): Promise<FeedBench> {
  const made = await ingestBench(t, layout);
  const { bench, card } = made;
  const source: SourceSetting = { ...bench.source, root: root ?? bench.root, ...set };
  const to = path.join(source.root, '2026');
  await mkdir(to, { recursive: true });
  const vaults = () => bench.drives.map((drive) => drive.setting);
  return {
    ...{ bench, card, job: path.join(to, 'Smith'), ingestBench: made },
    jobIn: (drive) => path.join(drive.pictures, '2026/Smith'),
    ingest: (options = {}) =>
      made.run({ destinations: [to], feed: { sources: [source], vaults: vaults() }, ...options }),
    pass: () => bench.backup({ sources: [source] }),
  };
}

/** What an ingest leaves in the job's folder itself: how many files, and how large they are together. */
export async function receiptsIn(job: string): Promise<{ files: number; bytes: number }> {
  const own = [...(await listTree(job))].filter(
    ([name, { kind }]) => kind === 'file' && (!name.includes('/') || name.startsWith('ascmhl/')),
  );
  return { files: own.length, bytes: own.reduce((sum, [, { bytes }]) => sum + bytes, 0) };
}

/** What this installation told the vault on a drive. */
export function toldTo({ deps }: Workbench, { setting }: Drive): LedgerLine[] {
  const folder = path.join(setting.folder, 'Ledger', deps.writer);
  return [...readLines(folder, { after: 0, upTo: Number.MAX_SAFE_INTEGER })];
}
