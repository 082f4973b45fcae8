/**
 * The addon's shape in TypeScript: what `native/` promises, checked and defaulted here before C++ is called.
 */
import assert from 'node:assert';
import type { ContentHash, Evidence, FolderListing, ListingMark } from '../base/types.js';
import type { SourcePath } from '../base/paths.js';
import {
  NativeHasher,
  NativeXxh64,
  xxh64Digits,
  type Checksum,
  type Hasher,
  type HasherMode,
} from './hashing.js';
import { addon, type Addon, type RawResult } from './native-addon.js';
import { abortError, systemError } from './system-errors.js';
import { volumeFacts } from './volumes.js';
import { walkFolders } from './walking.js';
import { watchFolder } from './watch.js';

export type { Checksum, Hasher, HasherMode } from './hashing.js';

/** A path as `fs` takes it: text, or bytes where the name is not UTF-8. May be longer than PATH_MAX. */
export type FsPath = string | Buffer;

/** An error of the machine, in Node's shape. */
export interface SystemError {
  readonly code: string;
  readonly syscall: string;
  readonly path: string;
  readonly message: string;
}

export interface TransferItem {
  /** A plain file. Opened without following a link at its last name, never for writing. */
  readonly source: FsPath;
  /**
   * New files to write, on any volumes, under temporary names of the caller's: created exclusively, removed
   * again on error or abort. None: hash only.
   */
  readonly targets: readonly FsPath[];
  /**
   * About how large the source is, where that is known: small files are copied several at a time. It is only
   * a hint.
   */
  readonly bytes?: number;
}

export interface TransferOptions {
  /** Read every written file back from the medium and compare. Default true. */
  readonly readBack?: boolean;
  /**
   * Read the source past the cache (a proof of what the medium holds), or as is cheapest. Default 'cheapest'.
   */
  readonly read?: 'medium' | 'cheapest';
  /** Tell XXH64 of each source, too: in the same pass, for receipts that other programs read. */
  readonly xxh64?: boolean;
  /** Tell SHA-512 of each source, too, in the same pass: what C4 identifiers are made of. */
  readonly sha512?: boolean;
  /** How fast the sources are read at most, all together; 0, the default, is as fast as it goes. */
  readonly bytesPerSecond?: number;
  /**
   * Stops within a tenth of a second; the promise rejects with code `ABORT_ERR` and no target is left behind.
   */
  readonly signal?: AbortSignal;
  /** Called at most ten times a second with bytes read from sources so far and items done. */
  readonly onProgress?: (bytes: number, items: number) => void;
}

export interface TargetResult {
  /** Set where this target failed; it is removed, and the other targets are not concerned. */
  readonly error?: SystemError;
  /**
   * True when the bytes read back hash to the same value. False without error: the medium lied; file removed.
   */
  readonly matches: boolean;
  /** Whether the read-back truly came from the medium. */
  readonly cacheBypassed: boolean;
}

/**
 * `error` set: the source could not be read, nothing was kept of this item. Else, and unless `changed`, the
 * content is exactly one state of the file. When every target failed, the reading stopped there and `b3` is
 * empty.
 */
export interface TransferResult {
  readonly error?: SystemError;
  /** The file's size, time, or identity changed while it was read: no target is left. */
  readonly changed: boolean;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash;
  /** 16 hex digits, where it was asked for and `b3` is known. */
  readonly xxh64?: string;
  /** 128 hex digits, where it was asked for. */
  readonly sha512?: string;
  readonly mode: number;
  /** `user.*` and Finder attributes, at most 4 KiB together; name to base64. Absent when there are none. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Whether the source was read past the cache. */
  readonly cacheBypassed: boolean;
  readonly targets: readonly TargetResult[];
}

/**
 * One change of names on one volume. Every step is tried; the results tell which failed. None ever replaces
 * an existing file: `rename` and `link` fail with `EEXIST`.
 */
export type Step =
  | { readonly do: 'folder'; readonly path: FsPath }
  | { readonly do: 'rename'; readonly from: FsPath; readonly to: FsPath }
  | { readonly do: 'link'; readonly path: FsPath; readonly target: FsPath }
  | { readonly do: 'remove'; readonly path: FsPath }
  | { readonly do: 'removeFolder'; readonly path: FsPath }
  | { readonly do: 'flushFolder'; readonly path: FsPath }
  | {
      readonly do: 'attributes';
      readonly path: FsPath;
      readonly modifiedUs?: number;
      readonly mode?: number;
      readonly xattrs?: Readonly<Record<string, string>>;
    };

