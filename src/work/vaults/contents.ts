/** What a vault holds, told source by source: the answer to taking one over, and to reading it anew. */
import type { Problem } from '../../base/errors.js';
import type { Catalog } from '../../store/catalog/catalog.js';

export interface FoundSource {
  readonly name: string;
  /** The computer that keeps it. */
  readonly computer: string;
  /** Files and links, versions aside among them. */
  readonly files: number;
  readonly bytes: number;
}

export interface VaultContents {
  readonly sources: readonly FoundSource[];
  readonly files: number;
  readonly bytes: number;
  /** What keeps the vault from being written, and ledgers of which not everything could be read. */
  readonly problems: readonly Problem[];
}

/** What the catalog knows to be in a vault. */
export function contentsOf(catalog: Catalog, vaultKey: number, problems: readonly Problem[]): VaultContents {
  const kept = new Set(catalog.sourceFolders(vaultKey).map(({ sourceKey }) => sourceKey));
  const totals = new Map(catalog.storedTotals(vaultKey).map((each) => [each.sourceKey, each]));
  const sources: FoundSource[] = [];
  for (const { key, name, computer } of catalog.sources()) {
    const { files, bytes } = totals.get(key) ?? { files: 0, bytes: 0 };
    if (kept.has(key) || files > 0) sources.push({ name, computer, files, bytes });
  }
  return {
    sources,
    files: sources.reduce((sum, { files }) => sum + files, 0),
    bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
    problems,
  };
}
