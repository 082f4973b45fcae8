/**
 * What a vault promises to the jobs: the interface behind which open folders (and later sealed objects) live.
 */
import type { GlassineError, Problem } from '../../base/errors.js';
import type { ContentHash, Evidence } from '../../base/types.js';
import type { LedgerLine, LedgerPosition, NewLine } from '../ledger/lines.js';

/** The marker, `vault.json`: what makes a folder a vault, and which one. */
export interface VaultMarker {
  readonly format: 'glassine-vault';
  readonly version: number;
  readonly kind: 'open' | 'sealed';
  readonly id: string;
  readonly hash: 'blake3';
  readonly created: string;
}

/** What the volume under a vault can hold; probed when the vault is opened, never assumed. */
export interface NameRules {
  readonly caseSensitive: boolean;
  /** True when names that differ only in Unicode normal form are one name. */
  readonly normalizing: boolean;
  /** Characters it refuses, beyond NUL and `/`. */
  readonly refusedCharacters: string;
  /** The highest code point it can hold, where not all: 0x7f on drivers that know only ASCII. */
  readonly highestCharacter?: number;
  /** Whether a trailing dot or space is kept. */
  readonly trailingDots: boolean;
  /** Whether reserved Windows names (CON, NUL, ...) can be used. */
  readonly reservedNames: boolean;
  /** The longest name, counted as the volume counts. */
  readonly longestName: { readonly length: number; readonly unit: 'bytes' | 'utf16' };
  readonly links: boolean;
}

/** One writer's ledger as it was found: how far it is sound, and what is wrong beyond that. */
export interface LedgerState {
  readonly writer: string;
  readonly position: LedgerPosition;
  /** `ledger-damaged`, `ledger-missing-segment`, `ledger-newer`: the lines up to `position` are sound. */
  readonly problem?: Problem;
}

/**
 * An open vault, for one pass. Everything it writes stays below its root; nothing is written when the marker
 * is
 * missing, another, or newer. Holds files open until `close`.
 */
export interface Vault {
  readonly id: string;
  readonly root: string;
  readonly rules: NameRules;
  /** Every writer's ledger, ours included. Ours has been replayed and its torn tail, if any, cut. */
  readonly ledgers: readonly LedgerState[];

  /**
   * A new name in our `Incoming/`, relative to the root; nothing is created. Unique for the life of the vault
   * object
   * and never the name of a file that the ledger still waits for.
   */
  incomingName(): string;

  /** The absolute path of a path relative to the vault's root. */
  absolute(stored: string): string;

  /**
   * Steps 3 and 4 of the order of writing, as one batch: appends `settled` for the batch before, then
   * `lines`, flushes
   * the ledger, does the renames the lines name, flushes the folders. When it resolves, the lines are kept
   * and the
   * folders show it. Throws `vault-away`, `vault-other`, `vault-full`, `vault-read-only` or `vault-io`; when
   * the
   * ledger was not flushed nothing is kept, and when it was, the next opening finishes the renames.
   *
   * `onDurable` is called with what the ledger holds once it does, while the renames are under way in another
   * thread; it is not called when nothing is kept. What it throws is thrown when the renames are over.
   */
  commit(
    lines: readonly NewLine[],
    onDurable?: (lines: readonly LedgerLine[]) => void,
  ): Promise<readonly LedgerLine[]>;

  /** Every line of a writer after `n`, in order, up to the last sound one. */
  readLines(writer: string, after: number): Iterable<LedgerLine>;

  /**
   * Finishes the renames that another writer's ledger names and that it left undone. Only for a writer that
   * will not
   * come back, before the first line that goes on with its sources. Throws as `commit` does.
   */
  finishFor(writer: string): Promise<void>;

  /** Throws unless the folder at the root is still this vault, on the volume it was opened on. */
  check(): Promise<void>;

  /** Appends `settled` where due, and lets go of every file. Safe to call twice, and after errors. */
  close(): Promise<void>;
}

/** A stored file a job may read: where, what it should hold, and how that is known. */
export interface StoredCopy {
  readonly stored: string;
  readonly b3: ContentHash;
  readonly bytes: number;
  readonly evidence: Evidence;
}

export type VaultOpening = { readonly vault: Vault } | { readonly refused: GlassineError };
