/** Files that can be read only in part, and files that are filled where something could be read. */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { errnoOf } from '../base/errors.js';
import type { FsPath } from './native.js';

/** A file on a medium that fails. */
export interface FailingFile {
  readonly bytes: number;
  readonly modifiedUs: number;
  /**
   * Reads into `into` what lies from `from` on; resolves with how many bytes came, fewer before a place that
   * cannot be read and at the end, 0 past it. Throws what the system says.
   */
  readonly read: (into: Uint8Array, from: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Opens a file for reading, following no link and leaving its times alone. Throws what the system says. */
export async function openFailing(path: FsPath): Promise<FailingFile> {
  const file = await openQuietly(path);
  try {
    const { size, mtimeNs } = await file.stat({ bigint: true });
    return {
      bytes: Number(size),
      modifiedUs: Number(mtimeNs / 1000n),
      read: async (into, from) => (await file.read(into, 0, into.length, from)).bytesRead,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Only who owns a file may ask that its time of access stays; other systems know no such wish. */
async function openQuietly(path: FsPath): Promise<fs.FileHandle> {
  const plain = constants.O_RDONLY | constants.O_NOFOLLOW;
  try {
    return await fs.open(path, plain | constants.O_NOATIME);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    return await fs.open(path, plain);
  }
}

/** A new file of a length that is known, filled in any order: what nobody writes is zeros. */
export interface PatchedFile {
  /** Throws what the system says, as `end` does. */
  readonly write: (bytes: Uint8Array, at: number) => Promise<void>;
  /** Gives it its time, flushes and closes it. */
  readonly end: (modifiedUs: number) => Promise<void>;
  /** Removes it, ended or not. Never throws. */
  readonly discard: () => Promise<void>;
}

/** Makes a file that is not there yet. Throws what the system says, and leaves nothing then. */
export async function createPatched(path: FsPath, bytes: number): Promise<PatchedFile> {
  const file = await fs.open(path, 'wx', 0o644);
  const discard = async (): Promise<void> => {
    await file.close().catch(() => undefined);
    await fs.unlink(path).catch(() => undefined);
  };
  try {
    await file.truncate(bytes);
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    async write(piece, at) {
      for (let done = 0; done < piece.length;)
        done += (await file.write(piece, done, piece.length - done, at + done)).bytesWritten;
    },
    async end(modifiedUs) {
      const seconds = modifiedUs / 1e6;
      // A time that the volume cannot hold costs no byte.
      await file.utimes(seconds, seconds).catch(() => undefined);
      await file.sync();
      await file.close();
    },
    discard,
  };
}
