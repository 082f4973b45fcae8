/** A folder's history of ASC MHL as it lies on a disk: manifests that the chain vouches for, and what is wrong. */
import { errnoOf, type Problem, problem } from '../../base/errors.js';
import { namesIn, readBytes } from '../../platform/files.js';
import { sha512Of } from '../../platform/checksums.js';
import type { FsPath } from '../../platform/native.js';
import { chainName, type Generation } from '../../rules/receipts/asc-mhl.js';
import { c4Of } from '../../rules/receipts/c4.js';
import type { ReadGeneration } from '../../rules/receipts/history.js';
import { readChain, readManifest } from '../../rules/receipts/read-asc-mhl.js';
import { XmlFault } from '../../rules/receipts/xml-reader.js';

export interface ReadHistory {
  /** In the order of their numbers. */
  readonly generations: readonly ReadGeneration[];
  /** The chain as it stands, also what of it could not be read. */
  readonly chain: readonly Generation[];
  /** Manifests that no chain speaks of, such as a crash leaves: nobody vouches for them. */
  readonly unchained: readonly string[];
  /** No chain, and one manifest at most: what a crash leaves of a first receipt. */
  readonly isOnlyBegun: boolean;
  /** What is missing, was changed, or cannot be read. */
  readonly problems: readonly Problem[];
  /** The number of the next generation. */
  readonly next: number;
}

/**
 * Reads the history in `folder`, the one called `ascmhl`; `name` is what people call that. A folder that is
 * not there is an empty history. Throws what the system says.
 */
export async function readHistory(folder: FsPath, name: string): Promise<ReadHistory> {
  const all = await namesIn(folder);
  const names = all.filter((each) => /\.mhl$/.test(each) && !each.startsWith('._'));
  const problems: Problem[] = [];
  const chain = await readChainIn(folder, { name, names, problems });
  const generations: ReadGeneration[] = [];
  for (const generation of [...chain].sort((a, b) => a.number - b.number)) {
    const read = await readGeneration(folder, generation);
    if ('manifest' in read) generations.push(read);
    else problems.push(damaged(`${name}/${generation.name}`, read.why));
  }
  const known = new Set(chain.map((generation) => generation.name));
  const numbers = [
    ...chain.map(({ number }) => number),
    ...names.map((each) => Number.parseInt(each, 10) || 0),
  ];
  return {
    generations,
    chain,
    unchained: names.filter((each) => !known.has(each)),
    isOnlyBegun: names.length <= 1 && !all.includes(chainName),
    problems,
    next: Math.max(0, ...numbers) + 1,
  };
}

export function damaged(subject: string, detail: string): Problem {
  return problem('receipt-damaged', subject, { detail }).problem;
}

async function readChainIn(
  folder: FsPath,
  where: { readonly name: string; readonly names: readonly string[]; readonly problems: Problem[] },
): Promise<Generation[]> {
  const { name, names, problems } = where;
  const bytes = await readBytes(within(folder, chainName));
  if (!bytes) {
    if (names.length > 0) problems.push(damaged(`${name}/${chainName}`, 'it is missing'));
    return [];
  }
  try {
    const chain = readChain(textOf(bytes));
    const isWhole = chain.every(({ number, c4 }) => Number.isSafeInteger(number) && number > 0 && c4 !== '');
    if (!isWhole) problems.push(damaged(`${name}/${chainName}`, 'an entry has no number or no hash'));
    return chain.filter(({ number }) => Number.isSafeInteger(number));
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    problems.push(damaged(`${name}/${chainName}`, error.message));
    return [];
  }
}

async function readGeneration(
  folder: FsPath,
  generation: Generation,
): Promise<ReadGeneration | { readonly why: string }> {
  // A chain speaks of what lies beside it, and of nothing else.
  if (/[/\\\0]/.test(generation.name) || /^\.{0,2}$/.test(generation.name))
    return { why: 'the chain names it outside of its folder' };
  try {
    const bytes = await readBytes(within(folder, generation.name));
    if (!bytes) return { why: 'it is missing' };
    if (c4Of(sha512Of(bytes)) !== generation.c4) return { why: 'it is not what its chain says' };
    return { ...generation, manifest: readManifest([textOf(bytes)]) };
  } catch (error) {
    const why = error instanceof XmlFault ? error.message : errnoOf(error);
    if (why === undefined) throw error;
    return { why };
  }
}

/** `name` in a folder that may be named by bytes. */
export function within(folder: FsPath, name: string): FsPath {
  return typeof folder === 'string' ? `${folder}/${name}` : Buffer.concat([folder, Buffer.from(`/${name}`)]);
}

/** Throws {@link XmlFault} for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new XmlFault('it is not UTF-8');
  }
}
