/** The watches on sources and what they heard: hints wait here until their folder is quiet. */
import type { SourceSetting } from '../base/settings.js';
import type { Clock } from '../base/time.js';
import type { WatchHandle, WatchHint } from '../platform/native.js';
import { createSettler } from '../rules/settle.js';
import type { DueFolder, Settler } from '../rules/settle.js';

export type WatchFolder = (root: string, onHint: (hint: WatchHint) => void) => Promise<WatchHandle>;

interface Watched {
  readonly settler: Settler;
  /** `undefined` while the watch is being set up, and where it could not be. */
  handle: WatchHandle | undefined;
  /** When it began to be set up; `undefined` when that is done, well or not. */
  begunAt: number | undefined;
  failed: boolean;
  closed: boolean;
}

export interface WatchingOptions {
  readonly watchFolder: WatchFolder;
  readonly clock: Clock;
  readonly quietMs: () => number;
  /** Told when a source cannot be watched at all; it is then looked at by the clock alone. */
  readonly onFailure: (source: SourceSetting, error: unknown) => void;
  /** Told when every folder of a source is watched, or found unwatchable. */
  readonly onReady: (source: SourceSetting, handle: WatchHandle) => void;
}

/** A folder that is written to without a pause is looked at every so often all the same. */
const longestWaitQuiets = 30;

/** A watch that takes longer to set up, as on a network share that hangs, is not waited for. */
const longestSetUpMs = 20_000;

export class Watching {
  readonly #options: WatchingOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /** Begins to watch; a watch that the source had is ended first. */
  start(source: SourceSetting): void {
    this.stop(source.id);
    const quietMs = this.#options.quietMs();
    const settler = createSettler({ quietMs, longestMs: quietMs * longestWaitQuiets });
    const begunAt = this.#options.clock.now();
    const watched: Watched = { settler, handle: undefined, begunAt, failed: false, closed: false };
    this.#watched.set(source.id, watched);
    this.#options
      .watchFolder(source.root, (hint) => this.#hear(settler, hint))
      .then(
        (handle) => {
          watched.begunAt = undefined;
          if (watched.closed) return handle.close();
          watched.handle = handle;
          this.#options.onReady(source, handle);
        },
        (error: unknown) => {
          watched.begunAt = undefined;
          watched.failed = true;
          if (!watched.closed) this.#options.onFailure(source, error);
        },
      );
  }

  #hear(settler: Settler, hint: WatchHint): void {
    const now = this.#options.clock.now();
    switch (hint.kind) {
      case 'folder':
      case 'tree':
        return settler.hint(hint.folder, hint.kind, now);
      case 'lost':
        return settler.lost(now);
      case 'gone':
        // The next look at the sources tells, and ends the watch.
        return;
      default:
        hint.kind satisfies never;
    }
  }

  stop(sourceId: string): void {
    const watched = this.#watched.get(sourceId);
    if (!watched) return;
    watched.closed = true;
    watched.handle?.close();
    this.#watched.delete(sourceId);
  }

  stopAll(): void {
    for (const id of [...this.#watched.keys()]) this.stop(id);
  }

  /** Whether a pass that begins now misses nothing: what changes behind its back is heard. */
  isReady(nowMs: number): boolean {
    for (const { begunAt } of this.#watched.values()) {
      if (begunAt !== undefined && Math.abs(nowMs - begunAt) < longestSetUpMs) return false;
    }
    return true;
  }

  /** Folders that have become quiet, by source id; each is told once. */
  due(nowMs: number): Map<string, DueFolder[]> {
    const found = new Map<string, DueFolder[]>();
    for (const [id, { settler }] of this.#watched) {
      const folders = settler.waiting > 0 ? settler.due(nowMs) : [];
      if (folders.length > 0) found.set(id, folders);
    }
    return found;
  }

  /** When the first of the waiting folders is due, ms; `undefined` while nothing waits. */
  nextDueAt(): number | undefined {
    let next: number | undefined;
    for (const { settler } of this.#watched.values()) {
      const due = settler.waiting > 0 ? settler.nextDueAt() : undefined;
      if (due !== undefined) next = Math.min(next ?? due, due);
    }
    return next;
  }

  /** How many folders are watched, and how many are not because the system's limit is reached. */
  counts(): { watchedFolders: number; unwatchedFolders: number } {
    const counts = { watchedFolders: 0, unwatchedFolders: 0 };
    for (const { handle, failed } of this.#watched.values()) {
      counts.watchedFolders += handle?.watchedFolders ?? 0;
      counts.unwatchedFolders += handle?.unwatchedFolders ?? (failed ? 1 : 0);
    }
    return counts;
  }
}
