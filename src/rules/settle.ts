/** Waiting until a folder is quiet: hints go in, folders to look at come out; time is passed in. */
import { isInside, splitPath } from '../base/paths.js';
import type { SourcePath } from '../base/paths.js';

export interface SettlerOptions {
  /** A folder is due when nothing was heard of it for this long. */
  readonly quietMs: number;
  /** A folder that never gets quiet is due after this long all the same. */
  readonly longestMs: number;
  /** More folders than this become one look at the whole source. Default 2,000. */
  readonly mostFolders?: number;
}

/** A folder to look at: itself (`folder`), or with everything below it (`tree`). */
export interface DueFolder {
  readonly folder: SourcePath;
  readonly kind: 'folder' | 'tree';
}

/**
 * What waits to become quiet. All times are milliseconds of one clock; a clock that is set back delays
 * nothing.
 */
export interface Settler {
  hint(folder: SourcePath, kind: 'folder' | 'tree', nowMs: number): void;
  /** Events were dropped: everything has to be looked at. */
  lost(nowMs: number): void;
  /** Takes out the folders that are due, in the order in which they were first heard of. */
  due(nowMs: number): DueFolder[];
  /** When `due` will next have something; `undefined` while nothing waits. */
  nextDueAt(): number | undefined;
  readonly waiting: number;
}

interface Waiting {
  kind: 'folder' | 'tree';
  firstAt: number;
  lastAt: number;
}

export function createSettler(options: SettlerOptions): Settler {
  const { quietMs, longestMs, mostFolders = 2000 } = options;
  const waiting = new Map<SourcePath, Waiting>();
  let latestMs = Number.NEGATIVE_INFINITY;

  const dueAt = (entry: Waiting): number => Math.min(entry.lastAt + quietMs, entry.firstAt + longestMs);

  function hint(folder: SourcePath, kind: 'folder' | 'tree', nowMs: number): void {
    followClock(nowMs);
    const tree = treeAbove(folder, waiting);
    if (tree) {
      tree.lastAt = nowMs;
      return;
    }
    const known = waiting.get(folder);
    if (known) known.lastAt = nowMs;
    else waiting.set(folder, { kind, firstAt: nowMs, lastAt: nowMs });
    if (kind === 'tree') swallow(folder);
    if (waiting.size > mostFolders) hint('', 'tree', nowMs);
  }

  /** The folders below a tree are looked at with it, and have waited as long as the first of them. */
  function swallow(folder: SourcePath): void {
    const tree = waiting.get(folder);
    if (!tree) return;
    tree.kind = 'tree';
    for (const [below, entry] of waiting) {
      if (below === folder || !isInside(folder, below)) continue;
      tree.firstAt = Math.min(tree.firstAt, entry.firstAt);
      waiting.delete(below);
    }
  }

  /** Keeps how long everything has waited when the wall clock is set back. */
  function followClock(nowMs: number): void {
    const backMs = latestMs - nowMs;
    latestMs = nowMs;
    if (!(backMs > 0) || !Number.isFinite(backMs)) return;
    for (const entry of waiting.values()) {
      entry.firstAt -= backMs;
      entry.lastAt -= backMs;
    }
  }

  return {
    hint,
    lost: (nowMs) => hint('', 'tree', nowMs),
    due(nowMs) {
      followClock(nowMs);
      const found: DueFolder[] = [];
      for (const [folder, entry] of waiting) {
        if (dueAt(entry) > nowMs) continue;
        found.push({ folder, kind: entry.kind });
        waiting.delete(folder);
      }
      return found;
    },
    nextDueAt() {
      let next: number | undefined;
      for (const entry of waiting.values()) next = Math.min(next ?? Number.POSITIVE_INFINITY, dueAt(entry));
      return next;
    },
    get waiting() {
      return waiting.size;
    },
  };
}

/** The waiting tree that `folder` lies in, itself included. */
function treeAbove(folder: SourcePath, waiting: ReadonlyMap<SourcePath, Waiting>): Waiting | undefined {
  for (let at = folder; ; at = splitPath(at).folder) {
    const entry = waiting.get(at);
    if (entry?.kind === 'tree') return entry;
    if (at === '') return undefined;
  }
}
