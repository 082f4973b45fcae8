/** The official test vectors of BLAKE3: their input, and what every mode must give for it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './lying-mount.js';

export type VectorMode = 'hash' | 'keyed_hash' | 'derive_key';

interface Vectors {
  readonly key: string;
  readonly context_string: string;
  readonly cases: readonly ({ readonly input_len: number } & Readonly<Record<VectorMode, string>>)[];
}

export const vectors = JSON.parse(
  readFileSync(path.join(projectRoot, 'test/vectors/blake3.json'), 'utf8'),
) as Vectors;

export const vectorModes: readonly VectorMode[] = ['hash', 'keyed_hash', 'derive_key'];

/** The input of the official vectors: 0 to 250, again and again. */
export function inputOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = at % 251;
  return bytes;
}
