/** The addon as it is loaded: its raw functions, told to nobody but the files beside this one. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FsPath } from './native.js';

/** A failed system call as the addon tells it. */
export interface RawFailure {
  readonly errno: number;
  readonly syscall: string;
  readonly path: string;
}

export interface RawTarget {
  readonly error?: RawFailure;
  readonly matches: boolean;
  readonly cacheBypassed: boolean;
}

export interface RawResult {
  readonly error?: RawFailure;
  readonly changed: boolean;
  readonly bytes: number;
  readonly modifiedUs: number;
  /** Hex; empty where it is not known. */
  readonly b3: string;
  readonly xxh64?: bigint;
  readonly sha512?: Buffer;
  readonly mode: number;
  readonly xattrs?: Readonly<Record<string, Buffer>>;
  readonly cacheBypassed: boolean;
  readonly targets: readonly RawTarget[];
}

/** Folders of a walk, without what is in them. */
export interface RawBatch {
  readonly folders: readonly string[];
  /** Why a folder could not be read, by its place. */
  readonly errors: Readonly<Record<number, RawFailure>>;
  /** How many files and links each has. */
  readonly files: Uint32Array;
  /** 16 bytes each; worth nothing where `marked` is 0. */
  readonly marks: Buffer;
  readonly marked: Uint8Array;
}

export interface RawEntries {
  readonly names: readonly string[];
  /** Where links point, by the place of the entry. */
  readonly targets: Readonly<Record<number, string>>;
  /** Six for each entry: kind, bytes, time, inode (upper and lower half), place of its device. */
  readonly numbers: Float64Array;
  readonly devices: readonly string[];
}

export interface RawWalk {
  /** `undefined`: none yet. `null`: the walk has ended and everything was taken. Ends the batch before. */
  take(): RawBatch | null | undefined;
  /** What is in a folder of the batch taken last. */
  entries(place: number): RawEntries;
  stop(): void;
}

export interface RawVolume {
  readonly device: string;
  readonly mount: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles: number;
  readonly totalFiles: number;
  readonly readOnly: boolean;
  /** These three are empty on Linux, where mountinfo and the superblock tell. */
  readonly fileSystem: string;
  readonly mountPoint: string;
  readonly uuid: string;
}

export interface RawHasher {
  update(bytes: Uint8Array): this;
  digest(bytes: number): Buffer;
  /** Another kernel than the best one, for comparing; false when this machine has none of that name. */
  use(kernel: string): boolean;
}

export interface RawChecksum {
  update(bytes: Uint8Array): this;
  digest(): bigint;
}

type Done<Value> = (failure: RawFailure | null, value: Value) => void;

export interface RawWatch {
  stop(): void;
  /** Folders watched, and those that could not be. */
  counts(): [number, number];
}

export interface Addon {
  /** `done` gets `null` for results when the transfer was stopped. */
  transfer(
    items: readonly unknown[],
    options: {
      readonly readBack: boolean;
      readonly medium: boolean;
      readonly xxh64: boolean;
      readonly sha512: boolean;
      readonly bytesPerSecond: number;
    },
    onProgress: ((bytes: number, items: number) => void) | undefined,
    done: Done<readonly RawResult[] | null>,
  ): () => void;
  arrange(steps: readonly unknown[], done: Done<readonly (RawFailure | null)[]>): void;
  flushVolume(path: FsPath, done: Done<RawVolume>): void;
  volumeNumbers(path: FsPath, done: Done<RawVolume>): void;
  walk(
    root: FsPath,
    folder: FsPath,
    recursive: boolean,
    threads: number,
    onListings: () => void,
    done: (failure: RawFailure | null) => void,
  ): RawWalk;
  /** 64 hex digits. */
  hash(bytes: Uint8Array): string;
  readonly Hasher: new (mode?: 'keyed' | 'derive', with_?: Uint8Array) => RawHasher;
  readonly Xxh64: new () => RawChecksum;
  kernelNames(): readonly string[];
  /** Stops everything that was begun here, and waits until it has ended. */
  stopAll(): void;
  lock(path: FsPath): (() => void) | RawFailure | null;
  /** Linux only. Hints come as `[kind, folder]` pairs, flat. */
  watch?(
    root: FsPath,
    onHints: (hints: readonly string[]) => void,
    ready: (failure: RawFailure | null) => void,
  ): RawWatch;
}

let loaded: Addon | undefined;

/** The addon; loaded at the first call. Throws an `Error` that names the remedy when it was never built. */
export function addon(): Addon {
  if (!loaded) {
    const fresh = createRequire(import.meta.url)(addonFile()) as Addon;
    // Whoever exits in the middle of a transfer still gets its half-written files removed.
    process.once('exit', () => {
      fresh.stopAll();
    });
    loaded = fresh;
  }
  return loaded;
}

/** `build/Release/glassine.node` of the package this file belongs to, wherever it was compiled to. */
function addonFile(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'build', 'Release', 'glassine.node');
    if (existsSync(file)) return file;
    const above = dirname(folder);
    if (above === folder || existsSync(join(folder, 'package.json'))) {
      throw new Error(`${file} is missing: run "npm run install" in ${folder} to build it`);
    }
    folder = above;
  }
}
