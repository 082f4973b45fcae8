/** What a receipt of ours is called in the folder it is of. */
import type { SourcePath } from '../../base/paths.js';
import { historyFolder } from './asc-mhl.js';

export const sumsName = 'BLAKE3SUMS';

const ownPrefix = 'Glassine receipt ';

/** Left out of every history of ours, beside what all histories leave out: they are written after it. */
export const ownPatterns: readonly string[] = [sumsName, `${ownPrefix}*`];

/** The readable page of a generation, or its export in another format. */
export function ownName(generation: number, ending: 'html' | 'mhl'): string {
  return `${ownPrefix}${String(generation).padStart(4, '0')}.${ending}`;
}

/** Whether a file in a job's folder, by its last name, is a receipt of ours: nothing ingested may be called so. */
export function isOwnFile(name: string): boolean {
  return name === sumsName || name.startsWith(ownPrefix);
}

/** Whether a path lies in a folder of manifests, or is one: those are no part of what manifests speak of. */
export function isInHistory(path: SourcePath): boolean {
  return path.split('/').includes(historyFolder);
}
