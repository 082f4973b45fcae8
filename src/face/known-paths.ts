/**
 * What a person means by a path: a file of this computer inside a source, or `Source name/path/inside/it`.
 */
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { liesIn } from '../agent/places.js';
import { problem } from '../base/errors.js';
import { pathBytes, pathFromBytes } from '../base/paths.js';
import type { SourcePath } from '../base/paths.js';
import { realPath } from '../platform/files.js';
import type { Catalog } from '../store/catalog/catalog.js';
import type { SourceRow } from '../store/catalog/types.js';
import { placeOf } from './words.js';

export interface KnownPath {
  readonly source: SourceRow;
  readonly path: SourcePath;
}

/** The name of a path for people, which is read back as the same path. */
export function nameOf({ source, path }: KnownPath): string {
  return placeOf(source.name, path);
}

/**
 * The path a person means, known to the history: as a file of any time, or as a folder with something in it
 * at `atMs` (default now). `writer` is this installation. Throws `path-unknown` when nothing is known of it,
 * `path-outside` when it is in no source.
 */
export async function findKnownPath(
  catalog: Catalog,
  text: string,
  where: { readonly folder: string; readonly writer: string; readonly atMs?: number | undefined },
): Promise<KnownPath> {
  const candidates = await candidatesFor(catalog.sources(), text, where);
  const known = candidates.find((candidate) => isKnown(catalog, candidate, where.atMs));
  if (known) return known;
  throw problem(candidates.length === 0 ? 'path-outside' : 'path-unknown', text);
}

/** Everything that the text could mean, likeliest first. */
async function candidatesFor(
  sources: readonly SourceRow[],
  text: string,
  where: { readonly folder: string; readonly writer: string },
): Promise<KnownPath[]> {
  const onDisk: KnownPath[] = [];
  const own = sources.filter((source) => source.writer === where.writer);
  const absolute = resolve(where.folder, text);
  for (const path of new Set([absolute, await withoutLinks(absolute)])) {
    for (const source of own) {
      if (!liesIn(source.root, path)) continue;
      onDisk.push(...readings(source, relative(source.root, path).split(sep).join('/')));
    }
  }
  return [...onDisk, ...named(sources, text)];
}

/** `Source name`, `Source name/`, `Source name/path`, `Source name//escaped%FFpath`. */
function named(sources: readonly SourceRow[], text: string): KnownPath[] {
  return sources
    .filter((source) => text === source.name || text.startsWith(`${source.name}/`))
    .flatMap((source) => {
      const inside = text.slice(source.name.length + 1);
      if (inside.startsWith('/')) return escaped(source, inside.slice(1));
      return readings(source, inside.replace(/\/+$/, ''));
    });
}

/**
 * A path as it is written, in both Unicode normal forms, and, where that can be, with its escapes read as
 * bytes.
 */
function readings(source: SourceRow, path: string): KnownPath[] {
  const forms = new Set([path, path.normalize('NFC'), path.normalize('NFD')]);
  return [...[...forms].map((form) => ({ source, path: form })), ...escaped(source, path)];
}

function escaped(source: SourceRow, path: string): KnownPath[] {
  if (!path.includes('%')) return [];
  try {
    return [{ source, path: pathFromBytes(pathBytes(`/${path}`)) }];
  } catch {
    return [];
  }
}

/** The path with the links of its folders followed; what is not there any more is taken as it is written. */
async function withoutLinks(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  const real = await realPath(parent).catch(() => undefined);
  return join(real ?? (await withoutLinks(parent)), basename(path));
}

function isKnown(catalog: Catalog, { source, path }: KnownPath, atMs: number | undefined): boolean {
  if (path === '' || catalog.versionsOf(source.key, path).length > 0) return true;
  const first = catalog.aliveAt(source.key, { folder: path, atMs }).next();
  return first.done !== true;
}
