/** The line with which the ledgers of vaults that an ingest fed remember it. */
import { absolutePath } from '../../base/paths.js';
import type { IngestLine, NewLine } from '../../store/ledger/lines.js';
import type { WorkDeps } from '../deps.js';
import type { IngestReport } from './report.js';

/** `manifests`: of the receipts that were left, by the job's folder, relative to it. */
export async function lineOfIngest(
  { native }: WorkDeps,
  { job, card, copied, destinations }: IngestReport,
  manifests: ReadonlyMap<string, string>,
): Promise<NewLine> {
  const { name, maker, volume } = card;
  const told: NonNullable<IngestLine['destinations']>[number][] = [];
  for (const { folder, copied: files } of destinations) {
    if (folder === undefined) continue;
    const receipt = manifests.get(folder);
    const source = receipt === undefined ? undefined : absolutePath(folder, receipt);
    const results = source === undefined ? [] : await native.transfer([{ source, targets: [] }]);
    const [read] = results;
    const isRead = receipt !== undefined && read !== undefined && !read.error && !read.changed;
    told.push({ folder, files, ...(isRead && { receipt, b3: read.b3 }) });
  }
  return {
    ...{ do: 'ingest', job },
    card: { name, ...(maker !== undefined && { maker }), ...(volume !== undefined && { volume }) },
    ...{ files: copied.length, bytes: copied.reduce((sum, { bytes }) => sum + bytes, 0) },
    destinations: told,
  };
}
