/** How folders are hashed for a manifest: in the two formats that a receipt of ours is written in. */
import { NativeXxh64 } from '../../platform/hashing.js';
import { sha512Of } from '../../platform/checksums.js';
import { c4Of, sha512OfC4 } from '../../rules/receipts/c4.js';
import type { FolderHasher } from '../../rules/receipts/folder-hashes.js';

export const folderHashers: readonly FolderHasher[] = [
  {
    format: 'c4',
    digest: (bytes) => c4Of(sha512Of(bytes)),
    bytesOf: (digest) => Buffer.from(sha512OfC4(digest) ?? '', 'hex'),
  },
  {
    format: 'xxh64',
    digest: (bytes) => new NativeXxh64().update(bytes).digest(),
    bytesOf: (digest) => Buffer.from(digest, 'hex'),
  },
];
