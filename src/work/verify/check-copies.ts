/** Re-reading stored files from the medium and comparing them with what was kept. Nothing is written. */
import { errnoOf } from '../../base/errors.js';
import { targetBytes } from '../../base/paths.js';
import type { ContentHash } from '../../base/types.js';
import { entryAt, readLink } from '../../platform/entries.js';
import type { TransferResult } from '../../platform/native.js';
import type { StoredRow } from '../../store/catalog/types.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';
import { type CopyTrouble, troubleOf } from '../parts/copies.js';
import { judgeCopy, readCopies } from '../parts/read-copies.js';

export interface Finding {
  readonly row: StoredRow;
  /** Relative to the vault's root. */
  readonly stored: string;
  /** `unsure`: somebody was writing to it just then. */
  readonly state: 'good' | 'unsure' | CopyTrouble;
  /** What the file holds instead, where it could be read. */
  readonly found?: ContentHash;
  /** Bytes that were read. */
  readonly bytes: number;
  /** They came from the medium, past the cache. */
  readonly fromMedium: boolean;
}

export interface CopiesToCheck {
  readonly rows: readonly StoredRow[];
  readonly onProgress?: (bytes: number, files: number) => void;
}

/** Looks at stored files, in order, whatever they are. Throws `stopped`. */
export async function checkCopies(
  deps: WorkDeps,
  vault: Vault,
  { rows, onProgress = () => undefined }: CopiesToCheck,
): Promise<Finding[]> {
  const files = rows.filter((row) => row.kind === 'file' && row.stored !== undefined);
  const results = await readCopies(deps, vault, { files, onProgress });
  const findings: Finding[] = [];
  let at = 0;
  for (const row of rows) {
    const { stored } = row;
    if (stored === undefined) continue;
    if (row.kind === 'file') findings.push(judge({ row, stored }, results[at++]));
    else findings.push(await lookAt(vault, { row, stored }));
  }
  return findings;
}

interface Place {
  readonly row: StoredRow;
  readonly stored: string;
}

function judge(place: Place, result: TransferResult | undefined): Finding {
  const state = result ? judgeCopy(place.row, result) : 'copy-unreadable';
  if (!result || (state !== 'good' && state !== 'copy-mismatch'))
    return { ...place, bytes: 0, fromMedium: false, state };
  const { bytes, cacheBypassed: fromMedium, b3 } = result;
  return { ...place, bytes, fromMedium, state, ...(state === 'copy-mismatch' && { found: b3 }) };
}

/** Links must point where they did; folders must be there. */
async function lookAt(vault: Vault, place: Place): Promise<Finding> {
  const { row, stored } = place;
  const finding = { ...place, bytes: 0, fromMedium: false };
  const path = vault.absolute(stored);
  try {
    const kind = (await entryAt(path))?.kind;
    if (kind === undefined) return { ...finding, state: 'copy-missing' };
    const same =
      kind === row.kind && (kind !== 'link' || (await readLink(path)).equals(targetBytes(row.target ?? '')));
    return { ...finding, state: same ? 'good' : 'copy-mismatch' };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return { ...finding, state: troubleOf(errno) };
  }
}
