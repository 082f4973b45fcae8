/**
 * Hashes that only receipts of other programs use, and hashes of small things in memory; what the addon
 * makes in its one pass is never made here.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { abortError } from './system-errors.js';
import type { FsPath } from './native.js';

export const otherFormats = ['md5', 'sha1', 'xxh128', 'xxh3', 'xxh32'] as const;
export type OtherFormat = (typeof otherFormats)[number];

/** SHA-512 of bytes in memory: 128 hex digits. */
export function sha512Of(bytes: Uint8Array | string): string {
  return createHash('sha512').update(bytes).digest('hex');
}

export interface FileChecksums {
  /** The file was written to meanwhile: the rest says nothing. */
  readonly changed: boolean;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly digests: Readonly<Partial<Record<OtherFormat, string>>>;
}

const pieceBytes = 1024 * 1024;

/**
 * Reads a file once for all of some formats. A link at the path is not followed. Throws what the system says,
 * and `ABORT_ERR`.
 */
export async function checksumsOf(
  path: FsPath,
  formats: readonly OtherFormat[],
  signal?: AbortSignal,
): Promise<FileChecksums> {
  const hashers = await Promise.all(
    formats.map(async (format) => ({ format, hasher: await hasherOf(format) })),
  );
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const before = await file.stat({ bigint: true });
    const buffer = Buffer.allocUnsafe(pieceBytes);
    let bytes = 0;
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      const { bytesRead } = await file.read(buffer, 0, pieceBytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      for (const { hasher } of hashers) hasher.update(buffer.subarray(0, bytesRead));
    }
    const after = await file.stat({ bigint: true });
    const changed = after.size !== before.size || after.mtimeNs !== before.mtimeNs;
    const digests = Object.fromEntries(hashers.map(({ format, hasher }) => [format, hasher.digest('hex')]));
    return { changed, bytes, digests };
  } finally {
    await file.close();
  }
}

interface StreamHasher {
  update(bytes: Uint8Array): unknown;
  digest(form: 'hex'): string;
}

/** The XXH family comes as WebAssembly, which is loaded when a receipt of another program needs it. */
async function hasherOf(format: OtherFormat): Promise<StreamHasher> {
  if (format === 'md5' || format === 'sha1') return createHash(format);
  const { createXXHash3, createXXHash128, createXXHash32 } = await import('hash-wasm');
  const make = { xxh3: createXXHash3, xxh128: createXXHash128, xxh32: createXXHash32 }[format];
  return (await make()).init();
}
