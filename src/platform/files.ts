/**
 * Files of this computer for the floors above: small wrappers around `fs`, with atomic writing in one place.
 */
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../base/errors.js';

/**
 * What one `stat` tells. `identity` is another when another thing is at the path; `mark` changes whenever the
 * content does.
 */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly mode: number;
  /** The user's number; 0 on Windows. */
  readonly owner: number;
  readonly identity: string;
  readonly mark: string;
}

/** Whether an error only says that the thing is not there. */
export function isAbsent(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The text of a file, `undefined` when it is not there. Throws what the system says otherwise. */
export function readText(path: string): Promise<string | undefined> {
  return unlessAbsent(fs.readFile(path, 'utf8'));
}

/** The bytes of a file, `undefined` when it is not there. Throws what the system says otherwise. */
export function readBytes(path: string | Buffer): Promise<Buffer | undefined> {
  return unlessAbsent(fs.readFile(path));
}

/** What is at a path; `undefined` when nothing is. Links are followed unless told otherwise. */
export async function factsOf(path: string, follow = true): Promise<FileFacts | undefined> {
  const stat = await unlessAbsent((follow ? fs.stat : fs.lstat)(path, { bigint: true }));
  if (!stat) return undefined;
  return {
    kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other',
    bytes: Number(stat.size),
    modifiedMs: Number(stat.mtimeMs),
    mode: Number(stat.mode) & 0o7777,
    owner: Number(stat.uid),
    identity: `${stat.dev}:${stat.ino}`,
    mark: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`,
  };
}

/** The path without links in it; `undefined` when nothing is there. */
export function realPath(path: string): Promise<string | undefined> {
  return unlessAbsent(fs.realpath(path));
}

/** The names in a folder, sorted; none when it is not there. */
export async function namesIn(folder: string | Buffer): Promise<string[]> {
  return ((await unlessAbsent(fs.readdir(folder))) ?? []).sort();
}

/** Makes a folder and its parents. Where it is new, only its owner may enter it when `onlyOwner` is set. */
export async function makeFolder(path: string, options: { onlyOwner?: boolean } = {}): Promise<void> {
  await fs.mkdir(path, { recursive: true, ...(options.onlyOwner ? { mode: 0o700 } : {}) });
}

/** Takes from everybody but the owner what they may do with a file or folder. */
export function keepToOwner(path: string, mode: number): Promise<void> {
  return fs.chmod(path, mode);
}

/** Renames; replaces an existing file. */
export function renameFile(from: string | Buffer, to: string | Buffer): Promise<void> {
  return fs.rename(from, to);
}

/** Removes a file; nothing happens when it is not there. */
export async function removeFile(path: string): Promise<void> {
  await unlessAbsent(fs.unlink(path));
}

/** Removes a folder with nothing in it; any other stays as it is. */
export async function removeEmptyFolder(path: string): Promise<void> {
  await fs.rmdir(path).catch(() => undefined);
}

/** Removes a folder of our own with everything in it. */
export function removeTree(path: string): Promise<void> {
  return fs.rm(path, { recursive: true, force: true });
}

/** Flushes a folder, so that renames in it last; where a system cannot, that is no error. */
export async function flushFolder(path: string): Promise<void> {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(path, 'r');
    await handle.sync();
  } catch (error) {
    // Windows opens no folders, and some network and FUSE volumes flush none.
    const tolerated = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS'];
    if (!tolerated.includes(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Writes a small text file so that its path always shows the old text or the new one, whole, also after a
 * crash. A link at the path stays a link. Default mode 0600.
 */
export async function writeTextAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  const target = (await realPath(path)) ?? path;
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
  try {
    const handle = await fs.open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await flushFolder(dirname(target));
}

/** How much text is gathered before it is written. */
const pieceLetters = 256 * 1024;

/**
 * Writes a new file piece by piece, flushes it, and resolves with the SHA-512 of it in hex. What was half
 * written is removed again. Throws `EEXIST` where something is.
 */
export async function writeFlushed(path: string, pieces: Iterable<string>, mode = 0o644): Promise<string> {
  const hash = createHash('sha512');
  const handle = await fs.open(path, 'wx', mode);
  try {
    let text = '';
    const write = async (): Promise<void> => {
      const bytes = Buffer.from(text);
      text = '';
      hash.update(bytes);
      await handle.writeFile(bytes);
    };
    for (const piece of pieces) {
      text += piece;
      if (text.length >= pieceLetters) await write();
    }
    await write();
    await handle.sync();
  } catch (error) {
    await fs.unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/**
 * Writes a file whole, in place of what it held: for pictures of the demo and scratch, where a crash costs
 * nothing.
 */
export function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  return fs.writeFile(path, bytes);
}
