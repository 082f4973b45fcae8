/**
 * Writing receipts into a job's folder. A manifest is whole before the chain names it, and never changes
 * after that; who finds a chain finds everything that it speaks of.
 */
import { basename, join } from 'node:path';
import { type Problem, problem } from '../../base/errors.js';
import { isInside, joinPath, type SourcePath } from '../../base/paths.js';
import { flushFolder, makeFolder, readText, removeFile, writeTextAtomically } from '../../platform/files.js';
import type { Native } from '../../platform/native.js';
import {
  chainName,
  historyFolder,
  type Manifest,
  manifestName,
  writeChain,
  writeManifest,
} from '../../rules/receipts/asc-mhl.js';
import { withSums } from '../../rules/receipts/b3sums.js';
import { c4Of } from '../../rules/receipts/c4.js';
import { type HistoryView, viewHistory } from '../../rules/receipts/history.js';
import { type GenerationNow, newGeneration } from '../../rules/receipts/new-generation.js';
import { isDamaged, isInHistory, isOwnFile, ownName, sumsName } from '../../rules/receipts/own-files.js';
import { receiptPage } from '../../rules/receipts/page.js';
import { commentOf, isListName, modificationOf, type Receipt } from '../../rules/receipts/receipt.js';
import { folderHashers } from './hashers.js';
import { inKnownFormats } from './known-formats.js';
import { alone, type NewFile, readableByAll, removeLeftovers, writeNew } from './new-files.js';
import { readHistory, type ReadHistory } from './read-history.js';

export interface WrittenGeneration {
  readonly number: number;
  /** Relative to the job's folder. */
  readonly manifest: string;
  /** Files that the manifest cannot speak of, by their paths. */
  readonly unnamed: readonly Problem[];
  /** Files that are not what earlier generations say. */
  readonly failed: readonly Problem[];
}

export interface WrittenReceipt extends WrittenGeneration {
  /** The readable page, relative to the job's folder. */
  readonly page: string;
}

/**
 * Writes all of a receipt into the job's folder: the sums, the page, the manifest, and last the chain. A
 * receipt that is there already gets a further generation. Throws `receipt-damaged` where the history there
 * cannot be gone on with, and `target-unwritable`; what is written then says nothing wrong.
 */
export function writeReceipt(
  { native, folder }: { readonly native: Native; readonly folder: string },
  receipt: Receipt,
): Promise<WrittenReceipt> {
  return alone(folder, async () => {
    const history = await soundHistory(folder);
    const page = ownName(history.next, 'html');
    // The history itself, where the card brought one along, grows: a list of sums cannot speak of it.
    const lines = receipt.files.filter(({ path }) => isListName(path) && !isInside(historyFolder, path));
    const before = (await readText(join(folder, sumsName))) ?? '';
    await writeTextAtomically(join(folder, sumsName), withSums(before, lines), readableByAll);
    // A page of this number that is there already belongs to no generation: a crash left it.
    await removeFile(join(folder, page));
    await writeNew(native, { folder, name: page }, receiptPage(receipt));
    const { finishedAt: createdAt, hostname, tool, files } = receipt;
    const now: GenerationNow = {
      ...{ createdAt, hostname, tool, comment: commentOf(receipt), process: 'transfer' },
      files: files.map(({ path, bytes, modifiedUs, xxh64, sha512, hashedAt: at }) => ({
        ...{ path, bytes, modifiedAt: modificationOf(modifiedUs), at },
        hashes: [
          { format: 'c4', digest: c4Of(sha512) },
          { format: 'xxh64', digest: xxh64 },
        ],
      })),
    };
    return { ...(await append(native, folder, { history, now })), page };
  });
}

/** Adds a generation to a history: what a later verification found. Throws as {@link writeReceipt} does. */
export function appendGeneration(
  { native, folder }: { readonly native: Native; readonly folder: string },
  now: GenerationNow,
): Promise<WrittenGeneration> {
  return alone(folder, async () => append(native, folder, { history: await soundHistory(folder), now }));
}

