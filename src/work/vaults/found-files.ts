/**
 * What lies in a vault's folders, read from the medium, folder by folder: the ground on which a ledger is
 * written anew.
 */
import { problem } from '../../base/errors.js';
import { joinPath, type SourcePath, splitPath } from '../../base/paths.js';
import type { ContentHash, Entry } from '../../base/types.js';
import { entryAt } from '../../platform/entries.js';
import { isAbsent } from '../../platform/files.js';
import type { SystemError, TransferResult } from '../../platform/native.js';
import { machineError } from '../../store/vault/vault-errors.js';
import type { WorkDeps } from '../deps.js';

/** A file, link or empty folder that lies in a vault. */
export interface Found {
  /** Relative to the vault's root. */
  readonly stored: string;
  readonly kind: 'file' | 'link' | 'folder';
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly mode?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Present for files that could be read. */
  readonly b3?: ContentHash;
  readonly target?: string;
  /** It was read past the cache. */
  readonly fromMedium: boolean;
}

/** A folder below `Pictures/` and the same one below `Versions/`; either may be empty. */
export interface FoundFolder {
  readonly pictures: readonly Found[];
  readonly versions: readonly Found[];
}

const filesAtOnce = 256;

/**
 * Everything in the folders of one source. `sourceFolder` is its name under `Pictures/` and `Versions/`. What
 * cannot be read at all is told without a hash. Throws `stopped`, and errors of the machine where a folder
 * cannot be read.
 */
export async function* findFiles(
  deps: WorkDeps,
  root: string,
  sourceFolder: string,
): AsyncGenerator<FoundFolder> {
  for await (const folder of foldersBelow(deps, root, { top: `Pictures/${sourceFolder}` })) {
    const aside = await filesAt(deps, root, counterpart(folder.folder, 'Versions'));
    yield await read(deps, root, { pictures: folder.found, versions: aside });
  }
  for await (const folder of foldersBelow(deps, root, { top: `Versions/${sourceFolder}` })) {
    const beside = await entryAt(`${root}/${counterpart(folder.folder, 'Pictures')}`);
    // Told together with the pictures.
    if (beside?.kind === 'folder') continue;
    yield await read(deps, root, {
      pictures: [],
      versions: folder.found.filter(({ kind }) => kind !== 'folder'),
    });
  }
}

function counterpart(folder: SourcePath, top: 'Pictures' | 'Versions'): SourcePath {
  return folder.replace(/^(Pictures|Versions)(?=\/)/, top);
}

interface Listed {
  readonly folder: SourcePath;
  readonly found: readonly Found[];
}

/** Every folder below one, itself included; none when it is not there. */
async function* foldersBelow(
  { native, signal }: WorkDeps,
  root: string,
  { top, recursive = true }: { top: string; recursive?: boolean },
): AsyncGenerator<Listed> {
  let failure: SystemError | undefined;
  const onError = (folder: SourcePath, error: SystemError): void => {
    if (folder !== top || !isAbsent(error)) failure ??= error;
  };
  const options = { folder: top, recursive, onError, ...(signal && { signal }) };
  try {
    for await (const { folder, entries } of native.walk(root, options)) {
      yield { folder, found: entriesOf(folder, entries, top) };
    }
  } catch (error) {
    if (signal?.aborted) throw problem('stopped', root, { cause: error });
    if (!isAbsent(error)) throw error;
  }
  // A folder that cannot be read may hold anything: a ledger without it would be a lie.
  if (failure) throw machineError(failure);
}

async function filesAt(deps: WorkDeps, root: string, folder: string): Promise<readonly Found[]> {
  const files: Found[] = [];
  for await (const { found } of foldersBelow(deps, root, { top: folder, recursive: false })) {
    files.push(...found.filter(({ kind }) => kind !== 'folder'));
  }
  return files;
}

function entriesOf(folder: SourcePath, entries: readonly Entry[], top: string): Found[] {
  if (entries.length === 0 && folder !== top && folder.startsWith('Pictures/')) {
    return [{ stored: folder, kind: 'folder', bytes: 0, modifiedUs: 0, fromMedium: false }];
  }
  return entries.flatMap(({ name, kind, bytes, modifiedUs, target }): Found[] => {
    // Names of bytes are never ours: they would have been escaped.
    if (kind === 'folder' || kind === 'special' || name.startsWith('/')) return [];
    const stored = joinPath(folder, name);
    return [{ stored, kind, bytes, modifiedUs, fromMedium: false, ...(target !== undefined && { target }) }];
  });
}

async function read(deps: WorkDeps, root: string, folder: FoundFolder): Promise<FoundFolder> {
  return {
    pictures: await readAll(deps, root, folder.pictures),
    versions: await readAll(deps, root, folder.versions),
  };
}

async function readAll({ native, signal }: WorkDeps, root: string, all: readonly Found[]): Promise<Found[]> {
  const read: Found[] = [];
  for (let at = 0; at < all.length; at += filesAtOnce) {
    const batch = all.slice(at, at + filesAtOnce);
    const files = batch.filter(({ kind }) => kind === 'file');
    const items = files.map(({ stored }) => ({ source: `${root}/${stored}`, targets: [] }));
    let results: TransferResult[];
    try {
      results = await native.transfer(items, { read: 'medium', ...(signal && { signal }) });
    } catch (error) {
      throw signal?.aborted ? problem('stopped', root, { cause: error }) : error;
    }
    const resultOf = new Map(files.map((file, index) => [file, results[index]]));
    read.push(...batch.map((found) => withResult(found, resultOf.get(found))));
  }
  return read;
}

function withResult(found: Found, result: TransferResult | undefined): Found {
  if (!result || result.error || result.changed) return found;
  const { b3, bytes, modifiedUs, mode, xattrs, cacheBypassed: fromMedium } = result;
  return { ...found, b3, bytes, modifiedUs, mode, fromMedium, ...(xattrs && { xattrs }) };
}

/** The last name of a stored path. */
export function nameOf(stored: string): string {
  return splitPath(stored).name;
}
