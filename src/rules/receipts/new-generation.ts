/** The next generation of a folder's history: what it says of each file, given what was said before. */
import type { SourcePath } from '../../base/paths.js';
import type { Manifest, MhlFile, MhlHash, MhlProcess } from './asc-mhl.js';
import { alwaysIgnored } from './asc-mhl.js';
import { type FolderHasher, hashFolders } from './folder-hashes.js';
import { type HistoryView, statedHashes } from './history.js';
import { isInHistory, ownPatterns } from './own-files.js';
import { isManifestName } from './receipt.js';

/** A file as it was just read. */
export interface FileNow {
  readonly path: SourcePath;
  readonly bytes: number;
  /** RFC 3339, where it is known. */
  readonly modifiedAt?: string | undefined;
  readonly hashes: readonly Pick<MhlHash, 'format' | 'digest'>[];
  /** RFC 3339: when it was read. */
  readonly at: string;
}

export interface GenerationNow {
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly hostname: string;
  readonly tool: { readonly name: string; readonly version: string };
  readonly comment?: string;
  readonly process: MhlProcess;
  readonly files: readonly FileNow[];
}

export interface Surroundings {
  /** What earlier generations say; absent for the first. */
  readonly known?: HistoryView;
  /**
   * Every folder below, where the files are all there is in the folder: then their hashes can be told, and
   * stand for all of it. Absent where other things lie there too.
   */
  readonly folders?: Iterable<SourcePath>;
  readonly hashers: readonly FolderHasher[];
}

/** The manifest, and the files that it cannot speak of. */
export interface NewGeneration {
  readonly manifest: Manifest;
  readonly unnamed: readonly SourcePath[];
}

export function newGeneration(now: GenerationNow, { known, folders, hashers }: Surroundings): NewGeneration {
  const { files: found, ...head } = now;
  const files: MhlFile[] = [];
  const unnamed: SourcePath[] = [];
  for (const { path, bytes, modifiedAt, hashes, at } of found) {
    // A card may bring a history of its own along: no history speaks of the files of another.
    if (isInHistory(path)) continue;
    const stated = isManifestName(path) ? statedHashes(known?.files.get(path), hashes, at) : [];
    if (stated.length === 0) unnamed.push(path);
    else files.push({ path, bytes, ...(modifiedAt !== undefined && { modifiedAt }), hashes: stated });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const all = unnamed.length === 0 && files.every((file) => isInAll(file, hashers)) ? folders : undefined;
  const named = all && [...all];
  const hashed = named?.every(isManifestName) ? hashFolders({ files, folders: named }, hashers) : [];
  const root = hashed.find(({ path }) => path === '');
  return {
    manifest: {
      ...head,
      ...(root && { root }),
      ignore: patternsOf(known),
      files,
      folders: hashed.filter(({ path }) => path !== ''),
    },
    unnamed,
  };
}

/** Whether a file counts for the hash of its folder in each format: else that would be of something else. */
function isInAll({ hashes }: MhlFile, hashers: readonly FolderHasher[]): boolean {
  return hashers.every(({ format }) => hashes.some((hash) => hash.format === format));
}

/** What was left out before stays left out. */
function patternsOf(known: HistoryView | undefined): string[] {
  return [...new Set([...(known?.ignore ?? alwaysIgnored), ...ownPatterns])];
}
