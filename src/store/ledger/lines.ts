/**
 * What a ledger says: the shape of every line, as in docs/FORMAT.md. Field order here is the order on disk.
 */
import type { ContentHash, Evidence, Kind } from '../../base/types.js';

interface Common {
  /** 1, 2, 3, ... without a gap, over all segments of one writer. */
  readonly n: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /**
   * The chain value of this line, 32 hex digits: present on every line that was written to or read from a
   * ledger.
   */
  readonly link?: string;
}

/** The path of a version at its source. `raw` marks that `path` is percent-escaped (see base/paths). */
interface OfPath {
  readonly source: string;
  readonly path: string;
  readonly raw?: true;
}

export interface SourceLine extends Common {
  readonly do: 'source';
  readonly source: string;
  readonly name: string;
  readonly computer: string;
  readonly root: string;
  readonly volume?: string;
  /** Its folder in this vault, under `Pictures/` and `Versions/`. */
  readonly folder: string;
  /** Set when this writer goes on with a source of another: that writer's lines up to `n` come before. */
  readonly after?: { readonly writer: string; readonly n: number };
}

export interface KeepLine extends Common, OfPath {
  readonly do: 'keep';
  /** Absent for a plain file. */
  readonly kind?: Exclude<Kind, 'file'>;
  readonly target?: string;
  readonly bytes: number;
  readonly modified: number;
  readonly mode?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly b3?: ContentHash;
  /**
   * Where it lies, relative to the vault's root. Absent for a link the volume cannot hold, and in a ledger
   * written anew
   * for a version whose content only lies under another path by now.
   */
  readonly stored?: string;
  /**
   * Where it waits until the renames are done. Absent when only the time or mode changed, and for folders.
   */
  readonly from?: string;
  /** Where the version before it goes. */
  readonly aside?: string;
  readonly evidence?: Evidence;
}

export interface RetireLine extends Common, OfPath {
  readonly do: 'retire';
  /** `folder` for an empty folder; absent for a file or a link. */
  readonly kind?: 'folder';
  readonly stored?: string;
  /** Absent for links the volume could not hold, and for folders: they are removed, empty as they are. */
  readonly aside?: string;
}

export interface MoveLine extends Common, OfPath {
  readonly do: 'move';
  /** The new path's entry is `path`; this is the one it had. */
  readonly was: string;
  readonly wasRaw?: true;
  readonly modified: number;
  readonly stored: string;
  /** Where the file lay; it is renamed to `stored`. */
  readonly from: string;
  /** Where what lay at `stored` goes: the version that the move replaces. */
  readonly aside?: string;
}

export interface ScrubLine extends Common {
  readonly do: 'scrub';
  readonly first: string;
  readonly last: string;
  readonly files: number;
  readonly bytes: number;
  readonly evidence: Evidence;
  readonly bad: readonly string[];
}

export interface DamagedLine extends Common {
  readonly do: 'damaged';
  readonly stored: string;
  readonly b3: ContentHash;
  readonly found: ContentHash | 'missing' | 'unreadable';
}

export interface HealedLine extends Common {
  readonly do: 'healed';
  readonly stored: string;
  readonly b3: ContentHash;
  readonly with: string;
}

export interface PruneLine extends Common {
  readonly do: 'prune';
  readonly stored: string;
  readonly b3?: ContentHash;
  readonly reasons: readonly string[];
}

/**
 * A card was copied, and this vault was fed with it. Nothing is computed from it, so nobody who reads it may
 * count on any of its fields.
 */
export interface IngestLine extends Common {
  readonly do: 'ingest';
  readonly job?: string;
  /** What people call it, who made the camera, and the UUID of its file system. */
  readonly card?: { readonly name: string; readonly maker?: string; readonly volume?: string };
  /** What came off the card. */
  readonly files?: number;
  readonly bytes?: number;
  /** The job's folders; `receipt` is the manifest left in one, relative to it, and `b3` its hash. */
  readonly destinations?: readonly {
    readonly folder: string;
    readonly files: number;
    readonly receipt?: string;
    readonly b3?: ContentHash;
  }[];
}

export interface SettledLine extends Common {
  readonly do: 'settled';
  /** Every line up to this one is reflected in the folders. */
  readonly upTo: number;
}

export type LedgerLine =
  | SourceLine
  | KeepLine
  | RetireLine
  | MoveLine
  | ScrubLine
  | DamagedLine
  | HealedLine
  | PruneLine
  | IngestLine
  | SettledLine;

type DropCommon<L> = L extends LedgerLine ? Omit<L, 'n' | 'at' | 'link'> : never;

/** A line before it has its number, moment and link. */
export type NewLine = DropCommon<LedgerLine>;

/**
 * A position in one writer's ledger: the last line that counts, and its chain value (32 hex; "" before the
 * first).
 */
export interface LedgerPosition {
  readonly n: number;
  readonly link: string;
}
