/** The words of the house: what the floors above speak of. */
import type { SourcePath } from './paths.js';

/** What a path can be. `special` is a socket, pipe or device: named, never kept. */
export type Kind = 'file' | 'link' | 'folder';
export type EntryKind = Kind | 'special';

/**
 * One thing found in a folder of a source. Times are whole microseconds since 1970 UTC: what the ledger
 * records, and exact in a double until the year 2255.
 */
export interface Entry {
  /**
   * The last name of its path, canonical as {@link SourcePath}; `""` for an empty folder, standing for
   * itself.
   */
  readonly name: SourcePath;
  readonly kind: EntryKind;
  readonly bytes: number;
  readonly modifiedUs: number;
  /** Decimal strings: 64-bit numbers do not fit a double. */
  readonly inode: string;
  readonly device: string;
  /** Where a link points, as `targetFromBytes` in paths.ts writes it. */
  readonly target?: string;
}

/** A folder as it was read: every name in it, the folders below only named. */
export interface FolderListing {
  readonly folder: SourcePath;
  readonly entries: readonly Entry[];
  /** Absent where an entry could not be looked at. */
  readonly mark?: ListingMark;
}

/**
 * Says of two listings of a folder that they are the same, to the nanosecond and the inode: 16 bytes of a
 * hash over all there is in it. Folders in it count by their names alone.
 */
export type ListingMark = Uint8Array;

/** `written`: hashed while written. `proven`: read back from the medium, past the cache. */
export type Evidence = 'written' | 'proven';

/** 64 lower-case hexadecimal digits: BLAKE3 of a file's content. */
export type ContentHash = string;

/** The content of a version, and what came with it. */
export interface Content {
  readonly kind: Kind;
  readonly bytes: number;
  readonly modifiedUs: number;
  /** Present exactly for files. */
  readonly b3?: ContentHash;
  /** Present exactly for links. */
  readonly target?: string;
  /** Permission bits, where the source has them. */
  readonly mode?: number;
  /** Extended attributes worth keeping (Finder tags above all): name to base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** Three outcomes everywhere; a check that could not run is not good. */
export type Outcome = 'good' | 'incomplete' | 'failed';

/** Whether two contents are the same version: the bytes decide, never the time alone. */
export function sameContent(a: Content, b: Content): boolean {
  return a.kind === b.kind && a.bytes === b.bytes && a.b3 === b.b3 && a.target === b.target;
}
