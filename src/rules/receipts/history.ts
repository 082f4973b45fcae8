/** What the generations of a history of ASC MHL say together: the first word on each file counts. */
import type { SourcePath } from '../../base/paths.js';
import { alwaysIgnored, type Generation, type MhlHash } from './asc-mhl.js';
import { insidePath } from './inside.js';
import type { ReadManifest } from './read-asc-mhl.js';

/** A generation that its chain vouches for. */
export interface ReadGeneration extends Generation {
  readonly manifest: ReadManifest;
}

export interface KnownFile {
  readonly bytes?: number;
  readonly modifiedAt?: string;
  /** One for each format: the first that did not fail. */
  readonly hashes: readonly MhlHash[];
}

export interface HistoryView {
  /** By the path that a file has now: renames are followed. */
  readonly files: ReadonlyMap<SourcePath, KnownFile>;
  readonly folders: ReadonlySet<SourcePath>;
  /** What the latest generation names. */
  readonly latest: ReadonlySet<SourcePath>;
  /** The patterns of the latest generation. */
  readonly ignore: readonly string[];
  /** Paths that lead out of the folder: nobody follows them. */
  readonly outside: readonly string[];
}

export function viewHistory(generations: readonly ReadGeneration[]): HistoryView {
  const view = new View();
  for (const { manifest } of generations) view.add(manifest);
  return view;
}

class View implements HistoryView {
  readonly files = new Map<SourcePath, KnownFile>();
  readonly folders = new Set<SourcePath>();
  readonly outside: string[] = [];
  latest = new Set<SourcePath>();
  ignore = alwaysIgnored;

  add({ files, folders, ignore }: ReadManifest): void {
    this.latest = new Set();
    this.ignore = ignore.length > 0 ? ignore : alwaysIgnored;
    this.#follow([...files, ...folders]);
    for (const { path: text, bytes, modifiedAt, hashes } of files) {
      const path = this.#inside(text);
      if (path === undefined) continue;
      const known = this.files.get(path);
      this.files.set(path, {
        ...(bytes !== undefined && { bytes }),
        ...(modifiedAt !== undefined && { modifiedAt }),
        ...known,
        hashes: together(known?.hashes ?? [], hashes),
      });
    }
    for (const { path: text } of folders) {
      const path = this.#inside(text);
      if (path !== undefined) this.folders.add(path);
    }
  }

  /** What was said of a path under which something lay before is said of the one it has now. */
  #follow(entries: readonly { readonly path: string; readonly previousPath?: string }[]): void {
    for (const { path: text, previousPath } of entries) {
      const path = insidePath(text);
      const before = previousPath === undefined ? undefined : insidePath(previousPath);
      if (path === undefined || before === undefined || before === path) continue;
      const known = this.files.get(before);
      if (known && !this.files.has(path)) this.files.set(path, known);
      this.files.delete(before);
      this.folders.delete(before);
    }
  }

  #inside(text: string): SourcePath | undefined {
    const path = insidePath(text);
    if (path === undefined) this.outside.push(text);
    else this.latest.add(path);
    return path;
  }
}

/** A hash that was found wrong says what a file once held, not what it should. */
function together(first: readonly MhlHash[], then: readonly MhlHash[]): readonly MhlHash[] {
  const all = [...first];
  for (const hash of then) {
    const isKnown = all.some(({ format }) => format === hash.format);
    if (!isKnown && hash.action !== 'failed') all.push(hash);
  }
  return all;
}

/**
 * The hashes of a file as a new generation has to state them: `original` where nothing is known of it,
 * `verified` or `failed` where something is. A format that is new to a known file is stated only where one
 * that was known was verified: else nobody could say what the new one stands for.
 */
export function statedHashes(
  known: KnownFile | undefined,
  found: readonly Pick<MhlHash, 'format' | 'digest'>[],
  at: string,
): MhlHash[] {
  if (!known) return found.map((hash) => ({ ...hash, action: 'original', at }));
  const compared: MhlHash[] = [];
  const fresh: MhlHash[] = [];
  for (const hash of found) {
    const before = known.hashes.find(({ format }) => format === hash.format);
    const isSame = before !== undefined && before.digest.toLowerCase() === hash.digest.toLowerCase();
    if (before) compared.push({ ...hash, action: isSame ? 'verified' : 'failed', at });
    else fresh.push({ ...hash, action: 'verified', at });
  }
  const isProven = compared.length > 0 && compared.every(({ action }) => action === 'verified');
  return isProven ? [...compared, ...fresh] : compared;
}
