/**
 * Single entries of folders that are not ours, named by text or bytes. No link is followed, nothing is
 * replaced.
 */
import { constants, type BigIntStats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { EntryKind } from '../base/types.js';
import { isAbsent } from './files.js';
import type { FsPath } from './native.js';

/** What lies at a path. Times in nanoseconds since 1970 UTC, as exact as the file system tells them. */
export interface EntryFacts {
  readonly kind: EntryKind;
  readonly bytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly inode: bigint;
  readonly device: bigint;
  /** Permission bits. */
  readonly mode: number;
}

/** What lies at a path, itself and not what it points to; `undefined` where nothing does. */
export async function entryAt(path: FsPath): Promise<EntryFacts | undefined> {
  try {
    const stat = await fs.lstat(path, { bigint: true });
    return {
      kind: kindOf(stat),
      bytes: Number(stat.size),
      modifiedNs: stat.mtimeNs,
      changedNs: stat.ctimeNs,
      inode: stat.ino,
      device: stat.dev,
      mode: Number(stat.mode) & 0o7777,
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function kindOf(stat: BigIntStats): EntryKind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  return stat.isSymbolicLink() ? 'link' : 'special';
}

/** Up to `length` bytes of a file from `offset`; fewer at its end. */
export async function readRange(path: FsPath, offset: number, length: number): Promise<Buffer> {
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Where a link points: its bytes. */
export function readLink(path: FsPath): Promise<Buffer> {
  return fs.readlink(path, { encoding: 'buffer' });
}

/**
 * Copies to a new file what a file, which may be growing, holds right now. For scratch folders: nothing is
 * flushed.
 */
export function copyAsFound(from: FsPath, to: FsPath): Promise<void> {
  return fs.copyFile(from, to, constants.COPYFILE_EXCL);
}

/** Cuts a file of our own to `length` bytes. */
export function cutFile(path: FsPath, length: number): Promise<void> {
  return fs.truncate(path, length);
}

/** Makes a new folder of our own whose name begins as `prefix` does; its path. */
export function makeFreshFolder(prefix: string): Promise<string> {
  return fs.mkdtemp(prefix);
}
