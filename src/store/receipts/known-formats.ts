/** Hashes in the formats that a history of another program knows its files by. */
import { absolutePath } from '../../base/paths.js';
import { checksumsOf, otherFormats } from '../../platform/checksums.js';
import { type MhlFormat, mhlFormats } from '../../rules/receipts/asc-mhl.js';
import type { HistoryView } from '../../rules/receipts/history.js';
import type { FileNow } from '../../rules/receipts/new-generation.js';

/**
 * A history of another program may know a file by hashes only that we do not make: then the file is read once
 * more for those, because new hashes count only beside one that holds.
 */
export async function inKnownFormats(
  folder: string,
  files: readonly FileNow[],
  known: HistoryView | undefined,
): Promise<FileNow[]> {
  const result: FileNow[] = [];
  for (const file of files) {
    const before = known?.files.get(file.path)?.hashes ?? [];
    const isCommon = before.some(({ format }) => file.hashes.some((hash) => hash.format === format));
    const formats = otherFormats.filter((each) => before.some(({ format }) => format === each));
    if (isCommon || formats.length === 0) {
      result.push(file);
      continue;
    }
    const { changed, digests } = await checksumsOf(absolutePath(folder, file.path), formats);
    const more = changed
      ? []
      : mhlFormats.flatMap((format) => {
          const digest = (digests as Partial<Record<MhlFormat, string>>)[format];
          return digest === undefined ? [] : [{ format, digest }];
        });
    result.push({ ...file, hashes: [...file.hashes, ...more] });
  }
  return result;
}
