/** The addon's shape in TypeScript: what `native/` promises, checked and defaulted here before C++ is called. */
import type { ContentHash, Evidence, FolderListing } from '../base/types.js';
import type { SourcePath } from '../base/paths.js';

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
   * New files to write, on any volumes, under temporary names of the caller's: created exclusively, removed again
   * on error or abort. None: hash only.
   */
  readonly targets: readonly FsPath[];
}

export interface TransferOptions {
  /** Flush each written file by itself, or all files of a volume at once. The default is by size and file system. */
  readonly flush?: 'each' | 'together' | 'auto';
  /** Read every written file back from the medium and compare. Default true. */
  readonly readBack?: boolean;
  /** Read the source past the cache (a proof of what the medium holds), or as is cheapest. Default 'cheapest'. */
  readonly read?: 'medium' | 'cheapest';
  /** Stops within a tenth of a second; the promise rejects with code `ABORT_ERR` and no target is left behind. */
  readonly signal?: AbortSignal;
  /** Called at most ten times a second with bytes read from sources so far and items done. */
  readonly onProgress?: (bytes: number, items: number) => void;
}

export interface TargetResult {
  /** Set where this target failed; it is removed, and the other targets are not concerned. */
  readonly error?: SystemError;
  /** True when the bytes read back hash to the same value. False without error: the medium lied; file removed. */
  readonly matches: boolean;
  /** Whether the read-back truly came from the medium. */
  readonly cacheBypassed: boolean;
}

/** `error` set: nothing was kept of this item. Else the content is exactly one state of the file. */
export interface TransferResult {
  readonly error?: SystemError;
  /** The file's size, time, or identity changed while it was read: no target is left. */
  readonly changed: boolean;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash;
  readonly mode: number;
  /** `user.*` and Finder attributes, at most 4 KiB together; name to base64. Absent when there are none. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Whether the source was read past the cache. */
  readonly cacheBypassed: boolean;
  readonly targets: readonly TargetResult[];
}

/**
 * One change of names on one volume. Every step is tried; the results tell which failed. None ever replaces an
 * existing file: `rename` and `link` fail with `EEXIST`.
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
  /** Folders that could not be read, as they are met; the walk goes on. */
  readonly onError?: (folder: SourcePath, error: SystemError) => void;
}

export interface VolumeFacts {
  /** st_dev as a decimal string. */
  readonly device: string;
  /** `ext4`, `xfs`, `fuseblk`, `exfat`, ... as mountinfo or statfs names it; `unknown` where it cannot be told. */
  readonly fileSystem: string;
  readonly mountPoint: string;
  /** The file system's UUID, where udev, the superblock or the OS tells it. */
  readonly uuid?: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles?: number;
  readonly readOnly: boolean;
}

/** A hint that something changed. `tree`: everything below the folder may have; `lost`: events were dropped. */
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

export interface Hasher {
  update(bytes: Uint8Array): this;
  /** 64 hex digits; the hasher can go on afterwards. */
  digest(): ContentHash;
  /** The first `bytes` bytes of the extendable output. */
  digestBytes(bytes: number): Buffer;
}

export interface FileLock {
  release(): void;
}

export interface Native {
  transfer(items: readonly TransferItem[], options?: TransferOptions): Promise<TransferResult[]>;
  arrange(steps: readonly Step[]): Promise<(SystemError | null)[]>;
  /** Yields every folder below, parents before children, entries in inode order. Links are never followed. */
  walk(root: FsPath, options?: WalkOptions): AsyncIterable<FolderListing>;
  flushVolume(path: FsPath): Promise<void>;
  volumeOf(path: FsPath): Promise<VolumeFacts>;
  createHasher(): Hasher;
  /** BLAKE3 of bytes in memory: 64 hex digits. */
  hash(bytes: Uint8Array): ContentHash;
  /** An exclusive lock that dies with the process; `undefined` when another holds it. */
  lockFile(path: FsPath): FileLock | undefined;
  /** Watches a folder and everything below it; returns when every folder is watched or found unwatchable. */
  watch(root: FsPath, onHint: (hint: WatchHint) => void): Promise<WatchHandle>;
}
