/** What receipts of every kind state of the files of a folder, in one form, so that one rule judges them all. */
import { type SourcePath, splitPath } from '../../base/paths.js';
import type { MhlFormat } from './asc-mhl.js';
import type { SumLine } from './b3sums.js';
import type { ClassicFile, ClassicFormat } from './classic-mhl.js';
import { viewHistory, type ReadGeneration } from './history.js';
import { insidePath } from './inside.js';

export type DigestFormat = MhlFormat | 'b3' | 'xxh32';

export interface StatedHash {
  readonly format: DigestFormat;
  /** As `format` is always written: hex in small letters, C4 as it is. */
  readonly digest: string;
  /** Tools disagree on the order of its bytes: either counts. */
  readonly eitherOrder?: boolean;
}

export interface Statement {
  /** The receipt, relative to the folder that is looked at. */
  readonly receipt: SourcePath;
  /** The folder that its paths are relative to. */
  readonly folder: SourcePath;
  readonly files: ReadonlyMap<SourcePath, readonly StatedHash[]>;
  readonly folders: ReadonlySet<SourcePath>;
  /** Paths that lead out of the folder. */
  readonly outside: readonly string[];
  /** Present where the receipt is of the whole folder, but for what these patterns leave out. */
  readonly leavesOut?: { readonly patterns: readonly string[]; readonly butNames: ReadonlySet<SourcePath> };
}

export function stateHistory(folder: SourcePath, generations: readonly ReadGeneration[]): Statement {
  const { files, folders, outside, ignore: patterns, latest: butNames } = viewHistory(generations);
  return {
    receipt: folder === '' ? 'ascmhl' : `${folder}/ascmhl`,
    folder,
    files: new Map([...files].map(([path, { hashes }]) => [path, hashes.map(inOneForm)])),
    folders,
    outside,
    leavesOut: { patterns, butNames },
  };
}

function inOneForm({ format, digest }: { format: MhlFormat; digest: string }): StatedHash {
  return { format, digest: format === 'c4' ? digest : digest.toLowerCase() };
}

export function stateClassic(receipt: SourcePath, list: readonly ClassicFile[]): Statement {
  return stateList(
    receipt,
    list.map(({ path, hashes }) => ({ path, hashes: hashes.map(classicHash) })),
  );
}

function classicHash({ format, digest }: { format: ClassicFormat; digest: string }): StatedHash {
  const small = digest.toLowerCase();
  switch (format) {
    case 'md5':
    case 'sha1':
      return { format, digest: small };
    case 'xxhash64be':
    case 'xxhash64':
      return { format: 'xxh64', digest: small.padStart(16, '0'), eitherOrder: true };
    case 'xxhash': {
      const value = /^\d{1,10}$/.test(small) ? Number(small).toString(16) : small;
      return { format: 'xxh32', digest: value.padStart(8, '0') };
    }
    default:
      return format satisfies never;
  }
}

export function stateSums(receipt: SourcePath, lines: readonly SumLine[]): Statement {
  return stateList(
    receipt,
    lines.map(({ path, b3 }) => ({ path, hashes: [{ format: 'b3', digest: b3 }] })),
  );
}

function stateList(
  receipt: SourcePath,
  list: readonly { readonly path: string; readonly hashes: readonly StatedHash[] }[],
): Statement {
  const files = new Map<SourcePath, readonly StatedHash[]>();
  const outside: string[] = [];
  for (const { path: text, hashes } of list) {
    const path = insidePath(text);
    if (path === undefined) outside.push(text);
    else files.set(path, [...(files.get(path) ?? []), ...hashes]);
  }
  return { receipt, folder: splitPath(receipt).folder, files, folders: new Set(), outside };
}

/** What an ordinary file's name says it is, if it is a receipt. */
export function kindOfReceipt(name: string): 'classic-mhl' | 'b3sum' | undefined {
  if (name.startsWith('._')) return undefined;
  if (/\.mhl$/i.test(name)) return 'classic-mhl';
  return /^(blake3|b3)sums?(\.txt)?$|\.(b3|b3sums?|blake3)$/i.test(name) ? 'b3sum' : undefined;
}
