/** The addon's hashers in TypeScript: BLAKE3 in all its modes, and XXH64. */
import assert from 'node:assert';
import type { ContentHash } from '../base/types.js';
import { addon, type RawHasher } from './native-addon.js';

export interface Hasher {
  update(bytes: Uint8Array): this;
  /** 64 hex digits; the hasher can go on afterwards. */
  digest(): ContentHash;
  /** The first `bytes` bytes of the extendable output. */
  digestBytes(bytes: number): Buffer;
}

/** With a key of 32 bytes, or to derive a key for what the context (a text of the program's own) says. */
export type HasherMode = { readonly key: Uint8Array } | { readonly context: string };

/** XXH64, as receipts of other programs carry it: finds decay, proves nothing against anybody. */
export interface Checksum {
  update(bytes: Uint8Array): this;
  /** 16 lower-case hex digits; it can go on afterwards. */
  digest(): string;
}

const blake3Bytes = 32;

export class NativeHasher implements Hasher {
  readonly #hasher: RawHasher;

  constructor(mode?: HasherMode) {
    if (mode === undefined) {
      this.#hasher = new (addon().Hasher)();
    } else if ('key' in mode) {
      assert(mode.key instanceof Uint8Array && mode.key.length === blake3Bytes, 'a key has 32 bytes');
      this.#hasher = new (addon().Hasher)('keyed', mode.key);
    } else {
      this.#hasher = new (addon().Hasher)('derive', Buffer.from(mode.context));
    }
  }

  update(bytes: Uint8Array): this {
    assert(bytes instanceof Uint8Array);
    this.#hasher.update(bytes);
    return this;
  }

  digest(): ContentHash {
    return this.#hasher.digest(blake3Bytes).toString('hex');
  }

  digestBytes(bytes: number): Buffer {
    assert(Number.isSafeInteger(bytes) && bytes >= 0 && bytes < 2 ** 32);
    return this.#hasher.digest(bytes);
  }
}

export class NativeXxh64 implements Checksum {
  readonly #checksum = new (addon().Xxh64)();

  update(bytes: Uint8Array): this {
    assert(bytes instanceof Uint8Array);
    this.#checksum.update(bytes);
    return this;
  }

  digest(): string {
    return xxh64Digits(this.#checksum.digest());
  }
}

/** An XXH64 as receipts write it. */
export function xxh64Digits(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
