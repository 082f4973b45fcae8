/** What a receipt of ours is called in the folder it is of, and what lies there that no receipt states. */
import type { SourcePath } from '../../base/paths.js';
import { historyFolder } from './asc-mhl.js';

export const sumsName = 'BLAKE3SUMS';

const ownPrefix = 'Glassine receipt ';

/** Holds what could be read of files that could not be read whole: no copies, whatever they look like. */
export const damagedFolder = 'Damaged (not copies)';

/**
 * Left out of every history of ours, beside what all histories leave out: receipts are written after it, and
 * what was saved in part is nothing to be verified. Without a slash, as the reference implementation compares
 * patterns with whole paths of the machine.
 */
export const ownPatterns: readonly string[] = [sumsName, `${ownPrefix}*`, damagedFolder];

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

/** Whether a path in a job's folder is the folder of what was saved in part, or lies in it. */
export function isDamaged(path: SourcePath): boolean {
  return path === damagedFolder || path.startsWith(`${damagedFolder}/`);
}

/** A path in which nothing is called as that folder is, in any case: what is copied is never left out. */
export function outsideDamaged(path: string): string {
  const isCalledSo = (name: string): boolean => name.toLowerCase() === damagedFolder.toLowerCase();
  return path
    .split('/')
    .map((name) => (isCalledSo(name) ? `${name} (2)` : name))
    .join('/');
}