export interface WalkOptions {
  /** Where to begin, inside the root. Default the root itself. */
  readonly folder?: SourcePath;
  /** Default true. */
  readonly recursive?: boolean;
  readonly signal?: AbortSignal;
  /**
   * Folders that could not be read, as they are met, the first one too; the walk goes on. Without it the walk
   * throws. A single entry that cannot be looked at is listed as what its folder says it is, with no size,
   * time or device.
   */
  readonly onError?: (folder: SourcePath, error: SystemError) => void;
  /**
   * Leaves out the folders whose listings are known already: asked for many at once, answers `true` for each
   * of those. What is in them is never made into objects; the walk goes on below them all the same.
   */
  readonly areKnown?: (folders: readonly MarkedFolder[]) => readonly boolean[];
  /** How many folders are read at once: 2, which one disk head may not thank. */
  readonly threads?: number;
}

/** A folder of a walk before anybody asked what is in it. */
export interface MarkedFolder {
  readonly folder: SourcePath;
  readonly mark: ListingMark;
  /** How many files and links are in it. */
  readonly files: number;
}

export interface VolumeFacts {
  /** st_dev as a decimal string. */
  readonly device: string;
  /**
   * `ext4`, `xfs`, `fuseblk`, `exfat`, ... as mountinfo or statfs names it; `unknown` where it cannot be
   * told.
   */
  readonly fileSystem: string;
  readonly mountPoint: string;
  /** The file system's UUID, where udev, the superblock or the OS tells it. */
  readonly uuid?: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles?: number;
  readonly readOnly: boolean;
}

/**
 * A hint that something changed. `tree`: everything below the folder may have; `lost`: events were dropped.
 */
export interface WatchHint {
  readonly kind: 'folder' | 'tree' | 'lost' | 'gone';
  readonly folder: SourcePath;
}

export interface WatchHandle {
  close(): void;
  /** Folders watched, and folders that could not be because the system's limit is reached. */
  readonly watchedFolders: number;
  readonly unwatchedFolders: number;
}

/** Evidence for a target that matches. */
export function evidenceOf(target: TargetResult): Evidence {
  return target.cacheBypassed ? 'proven' : 'written';
}

export interface FileLock {
  release(): void;
}

export interface Native {
  transfer(items: readonly TransferItem[], options?: TransferOptions): Promise<TransferResult[]>;
  arrange(steps: readonly Step[]): Promise<(SystemError | null)[]>;
  /**
   * Yields every folder below, parents before children, entries in inode order. Links are never followed.
   */
  walk(root: FsPath, options?: WalkOptions): AsyncIterable<FolderListing>;
  flushVolume(path: FsPath): Promise<void>;
  volumeOf(path: FsPath): Promise<VolumeFacts>;
  /** BLAKE3 of bytes that come in pieces. */
  createHasher(mode?: HasherMode): Hasher;
  createXxh64(): Checksum;
  /** BLAKE3 of bytes in memory: 64 hex digits. */
  hash(bytes: Uint8Array): ContentHash;
  /** An exclusive lock that dies with the process; `undefined` when another holds it. */
  lockFile(path: FsPath): FileLock | undefined;
  /** Watches a folder and everything below it; returns when every folder is watched or found unwatchable. */
  watch(root: FsPath, onHint: (hint: WatchHint) => void): Promise<WatchHandle>;
}

/** Locks that are held: a lock must not go because nobody looks at its handle any more. */
const heldLocks = new Set<() => void>();

