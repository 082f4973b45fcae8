/**
 * What the catalog answers: rows as the jobs and the face see them. The catalog is an index; ledgers are
 * right.
 */
import type { SourcePath } from '../../base/paths.js';
import type { Content, ContentHash, Evidence, Kind } from '../../base/types.js';

export interface SourceRow {
  /** The row's number; `id` is the uuid that ledgers use. */
  readonly key: number;
  readonly id: string;
  readonly name: string;
  readonly computer: string;
  readonly root: string;
  readonly volume: string | undefined;
  /** The installation that keeps it. */
  readonly writer: string;
}

export interface VaultRow {
  readonly key: number;
  readonly id: string;
  readonly name: string;
  readonly lastSeenAt: number | undefined;
}

/** A version of a path: alive from `since` until `until` (ms; `undefined`: still). */
export interface VersionRow {
  readonly key: number;
  readonly fileKey: number;
  readonly sourceKey: number;
  readonly path: SourcePath;
  readonly content: Content;
  readonly since: number;
  readonly until: number | undefined;
}

/** A file stored in a vault. `newest`: it is what `Pictures/` shows for its file. */
export interface StoredRow {
  readonly key: number;
  readonly vaultKey: number;
  readonly fileKey: number;
  /** Relative to the vault's root; `undefined` for a link that the volume cannot hold. */
  readonly stored: string | undefined;
  readonly kind: Kind;
  readonly b3: ContentHash | undefined;
  readonly target: string | undefined;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly newest: boolean;
  /** When its bytes came into this vault, ms: the stamp in its name once it is set aside. */
  readonly keptAt: number;
  readonly evidence: Evidence;
  readonly provenAt: number | undefined;
  readonly damagedAt: number | undefined;
}

/** A file of a source as the last scan saw it, for the diff. */
export interface SeenRow {
  readonly fileKey: number;
  readonly name: SourcePath;
  readonly kind: Kind;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly inode: string | undefined;
  readonly device: string | undefined;
  readonly target: string | undefined;
  /** The content behind this size and time, where it is known. */
  readonly b3: ContentHash | undefined;
  /** False when the last scan did not find it. */
  readonly present: boolean;
}

/** A writer's word that it keeps a source in a folder of a vault. */
export interface SourceFolderRow {
  readonly sourceKey: number;
  readonly writer: string;
  readonly folder: string;
  /** Whom it succeeded. */
  readonly afterWriter: string | undefined;
}

/** One file that a vault lacks, with what the vault has in its place. */
export interface MissingRow {
  readonly vaultKey: number;
  readonly path: SourcePath;
  readonly seen: SeenRow;
  readonly slot: StoredRow | undefined;
}

/** A slot of a vault whose file is no longer at its source. */
export interface LeftoverRow {
  readonly path: SourcePath;
  readonly isFolder: boolean;
  readonly slot: StoredRow;
}

/** Something that happened or was found, and is remembered until it is resolved. */
export interface EventRow {
  readonly key: number;
  readonly at: number;
  readonly code: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly resolvedAt: number | undefined;
}

/** How far one source is kept in one vault. */
export interface KeptSummary {
  readonly sourceKey: number;
  readonly vaultKey: number;
  readonly behindFiles: number;
  readonly behindBytes: number;
  /** When the oldest version that it lacks, and that a vault has, was first seen, ms. */
  readonly behindSince?: number | undefined;
  /** The oldest time of a file that no vault has. */
  readonly behindBareUs?: number | undefined;
  readonly provenFiles: number;
  readonly writtenFiles: number;
  readonly damagedFiles: number;
}

/** What the last scan saw of one source. */
export interface SourceSummary {
  readonly sourceKey: number;
  readonly files: number;
  readonly bytes: number;
  /** Files whose present content is in no vault at all. */
  readonly unprotectedFiles: number;
  readonly oldestUnprotectedUs: number | undefined;
}

/** What a vault has of one source: links and versions aside are counted, folders are not. */
export interface StoredTotals {
  readonly sourceKey: number;
  readonly files: number;
  readonly bytes: number;
}
