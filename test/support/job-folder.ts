/** A job's folder as an ingest leaves it: real files, really hashed, with a receipt of what they hold. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { absolutePath, type SourcePath } from '../../src/base/paths.js';
import { native } from '../../src/platform/native.js';
import type { Receipt, ReceiptFile } from '../../src/rules/receipts/receipt.js';
import { receiptFile, receiptOf } from './receipts.js';
import { temporaryFolder } from './trees.js';

/** Writes files; what they hold by their paths. */
export async function plantFiles(
  folder: string,
  contents: Readonly<Record<SourcePath, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    const file = absolutePath(folder, path);
    await mkdir(dirname(file.toString()), { recursive: true });
    await writeFile(file, content);
  }
}

/** What a transfer would have told of files. */
export async function hashedFiles(folder: string, paths: readonly SourcePath[]): Promise<ReceiptFile[]> {
  const items = paths.map((path) => ({ source: absolutePath(folder, path), targets: [] }));
  const results = await native.transfer(items, { xxh64: true, sha512: true });
  return results.map(({ error, bytes, modifiedUs, b3, xxh64 = '', sha512 = '' }, at) => {
    if (error) throw new Error(error.message);
    return receiptFile(paths[at] ?? '', { bytes, modifiedUs, b3, xxh64, sha512 });
  });
}

export interface Job {
  readonly folder: string;
  readonly receipt: Receipt;
}

export const someFiles: Readonly<Record<SourcePath, string>> = {
  'DCIM/100CANON/IMG_0001.JPG': 'first',
  'DCIM/100CANON/IMG_0002.JPG': 'second',
  'DCIM/100CANON/IMG 3 & <4>.CR3': 'third',
  'DCIM/empty.txt': '',
  'über/\u{1f4f7}.jpg': 'camera',
};

/** A job's folder with files, and the receipt that is to be written for it; in `parent` when that is given. */
export async function jobFolder(
  t: ExecutionContext,
  contents: Readonly<Record<SourcePath, string | Uint8Array>> = someFiles,
  parent?: string,
): Promise<Job> {
  const folder = join(parent ?? (await temporaryFolder(t)), 'Wedding & more');
  await mkdir(folder);
  await plantFiles(folder, contents);
  return { folder, receipt: receiptOf(await hashedFiles(folder, Object.keys(contents))) };
}
