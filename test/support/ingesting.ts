/** A bench for ingests: two destinations on one disk, and a card laid out as a folder. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { ingest, type IngestOptions, type IngestReport } from '../../src/work/ingest/ingest.js';
import type { ReceiptWords } from '../../src/work/ingest/leave-receipts.js';
import { layCard, type Layout } from './cards.js';
import { type Workbench, workbench } from './workbench.js';

export interface IngestBench {
  readonly bench: Workbench;
  readonly card: string;
  /** The folders that destinations are in; the job's folders are in them. */
  readonly to: readonly string[];
  /** Copies the card to all destinations under the job `Smith`, unless told otherwise. */
  readonly run: (options?: Partial<IngestOptions>) => Promise<IngestReport>;
}

const words: ReceiptWords = {
  tool: { name: 'Glassine', version: '0' },
  verdict: ({ safe }) => ({ sentence: safe ? 'Safe.' : 'Not yet.', reasons: [] }),
  why: (reason) => reason,
  problem: ({ code }) => code,
};

export async function ingestBench(t: ExecutionContext, layout: Layout): Promise<IngestBench> {
  const bench = await workbench(t);
  const card = path.join(bench.folder, 'CARD_A');
  const to = ['one', 'two'].map((name) => path.join(bench.folder, name));
  for (const folder of [card, ...to]) await mkdir(folder);
  await layCard(card, layout);
  return {
    ...{ bench, card, to },
    run: (options = {}) =>
      ingest(bench.deps, {
        ...{
          card,
          destinations: to,
          job: 'Smith',
          policy: 'two-copies',
          vaultFolders: [],
          vaults: [],
          words,
        },
        ...options,
      }),
  };
}
