/** What lies on a card right now. Only names, sizes and times are looked at, and nothing is ever written. */
import { problem, type Problem } from '../../base/errors.js';
import { joinPath, type SourcePath } from '../../base/paths.js';
import { isDeviceGone } from '../../platform/devices.js';
import { entryAt } from '../../platform/entries.js';
import type { Native, VolumeFacts } from '../../platform/native.js';
import {
  isWorthALook,
  recogniseCard,
  type Recognition,
  type VolumeLook,
} from '../../rules/cards/recognise.js';
import type { WorkDeps } from '../deps.js';

export interface ListedFile {
  readonly path: SourcePath;
  readonly bytes: number;
  readonly modifiedUs: number;
}

export interface CardListing {
  /** In the order in which the card holds them, folder by folder. */
  readonly files: readonly ListedFile[];
  readonly emptyFolders: readonly SourcePath[];
  /** What could not be looked at, and what is neither a file nor a folder. */
  readonly incomplete: readonly Problem[];
  readonly recognition: Recognition;
}

/**
 * Lists a card. `volume` is given where it is a volume of its own, and not a folder that a person named.
 * Throws `card-gone` when it is not there, and `stopped`.
 */
export async function listCard(
  deps: WorkDeps,
  root: string,
  volume?: Pick<VolumeFacts, 'fileSystem' | 'device'>,
): Promise<CardListing> {
  const { native, signal } = deps;
  const files: ListedFile[] = [];
  const emptyFolders: SourcePath[] = [];
  const folders: SourcePath[] = [];
  const incomplete: Problem[] = [];
  const failed = (folder: SourcePath, detail: string): void => {
    incomplete.push(problem('card-unreadable', `${root}/${folder}`, { detail }).problem);
  };
  try {
    const options = {
      ...(signal && { signal }),
      onError: (folder: SourcePath, error: { code: string }) => failed(folder, error.code),
    };
    for await (const { folder, entries } of native.walk(root, options)) {
      if (folder !== '') folders.push(folder);
      if (folder !== '' && entries.length === 0) emptyFolders.push(folder);
      for (const entry of entries) {
        const path = joinPath(folder, entry.name);
        if (entry.kind === 'file') files.push({ path, bytes: entry.bytes, modifiedUs: entry.modifiedUs });
        else if (entry.kind !== 'folder') incomplete.push(problem('file-special', `${root}/${path}`).problem);
      }
    }
  } catch (error) {
    if (signal?.aborted) throw problem('stopped', root, { cause: error });
    throw problem('card-gone', root, { cause: error });
  }
  // The walk tells of the root as of any folder: a card that is not there has no files, but is not empty.
  if (!(await isThere(root, volume?.device))) throw problem('card-gone', root);
  const recognition = recogniseCard({ folders, ...(volume && { fileSystem: volume.fileSystem }) });
  return { files, emptyFolders, incomplete, recognition };
}

/**
 * Whether a volume is a card, by a look at its first folders alone: what comes is seen at once, however much
 * lies on it. A folder that cannot be listed tells nothing.
 */
export async function recogniseVolume(
  native: Pick<Native, 'walk'>,
  root: string,
  facts: Omit<VolumeLook, 'folders'>,
): Promise<Recognition> {
  const folders: SourcePath[] = [];
  const waiting: SourcePath[] = [''];
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    const options = { folder, recursive: false, onError: () => undefined };
    for await (const { entries } of native.walk(root, options)) {
      for (const { name, kind } of entries) {
        if (kind !== 'folder') continue;
        const path = joinPath(folder, name);
        folders.push(path);
        if (isWorthALook(path)) waiting.push(path);
      }
    }
  }
  return recogniseCard({ ...facts, folders });
}

/**
 * Whether a card's root can still be looked at. With `device`, its `st_dev` when it was found: also whether
 * it is still the card. What is left of a mount point is a folder as well, and what was yanked answers from
 * the cache.
 */
export async function isThere(root: string, device?: string): Promise<boolean> {
  const found = await entryAt(root).catch(() => undefined);
  if (found?.kind !== 'folder') return false;
  return device === undefined || (String(found.device) === device && !isDeviceGone(found.device));
}

export interface ListingChanges {
  readonly appeared: readonly SourcePath[];
  readonly changed: readonly SourcePath[];
  readonly vanished: readonly SourcePath[];
}

/** What is another in the second listing of a card. */
export function changesBetween(before: readonly ListedFile[], after: readonly ListedFile[]): ListingChanges {
  const known = new Map(before.map((file) => [file.path, file]));
  const appeared: SourcePath[] = [];
  const changed: SourcePath[] = [];
  for (const { path, bytes, modifiedUs } of after) {
    const file = known.get(path);
    known.delete(path);
    if (!file) appeared.push(path);
    else if (file.bytes !== bytes || file.modifiedUs !== modifiedUs) changed.push(path);
  }
  return { appeared, changed, vanished: [...known.keys()] };
}
