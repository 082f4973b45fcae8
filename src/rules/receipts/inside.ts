/** Where the paths in receipts of other programs lead: never out of the folder that the receipt is of. */
import type { SourcePath } from '../../base/paths.js';

/**
 * A relative path as a receipt writes it, made plain: no `.`, no empty names. `undefined` for one that is
 * absolute or leaves the folder, which nobody should follow, and for none at all.
 */
export function insidePath(text: string): SourcePath | undefined {
  if (text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text) || text.includes('\0')) return undefined;
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  return names.length === 0 || names.includes('..') ? undefined : names.join('/');
}
