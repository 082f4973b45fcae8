/** One at a time per home: the lock that whoever writes holds, and who that is. It dies with its process. */
import { problem } from '../base/errors.js';
import type { GlassineError } from '../base/errors.js';
import { readText, removeFile, writeTextAtomically } from '../platform/files.js';
import type { Native } from '../platform/native.js';

export interface HomeLock {
  release(): Promise<void>;
}

interface LockFiles {
  readonly lockFile: string;
  readonly holderFile: string;
}

/** Who holds a home: a process, and the verb it runs. */
export interface Holder {
  readonly pid: number;
  readonly verb: string;
}

/**
 * Takes the lock, `undefined` when another holds it. `verb` is what the holder is doing, for the one who
 * waits.
 */
export async function takeHomeLock(
  native: Pick<Native, 'lockFile'>,
  files: LockFiles,
  verb: string,
): Promise<HomeLock | undefined> {
  const lock = native.lockFile(files.lockFile);
  if (!lock) return undefined;
  const holder: Holder = { pid: process.pid, verb };
  // Only told to people: the lock itself is what counts, so a disk too full for this file stops nothing.
  await writeTextAtomically(files.holderFile, JSON.stringify(holder)).catch(() => undefined);
  return {
    async release() {
      await removeFile(files.holderFile).catch(() => undefined);
      lock.release();
    },
  };
}

/** The error for somebody who finds the lock taken. */
export async function lockTaken(files: LockFiles): Promise<GlassineError> {
  const holder = await readHolder(files.holderFile);
  return problem(
    'agent-running',
    files.lockFile,
    holder ? { facts: { pid: holder.pid, verb: holder.verb } } : {},
  );
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const value = JSON.parse((await readText(file)) ?? '') as Partial<Holder>;
    return typeof value.pid === 'number' && typeof value.verb === 'string' ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}
