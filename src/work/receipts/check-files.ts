/** Reading files from their medium and comparing them with what receipts state. Nothing is written. */
import { errnoOf, type Problem, problem } from '../../base/errors.js';
import { absolutePath, type SourcePath } from '../../base/paths.js';
import { checksumsOf, type OtherFormat, otherFormats } from '../../platform/checksums.js';
import type { TransferResult } from '../../platform/native.js';
import { c4Of } from '../../rules/receipts/c4.js';
import { type Digests, judgeFile, type Judgement } from '../../rules/receipts/judge-file.js';
import type { CheckPlan } from '../../rules/receipts/plan-check.js';
import type { DigestFormat } from '../../rules/receipts/statements.js';
import type { WorkDeps } from '../deps.js';

type PlannedFile = CheckPlan['files'][number];

export interface CheckedFile extends Judgement, PlannedFile {
  readonly modifiedUs?: number;
  readonly digests: Digests;
  /** The bytes came from the medium, past the cache. */
  readonly fromMedium: boolean;
}

/** A file that could not be read, and why. */
export interface UnreadFile {
  readonly path: SourcePath;
  readonly problem: Problem;
}

const filesAtOnce = 256;
const bytesAtOnce = 512 * 1024 * 1024;

/** Checks files in their order, a batch at a time. Throws `stopped` on abort. */
export async function* checkFiles(
  deps: WorkDeps,
  root: string,
  files: readonly PlannedFile[],
): AsyncGenerator<CheckedFile | UnreadFile> {
  const totals = { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  const done = { files: 0, bytes: 0 };
  const tell = (bytes: number, count: number): void => {
    deps.listener({
      ...{ kind: 'progress', job: 'verify', totalFiles: totals.files, totalBytes: totals.bytes },
      doneFiles: Math.min(done.files + count, totals.files),
      doneBytes: Math.min(done.bytes + bytes, totals.bytes),
    });
  };
  for (const batch of batchesOf(files)) {
    try {
      const results = await readBatch(deps, { root, batch, tell });
      for (const [at, file] of batch.entries()) yield await judge(deps, root, { file, result: results[at] });
    } catch (error) {
      if (deps.signal?.aborted) throw problem('stopped', root, { cause: error });
      throw error;
    }
    done.files += batch.length;
    done.bytes += batch.reduce((sum, { bytes }) => sum + bytes, 0);
    tell(0, 0);
  }
}

/** Neighbours whose receipts want the same of the one pass: SHA-512 costs time where nobody asks for it. */
function* batchesOf(files: readonly PlannedFile[]): Generator<PlannedFile[]> {
  let batch: PlannedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const [first] = batch;
    const isFull = batch.length >= filesAtOnce || (bytes > 0 && bytes + file.bytes > bytesAtOnce);
    if (
      first &&
      (isFull || wants(first, 'c4') !== wants(file, 'c4') || needsAddon(first) !== needsAddon(file))
    ) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.bytes;
  }
  if (batch.length > 0) yield batch;
}

function wants({ claims }: PlannedFile, format: DigestFormat): boolean {
  return claims.some((claim) => claim.format === format);
}

function needsAddon(file: PlannedFile): boolean {
  return wants(file, 'b3') || wants(file, 'c4') || wants(file, 'xxh64');
}

interface Batch {
  readonly root: string;
  readonly batch: readonly PlannedFile[];
  readonly tell: (bytes: number, files: number) => void;
}

async function readBatch(
  { native, signal }: WorkDeps,
  { root, batch, tell }: Batch,
): Promise<TransferResult[]> {
  const [first] = batch;
  if (!first || !needsAddon(first)) return [];
  const items = batch.map(({ path, bytes }) => ({ source: absolutePath(root, path), targets: [], bytes }));
  return native.transfer(items, {
    read: 'medium',
    xxh64: true,
    sha512: wants(first, 'c4'),
    onProgress: tell,
    ...(signal && { signal }),
  });
}

interface Read {
  readonly file: PlannedFile;
  /** Absent where only formats are asked for that the addon does not make. */
  readonly result: TransferResult | undefined;
}

async function judge(
  deps: WorkDeps,
  root: string,
  { file, result }: Read,
): Promise<CheckedFile | UnreadFile> {
  const { path, claims } = file;
  if (result?.error) return unread(path, result.error.code);
  if (result?.changed) return { path, problem: problem('file-changing', path).problem };
  const formats = otherFormats.filter((format) => wants(file, format));
  let digests: Digests = {};
  if (formats.length > 0) {
    const others = await readOthers(deps, { root, path, formats });
    if ('problem' in others) return others;
    digests = others.digests;
  }
  if (result) digests = { ...digests, ...digestsOf(result) };
  return {
    ...{ path, claims, bytes: result?.bytes ?? file.bytes, digests },
    ...(result && { modifiedUs: result.modifiedUs }),
    fromMedium: formats.length === 0 && result?.cacheBypassed === true,
    ...judgeFile(claims, digests),
  };
}

function digestsOf({ b3, xxh64, sha512 }: TransferResult): Digests {
  return { b3, ...(xxh64 !== undefined && { xxh64 }), ...(sha512 !== undefined && { c4: c4Of(sha512) }) };
}

async function readOthers(
  { signal }: WorkDeps,
  { root, path, formats }: { root: string; path: SourcePath; formats: readonly OtherFormat[] },
): Promise<{ readonly digests: Digests } | UnreadFile> {
  try {
    const { changed, digests } = await checksumsOf(absolutePath(root, path), formats, signal);
    return changed ? { path, problem: problem('file-changing', path).problem } : { digests };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return unread(path, errno);
  }
}

function unread(path: SourcePath, errno: string): UnreadFile {
  const code = errno === 'ENOENT' ? 'file-vanished' : 'file-unreadable';
  return { path, problem: problem(code, path, { detail: errno }).problem };
}
