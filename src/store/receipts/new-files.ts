/** Files of receipts as they come to a disk: whole or not at all, one after the other, never over another. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { errnoOf, problem } from '../../base/errors.js';
import { flushFolder, namesIn, removeFile, writeFlushed } from '../../platform/files.js';
import type { Native } from '../../platform/native.js';
import { historyFolder } from '../../rules/receipts/asc-mhl.js';

/** Others read receipts, too. */
export const readableByAll = 0o644;

export interface NewFile {
  readonly folder: string;
  readonly name: string;
}

/** Writes a file that nothing ever replaces: under a temporary name, flushed, then renamed. Its SHA-512. */
export async function writeNew(
  native: Native,
  { folder, name }: NewFile,
  pieces: Iterable<string>,
): Promise<string> {
  const part = join(folder, `.glassine-receipt-${randomUUID().slice(0, 8)}.part`);
  const sha512 = await writeFlushed(part, pieces, readableByAll);
  const [error] = await native.arrange([{ do: 'rename', from: part, to: join(folder, name) }]);
  if (error) {
    await removeFile(part);
    const code = error.code === 'EEXIST' ? 'target-exists' : 'target-unwritable';
    throw problem(code, join(folder, name), { detail: error.code });
  }
  await flushFolder(folder);
  return sha512;
}

/** What was half written when a process was killed: by us, for nobody else writes here meanwhile. */
const leftover = /^\.(glassine-receipt|BLAKE3SUMS|ascmhl_chain\.xml)[-.][0-9a-f-]+\.part$/;

export async function removeLeftovers(folder: string): Promise<void> {
  for (const place of [folder, join(folder, historyFolder)]) {
    for (const name of await namesIn(place)) if (leftover.test(name)) await removeFile(join(place, name));
  }
}

const writing = new Map<string, Promise<unknown>>();

/** One after the other in each folder: two generations of one number would make a history of none. */
export async function alone<T>(folder: string, write: () => Promise<T>): Promise<T> {
  const before = writing.get(folder) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => write());
  writing.set(folder, mine);
  try {
    return await mine;
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === undefined ? error : problem('target-unwritable', folder, { detail: errno, cause: error });
  } finally {
    if (writing.get(folder) === mine) writing.delete(folder);
  }
}