export const native: Native = {
  transfer,

  arrange(steps) {
    const raw = steps.map(checkedStep);
    return new Promise((resolve, reject) => {
      addon().arrange(raw, (failure, results) => {
        if (failure) reject(systemError(failure));
        else resolve(results.map((each) => each && systemError(each)));
      });
    });
  },

  walk(root, options) {
    checkPath(root);
    return walkFolders(root, options);
  },

  flushVolume(path) {
    checkPath(path);
    return new Promise((resolve, reject) => {
      addon().flushVolume(path, (failure) => {
        if (failure) reject(systemError(failure));
        else resolve();
      });
    });
  },

  volumeOf(path) {
    checkPath(path);
    return volumeFacts(path);
  },

  createHasher(mode) {
    return new NativeHasher(mode);
  },

  createXxh64() {
    return new NativeXxh64();
  },

  hash(bytes) {
    assert(bytes instanceof Uint8Array);
    return addon().hash(bytes);
  },

  lockFile(path) {
    checkPath(path);
    const held = addon().lock(path);
    if (held === null) return undefined;
    if (typeof held !== 'function') throw systemError(held);
    heldLocks.add(held);
    return {
      release() {
        heldLocks.delete(held);
        held();
      },
    };
  },

  watch(root, onHint) {
    checkPath(root);
    return watchFolder(root, onHint);
  },
};

function checkPath(path: FsPath): FsPath {
  const isBytes = path instanceof Uint8Array;
  assert(isBytes || typeof path === 'string', 'a path is text or bytes');
  assert(
    path.length > 0 && (isBytes ? !path.includes(0) : !path.includes('\0')),
    'a path has no NUL and is not empty',
  );
  return path;
}

async function transfer(
  items: readonly TransferItem[],
  options: TransferOptions = {},
): Promise<TransferResult[]> {
  const {
    readBack = true,
    read = 'cheapest',
    xxh64 = false,
    sha512 = false,
    bytesPerSecond = 0,
    signal,
    onProgress,
  } = options;
  assert(Number.isSafeInteger(bytesPerSecond) && bytesPerSecond >= 0, 'a rate is whole and not below 0');
  for (const { source, targets } of items) {
    checkPath(source);
    targets.forEach(checkPath);
  }
  if (signal?.aborted) throw abortError(signal);
  let stop: (() => void) | undefined;
  let thrown: Error | undefined;
  const report = (bytes: number, done: number): void => {
    try {
      if (thrown === undefined) onProgress?.(bytes, done);
    } catch (error) {
      // What a listener throws ends the transfer, like any other stop, and reaches whoever began it.
      thrown = error instanceof Error ? error : new Error(String(error));
      stop?.();
    }
  };
  try {
    return await new Promise((resolve, reject) => {
      const told = onProgress && report;
      const done: Parameters<Addon['transfer']>[3] = (failure, results) => {
        if (thrown !== undefined) reject(thrown);
        else if (failure) reject(systemError(failure));
        else if (results) resolve(results.map(transferResult));
        else reject(abortError(signal));
      };
      const raw = { readBack, medium: read === 'medium', xxh64, sha512, bytesPerSecond };
      stop = addon().transfer(items, raw, told, done);
      signal?.addEventListener('abort', stop, { once: true });
    });
  } finally {
    if (stop) signal?.removeEventListener('abort', stop);
  }
}

function transferResult(raw: RawResult): TransferResult {
  const { error, xattrs, xxh64, sha512, targets, ...rest } = raw;
  return {
    ...rest,
    ...(xxh64 !== undefined && { xxh64: xxh64Digits(xxh64) }),
    ...(sha512 && { sha512: sha512.toString('hex') }),
    ...(error && { error: systemError(error) }),
    ...(xattrs && {
      xattrs: Object.fromEntries(
        Object.entries(xattrs).map(([name, value]) => [name, value.toString('base64')]),
      ),
    }),
    targets: targets.map(({ error: failure, ...each }) =>
      failure ? { error: systemError(failure), ...each } : each,
    ),
  };
}

function checkedStep(step: Step): unknown {
  switch (step.do) {
    case 'folder':
    case 'remove':
    case 'removeFolder':
    case 'flushFolder':
      checkPath(step.path);
      return step;
    case 'rename':
      checkPath(step.from);
      checkPath(step.to);
      return step;
    case 'link':
      checkPath(step.path);
      checkPath(step.target);
      return step;
    case 'attributes': {
      const { path, modifiedUs, mode, xattrs = {} } = step;
      const values = Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
      return {
        do: step.do,
        path: checkPath(path),
        modifiedNs: modifiedUs === undefined ? undefined : BigInt(modifiedUs) * 1000n,
        mode,
        xattrs: Object.fromEntries(values) as Record<string, Buffer>,
      };
    }
    default:
      return step satisfies never;
  }
}
