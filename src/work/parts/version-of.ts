/** Which version of its file a stored file is. */
import type { StoredRow, VersionRow } from '../../store/catalog/types.js';

/**
 * The version that a stored file is: of those with its content the latest that had begun when it was kept. A
 * file that came with a move was kept before its path had any version: then it is the first of them.
 */
export function versionOf(row: StoredRow, versions: readonly VersionRow[]): VersionRow | undefined {
  const same = versions.filter(({ content }) => {
    return content.kind === row.kind && content.b3 === row.b3 && content.target === row.target;
  });
  const newestFirst = same.toSorted((a, b) => b.since - a.since);
  return newestFirst.find((version) => version.since <= row.keptAt) ?? newestFirst.at(-1);
}