/**
 * Writes a manifest of another kind beside a history, named for the generation that it was made from, and
 * resolves with its name. Throws `target-exists` where there is one already, and `target-unwritable`.
 */
export function writeBeside(
  { native, folder }: { readonly native: Native; readonly folder: string },
  { generation, pieces }: { readonly generation: number; readonly pieces: Iterable<string> },
): Promise<string> {
  return alone(folder, async () => {
    const name = ownName(generation, 'mhl');
    await writeNew(native, { folder, name }, pieces);
    return name;
  });
}

/** A history that is not sound is not gone on with: a new chain would vouch for what nobody knows. */
async function soundHistory(folder: string): Promise<ReadHistory> {
  await removeLeftovers(folder);
  const history = await readHistory(join(folder, historyFolder), `${folder}/${historyFolder}`);
  const [wrong] = history.problems;
  if (wrong && !history.isOnlyBegun)
    throw problem(wrong.code, wrong.subject, wrong.detail === undefined ? {} : { detail: wrong.detail });
  return history;
}

async function append(
  native: Native,
  folder: string,
  { history, now }: { readonly history: ReadHistory; readonly now: GenerationNow },
): Promise<WrittenGeneration> {
  const known = history.generations.length > 0 ? viewHistory(history.generations) : undefined;
  const folders = await foldersIfAll(native, folder, now);
  const files = await inKnownFormats(folder, now.files, known);
  const { manifest, unnamed } = newGeneration(
    { ...now, files },
    {
      ...(known && { known }),
      ...(folders && { folders }),
      hashers: folderHashers,
    },
  );
  const name = manifestName(history.next, basename(folder), now.createdAt);
  await makeFolder(join(folder, historyFolder));
  const c4 = await writeManifestFile(native, { folder: join(folder, historyFolder), name }, manifest);
  const chain = writeChain([...history.chain, { number: history.next, name, c4 }]);
  await writeTextAtomically(join(folder, historyFolder, chainName), chain, readableByAll);
  await flushFolder(folder);
  return {
    number: history.next,
    manifest: `${historyFolder}/${name}`,
    unnamed: unnamed.map((path) => unnamedFile(path, known)),
    failed: [...manifest.files]
      .filter(({ hashes }) => hashes.some(({ action }) => action === 'failed'))
      .map(({ path }) => problem('receipt-mismatch', path, { facts: { receipt: historyFolder } }).problem),
  };
}

function unnamedFile(path: SourcePath, known: HistoryView | undefined): Problem {
  const why = known?.files.has(path) ? 'its earlier checksums, which could not be compared' : 'its name';
  return problem('receipt-cannot-name', path, { detail: why }).problem;
}

async function writeManifestFile(native: Native, place: NewFile, manifest: Manifest): Promise<string> {
  return c4Of(await writeNew(native, place, writeManifest(manifest)));
}

/** Every folder below, where the job's folder holds the files of this generation and nothing else. */
async function foldersIfAll(
  native: Native,
  root: string,
  { files }: GenerationNow,
): Promise<SourcePath[] | undefined> {
  const ours = new Set(files.map(({ path }) => path).filter((path) => !isInHistory(path)));
  const folders: SourcePath[] = [];
  let met = 0;
  for await (const { folder, entries } of native.walk(root)) {
    if (isInHistory(folder) || isDamaged(folder)) continue;
    for (const { name, kind } of entries) {
      const path = joinPath(folder, name);
      const isOurs = folder === '' && (isOwnFile(name) || isDamaged(name));
      if (name === '' || name === '.DS_Store' || isOurs) continue;
      if (kind === 'folder') {
        if (name !== historyFolder) folders.push(path);
      } else if (kind === 'file' && ours.has(path)) met += 1;
      else return undefined;
    }
  }
  return met === ours.size ? folders : undefined;
}
