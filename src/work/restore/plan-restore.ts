/**
 * The plan of a restore: which versions, and what they are called where they go. A value: nothing is read or
 * written.
 */
import {
  isInside,
  joinPath,
  pathBytes,
  pathFromBytes,
  type SourcePath,
  splitPath,
} from '../../base/paths.js';
import { type Problem, problem } from '../../base/errors.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import type { VersionRow } from '../../store/catalog/types.js';
import type { TargetNames } from './target-names.js';

/** A path of a source: a file, a folder with everything below, or `""` for the whole source. */
export interface WantedPath {
  readonly sourceKey: number;
  readonly path: SourcePath;
}

export interface PlannedItem {
  /** What a person calls it. */
  readonly subject: string;
  readonly version: VersionRow;
  /** Relative to the target folder. */
  readonly target: SourcePath;
  /** It cannot have its own name there. */
  readonly renamed: boolean;
}

export interface Totals {
  readonly files: number;
  readonly bytes: number;
  /** `path-unknown` for each wanted path at which nothing was alive. */
  readonly unknown: readonly Problem[];
}

/** How much there is to restore. `atMs`: the moment, default now. */
export function totalsOf(catalog: Catalog, wanted: readonly WantedPath[], atMs?: number): Totals {
  let files = 0;
  let bytes = 0;
  const unknown: Problem[] = [];
  for (const each of wanted) {
    let found = false;
    for (const { content } of aliveAt(catalog, each, atMs)) {
      found = true;
      if (content.kind === 'folder') continue;
      files += 1;
      bytes += content.kind === 'file' ? content.bytes : 0;
    }
    if (!found) unknown.push(problem('path-unknown', joinPath(sourceName(catalog, each), each.path)).problem);
  }
  return { files, bytes, unknown };
}

/**
 * Every version to restore, in the order of folders, one at a time: a source may have a million. As with `cp
 * -r`, the last name of a wanted path appears in the target folder; of a whole source, what is in it.
 */
export function* planRestore(
  catalog: Catalog,
  wanted: readonly WantedPath[],
  { names, atMs }: { names: TargetNames; atMs?: number | undefined },
): Generator<PlannedItem> {
  for (const each of wanted) {
    const base = splitPath(each.path).folder;
    const source = sourceName(catalog, each);
    for (const version of aliveAt(catalog, each, atMs)) {
      const inside = below(base, version.path);
      // The folder of a whole source is the target folder itself.
      if (version.content.kind === 'folder' && inside === '') continue;
      const named = version.content.kind === 'folder' ? names.folder(inside) : names.file(inside);
      yield { subject: joinPath(source, version.path), version, ...named };
    }
  }
}

function aliveAt(catalog: Catalog, { sourceKey, path }: WantedPath, atMs?: number): Generator<VersionRow> {
  return catalog.aliveAt(sourceKey, { folder: path, atMs });
}

/** `path`, which lies in `folder`, relative to it. */
function below(folder: SourcePath, path: SourcePath): SourcePath {
  if (folder === '' || !isInside(folder, path)) return path;
  return pathFromBytes(pathBytes(path).subarray(pathBytes(folder).length + 1));
}

function sourceName(catalog: Catalog, { sourceKey }: WantedPath): string {
  return catalog.sources().find(({ key }) => key === sourceKey)?.name ?? `source ${sourceKey}`;
}
