/** Which batches of files are copied at the same time. */

/** Batches of small files seldom hold more. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Whether a batch may be begun while the one before it is copied, by the bytes of both. Small files leave the
 * disks idle between them. Large ones do not, and two of them at once make the head of a rotating disk go to
 * and fro.
 */
export function mayOverlap(...batches: readonly number[]): boolean {
  return batches.every((bytes) => bytes <= mostBytes);
}
