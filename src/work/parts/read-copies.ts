/** Reading stored files from their medium, past the cache, only to know what they hold. */
import { problem } from '../../base/errors.js';
import type { TransferOptions, TransferResult } from '../../platform/native.js';
import type { StoredRow } from '../../store/catalog/types.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';
import { type CopyTrouble, troubleOf } from './copies.js';

/** Results in the order of `files`, each of which lies somewhere. Throws `stopped` on abort. */
export async function readCopies(
  { native, signal }: WorkDeps,
  vault: Vault,
  options: { files: readonly StoredRow[] } & Pick<TransferOptions, 'onProgress'>,
): Promise<TransferResult[]> {
  const { files, onProgress } = options;
  if (files.length === 0) return [];
  const items = files.map((row) => ({
    source: vault.absolute(row.stored ?? ''),
    targets: [],
    bytes: row.bytes,
  }));
  try {
    const more = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
    return await native.transfer(items, { read: 'medium', ...more });
  } catch (error) {
    if (signal?.aborted) throw problem('stopped', vault.root, { cause: error });
    throw error;
  }
}

/** Whether a file holds what was kept; `unsure` when somebody was writing to it. */
export function judgeCopy(row: StoredRow, result: TransferResult): 'good' | 'unsure' | CopyTrouble {
  if (result.error) return troubleOf(result.error.code);
  if (result.changed) return 'unsure';
  return result.b3 === row.b3 ? 'good' : 'copy-mismatch';
}
