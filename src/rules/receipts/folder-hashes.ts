/**
 * Hashes of whole folders, as ASC MHL defines them: of the sorted hashes of what is in them, with and without
 * the names.
 */
import type { MhlFolder, MhlFormat, MhlHash } from './asc-mhl.js';

/** A format, how to hash bytes in it, and the bytes that one of its digests stands for. */
export interface FolderHasher {
  readonly format: MhlFormat;
  readonly digest: (bytes: Uint8Array) => string;
  readonly bytesOf: (digest: string) => Uint8Array;
}

export interface HashedFile {
  readonly path: string;
  readonly hashes: readonly MhlHash[];
}

/** What hashes of the children of a folder are made of, by format. */
interface Gathered {
  readonly contents: string[];
  readonly structures: string[];
}

class Folder {
  readonly folders = new Map<string, Folder>();
  readonly files: { readonly name: string; readonly hashes: readonly MhlHash[] }[] = [];
}

/**
 * The hashes of every folder, the deepest first and the root, with the path '', last. `folders`: also those
 * without a file. Files that have no hash in a format do not count for it.
 */
export function hashFolders(
  content: { readonly files: Iterable<HashedFile>; readonly folders: Iterable<string> },
  hashers: readonly FolderHasher[],
): MhlFolder[] {
  const root = new Folder();
  for (const { path, hashes } of content.files) {
    const end = path.lastIndexOf('/');
    folderAt(root, path.slice(0, Math.max(end, 0))).files.push({ name: path.slice(end + 1), hashes });
  }
  for (const path of content.folders) folderAt(root, path);
  const found: MhlFolder[] = [];
  hashFolder(root, '', { hashers, found });
  return found;
}

function folderAt(root: Folder, path: string): Folder {
  let folder = root;
  for (const name of path === '' ? [] : path.split('/')) {
    let next = folder.folders.get(name);
    if (!next) folder.folders.set(name, (next = new Folder()));
    folder = next;
  }
  return folder;
}

function hashFolder(
  folder: Folder,
  path: string,
  run: { readonly hashers: readonly FolderHasher[]; readonly found: MhlFolder[] },
): MhlFolder {
  const gathered = run.hashers.map((): Gathered => ({ contents: [], structures: [] }));
  const add = (at: number, name: string, digests: { content: string; structure: string }): void => {
    const hasher = run.hashers[at];
    const into = gathered[at];
    if (!hasher || !into) return;
    into.contents.push(digests.content);
    const named = Buffer.concat([Buffer.from(name), hasher.bytesOf(digests.structure)]);
    into.structures.push(hasher.digest(named));
  };
  for (const { name, hashes } of folder.files) {
    for (const [at, { format }] of run.hashers.entries()) {
      const digest = hashes.find((hash) => hash.format === format)?.digest;
      if (digest !== undefined) add(at, name, { content: digest, structure: digest });
    }
  }
  const names = [...folder.folders.keys()].sort();
  for (const name of names) {
    const below = folder.folders.get(name);
    if (!below) continue;
    const { content, structure } = hashFolder(below, path === '' ? name : `${path}/${name}`, run);
    for (const at of run.hashers.keys())
      add(at, name, { content: content[at]?.digest ?? '', structure: structure[at]?.digest ?? '' });
  }
  const all = (which: keyof Gathered): MhlHash[] =>
    run.hashers.map((hasher, at) => ({
      format: hasher.format,
      digest: hashOfSorted(gathered[at]?.[which] ?? [], hasher),
    }));
  const result = { path, content: all('contents'), structure: all('structures') };
  run.found.push(result);
  return result;
}

function hashOfSorted(digests: readonly string[], { digest, bytesOf }: FolderHasher): string {
  return digest(Buffer.concat([...digests].sort().map(bytesOf)));
}
