/**
 * A source's folder in a vault, and the ledger line with which this installation says that it keeps it there.
 */
import { problem } from '../../base/errors.js';
import { sourceFolder } from '../../rules/stored-names.js';
import type { SourceFolderRow, SourceRow } from '../../store/catalog/types.js';
import type { SourceLine } from '../../store/ledger/lines.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';

/**
 * The folder of a source in a vault; the first time, says so in the ledger. Where another writer kept the
 * source, this one goes on after it (a new computer, or a home that was lost). Throws
 * `source-continued-elsewhere` when it is this installation that was succeeded.
 */
export async function sourceFolderIn(deps: WorkDeps, vault: Vault, source: SourceRow): Promise<string> {
  const vaultKey = deps.catalog.vaultKey(vault.id);
  const all = deps.catalog.sourceFolders(vaultKey);
  const mine = all.filter((row) => row.sourceKey === source.key);
  const keeper = mine.find((row) => !mine.some((other) => other.afterWriter === row.writer));
  if (keeper?.writer === deps.writer) return keeper.folder;
  if (mine.some((row) => row.writer === deps.writer))
    throw problem('source-continued-elsewhere', source.name);
  // What it left half done is finished before anything is said after it.
  if (keeper) await vault.finishFor(keeper.writer);
  const folder = keeper?.folder ?? newFolder(deps, source, all);
  const line: Omit<SourceLine, 'n' | 'at' | 'link'> = {
    do: 'source',
    source: source.id,
    name: source.name,
    computer: deps.computer,
    root: source.root,
    ...(source.volume !== undefined && { volume: source.volume }),
    folder,
    ...(keeper && {
      after: { writer: keeper.writer, n: deps.catalog.position(vaultKey, keeper.writer)?.n ?? 0 },
    }),
  };
  deps.catalog.apply(vault.id, deps.writer, await vault.commit([line]));
  return folder;
}

function newFolder(deps: WorkDeps, source: SourceRow, all: readonly SourceFolderRow[]): string {
  return sourceFolder(source.name, deps.computer, new Set(all.map((row) => row.folder)));
}
