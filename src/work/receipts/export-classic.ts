/** A history of ASC MHL as a classic manifest, for those who still ask for one: what it says, not what is there. */
import { join } from 'node:path';
import { type Problem, problem } from '../../base/errors.js';
import { toRfc3339 } from '../../base/time.js';
import { factsOf } from '../../platform/files.js';
import { historyFolder } from '../../rules/receipts/asc-mhl.js';
import {
  type ClassicFormat,
  type WholeClassicFile,
  writeClassicManifest,
} from '../../rules/receipts/classic-mhl.js';
import { type KnownFile, viewHistory } from '../../rules/receipts/history.js';
import { modificationOf } from '../../rules/receipts/receipt.js';
import { readHistory } from '../../store/receipts/read-history.js';
import { writeBeside } from '../../store/receipts/write-receipt.js';
import type { WorkDeps } from '../deps.js';
import type { Recorder } from './verify-receipts.js';

export interface ClassicExport {
  /** Relative to the folder. */
  readonly manifest: string;
  readonly files: number;
  /** Files that the format cannot hold. */
  readonly incomplete: readonly Problem[];
}

/**
 * Writes a classic manifest into the folder of a history, from what its generations say. Throws
 * `receipt-missing`, `receipt-damaged`, `receipt-not-covered` where nothing can be said so, `target-exists`,
 * `target-unwritable`.
 */
export async function exportClassic(
  { native, clock }: WorkDeps,
  folder: string,
  { hostname, tool }: Recorder,
): Promise<ClassicExport> {
  const { generations, problems, next } = await readHistory(join(folder, historyFolder), historyFolder);
  const [wrong] = problems;
  if (wrong)
    throw problem(wrong.code, wrong.subject, wrong.detail === undefined ? {} : { detail: wrong.detail });
  if (generations.length === 0) throw problem('receipt-missing', folder);
  const at = toRfc3339(Math.floor(clock.now() / 1000) * 1000).replace('.000Z', 'Z');
  const incomplete: Problem[] = [];
  const files: WholeClassicFile[] = [];
  for (const [path, known] of viewHistory(generations).files) {
    const file = await classicFile(path, known, { folder, at });
    if (typeof file === 'string')
      incomplete.push(problem('receipt-not-covered', path, { facts: { why: file } }).problem);
    else files.push(file);
  }
  if (files.length === 0) {
    const facts = { why: 'no file of its receipt has a place in a classic one' };
    throw problem('receipt-not-covered', folder, { facts });
  }
  const head = { username: tool.name, hostname, tool: `${tool.name} ${tool.version}` };
  const manifest = { ...head, startedAt: at, finishedAt: at, files };
  const name = await writeBeside(
    { native, folder },
    { generation: next - 1, pieces: writeClassicManifest(manifest) },
  );
  return { manifest: name, files: files.length, incomplete };
}

const spelledSo: Readonly<Partial<Record<string, ClassicFormat>>> = {
  md5: 'md5',
  sha1: 'sha1',
  xxh64: 'xxhash64be',
};

/** The file as the format has it; else, why it has no place there. */
async function classicFile(
  path: string,
  known: KnownFile,
  { folder, at }: { readonly folder: string; readonly at: string },
): Promise<WholeClassicFile | string> {
  const hashes = known.hashes.flatMap(({ format, digest }) => {
    const spelled = spelledSo[format];
    return spelled === undefined ? [] : [{ format: spelled, digest }];
  });
  if (hashes.length === 0) return 'its receipt holds no checksum that classic receipts know';
  // Receipts of other programs leave out what they please; what is there tells it.
  const found = await factsOf(join(folder, path), false);
  const bytes = known.bytes ?? found?.bytes;
  const modifiedAt = known.modifiedAt ?? (found && modificationOf(found.modifiedMs * 1000));
  if (bytes === undefined || modifiedAt === undefined) return 'its size or time is not known';
  if (bytes === 0) return 'classic receipts hold no empty files';
  return { path, bytes, hashes, modifiedAt, hashedAt: known.hashes.find((hash) => hash.at)?.at ?? at };
}
