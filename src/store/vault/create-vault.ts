/** Making a vault: folders first, the marker last, so that what was interrupted is no vault yet. */
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { problem } from '../../base/errors.js';
import type { Clock } from '../../base/time.js';
import { flushFolder, isAbsent } from '../../platform/files.js';
import type { Native } from '../../platform/native.js';
import { howToText } from './how-to.js';
import { howToName, topFolders } from './layout.js';
import { newMarker, vaultRootOf, writeMarker } from './marker.js';
import type { VaultMarker } from './types.js';
import { vaultProblem } from './vault-errors.js';

export interface CreateOptions {
  readonly native: Native;
  readonly clock: Clock;
  /** Default: a new uuid. */
  readonly id?: string;
}

/**
 * Makes a vault in an existing folder, in a folder `Glassine` below it. Throws `vault-away` when there is no
 * such
 * folder, `vault-exists` when there is a vault or anything else in the way, `vault-full`, `vault-read-only`,
 * `vault-io`. What an interrupted attempt left is taken over.
 */
export async function createVault(
  folder: string,
  options: CreateOptions,
): Promise<{ readonly root: string; readonly marker: VaultMarker }> {
  const root = await vaultRootOf(folder);
  try {
    const parent = path.dirname(root);
    if (!(await isThere(parent))) throw problem('vault-away', folder);
    if (await isThere(root)) await requireNothingKept(root);
    else await mkdir(root);
    for (const name of topFolders) await mkdir(path.join(root, name), { recursive: true });
    await writeHowTo(root);
    const marker = newMarker(options.clock, options.id);
    await writeMarker(root, marker, options.native);
    await flushFolder(parent);
    return { root, marker };
  } catch (error) {
    throw vaultProblem(error, folder);
  }
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function requireNothingKept(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const isTop = (topFolders as readonly string[]).includes(name);
    const isLeftover = name === howToName || /^vault\.json\.[0-9a-f-]{36}$/.test(name);
    if (isLeftover || (isTop && (await readdir(path.join(root, name))).length === 0)) continue;
    throw problem('vault-exists', root, { detail: name });
  }
}

async function writeHowTo(root: string): Promise<void> {
  const file = await open(path.join(root, howToName), 'w', 0o644);
  try {
    await file.writeFile(howToText);
    await file.sync();
  } finally {
    await file.close();
  }
}
