/** Where things lie in an open vault, relative to its root. */
import path from 'node:path';

/** The folder a vault is, inside the folder or volume it was put on. */
export const vaultFolderName = 'Glassine';

export const markerName = 'vault.json';
export const howToName = 'HOW TO GET YOUR PICTURES BACK.txt';

/** The folders every vault has. */
export const topFolders = ['Pictures', 'Versions', 'Ledger', 'Incoming'] as const;

export function ledgerFolder(writer: string): string {
  return `Ledger/${writer}`;
}

export function incomingFolder(writer: string): string {
  return `Incoming/${writer}`;
}

/** Where a file waits that a line moves to a name which its own name is in the way of. */
export function waitingRoom(writer: string, line: { readonly n: number }): string {
  return `${incomingFolder(writer)}/case-${String(line.n)}`;
}

/** The path of `stored`, which is written with `/`, below an absolute root. */
export function placeIn(root: string, stored: string): string {
  // Stored paths have no detours, so nothing is to be joined but the two.
  const below = path.sep === '/' ? stored : stored.replaceAll('/', path.sep);
  return root.endsWith(path.sep) ? root + below : root + path.sep + below;
}

/** The folders that hold a stored file, outermost first; without the file itself. */
export function foldersAbove(stored: string): string[] {
  const folders: string[] = [];
  for (let cut = stored.indexOf('/'); cut >= 0; cut = stored.indexOf('/', cut + 1))
    folders.push(stored.slice(0, cut));
  return folders;
}

/** The folder a stored file lies in. */
export function folderOf(stored: string): string {
  return stored.slice(0, Math.max(0, stored.lastIndexOf('/')));
}
