/** The 155 names that break programs, from `test/vectors/names.json`: their bytes are the truth. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pathFromBytes } from '../../src/base/paths.js';
import type { SourcePath } from '../../src/base/paths.js';

export interface HostileName {
  readonly id: string;
  readonly group: string;
  readonly why: string;
  /** Canonical. */
  readonly name: SourcePath;
  readonly bytes: Buffer;
  /** Whether Linux, and whether Windows can create it. */
  readonly linux: boolean;
  readonly windows: boolean;
}

export interface LongPath {
  readonly id: string;
  readonly path: SourcePath;
  readonly why: string;
}

interface NamesFile {
  readonly paths: readonly LongPath[];
  readonly names: readonly {
    readonly id: string;
    readonly group: string;
    readonly why: string;
    readonly bytes_hex: string;
    readonly linux_ok: boolean;
    readonly windows_ok: boolean;
  }[];
}

const file = fileURLToPath(new URL('../../../test/vectors/names.json', import.meta.url));
const read = JSON.parse(readFileSync(file, 'utf8')) as NamesFile;

export const longPaths: readonly LongPath[] = read.paths;

export const hostileNames: readonly HostileName[] = read.names.map((each) => {
  const bytes = Buffer.from(each.bytes_hex, 'hex');
  const { id, group, why, linux_ok: linux, windows_ok: windows } = each;
  return { id, group, why, name: pathFromBytes(bytes), bytes, linux, windows };
});
