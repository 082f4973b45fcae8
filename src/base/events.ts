/** News: what the floors below tell the floors above, as plain data that can cross a socket. */
import type { Problem } from './errors.js';
import type { Outcome } from './types.js';

/** Something a person who watches would see. Sizes in bytes. */
export type News =
  | { readonly kind: 'scan'; readonly source: string; readonly files: number }
  | {
      readonly kind: 'progress';
      readonly job: 'backup' | 'restore' | 'verify' | 'rebuild' | 'prune' | 'ingest' | 'feed';
      readonly doneFiles: number;
      readonly doneBytes: number;
      readonly totalFiles: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** A card can be taken out, though not all is done: `from` is where copying goes on from. */
  | { readonly kind: 'released'; readonly card: string; readonly from: string }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'vault'; readonly name: string; readonly connected: boolean }
  /** A vault has everything of every source now; what came into it since it was plugged in. */
  | { readonly kind: 'up-to-date'; readonly name: string; readonly files: number; readonly bytes: number }
  /** A camera's card is in its reader. `ask`: it waits for a person; `wait`: for the end of a pause. */
  | {
      readonly kind: 'card';
      readonly name: string;
      readonly mountPoint: string;
      readonly maker?: string;
      readonly doing: 'ingest' | 'ask' | 'wait';
    }
  /** A card was copied by itself. Files, and the bytes of those that were copied. */
  | {
      readonly kind: 'ingested';
      readonly card: string;
      readonly mountPoint: string;
      readonly job: string;
      readonly outcome: Outcome;
      readonly copied: number;
      readonly bytes: number;
      readonly skipped: number;
      readonly verdict: {
        readonly safe: boolean;
        readonly sentence: string;
        readonly reasons: readonly string[];
      };
    }
  | { readonly kind: 'pass'; readonly kept: number; readonly moved: number; readonly retired: number };

/** Where news goes. Must not throw, and must be cheap: it is called from the hot paths of jobs. */
export type Listener = (news: News) => void;
