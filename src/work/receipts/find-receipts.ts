/** Everything below a folder, and every receipt among it, read. */
import { errnoOf, GlassineError, type Problem, problem } from '../../base/errors.js';
import { absolutePath, joinPath, type SourcePath, splitPath } from '../../base/paths.js';
import { readBytes } from '../../platform/files.js';
import { historyFolder } from '../../rules/receipts/asc-mhl.js';
import { readSums } from '../../rules/receipts/b3sums.js';
import { readClassicManifest } from '../../rules/receipts/classic-mhl.js';
import type { ReadGeneration } from '../../rules/receipts/history.js';
import { insidePath } from '../../rules/receipts/inside.js';
import { isInHistory } from '../../rules/receipts/own-files.js';
import type { Listing } from '../../rules/receipts/plan-check.js';
import {
  kindOfReceipt,
  stateClassic,
  stateHistory,
  type Statement,
  stateSums,
} from '../../rules/receipts/statements.js';
import { XmlFault } from '../../rules/receipts/xml-reader.js';
import { damaged, readHistory, textOf } from '../../store/receipts/read-history.js';
import type { WorkDeps } from '../deps.js';

export type ReceiptKind = 'asc-mhl' | 'classic-mhl' | 'b3sum';

export interface FoundReceipt {
  readonly kind: ReceiptKind;
  /** Relative to the folder that is looked at. */
  readonly path: SourcePath;
  /** Files that it speaks of. */
  readonly files: number;
  /** Of histories: the latest generation's number, when it was made, and by what. */
  readonly generation?: number;
  readonly createdAt?: string;
  readonly tool?: string;
}

export interface Found {
  readonly listing: Listing;
  readonly receipts: readonly FoundReceipt[];
  readonly statements: readonly Statement[];
  /** What is wrong with the receipts themselves. */
  readonly problems: readonly Problem[];
  /** Folders that could not be listed. */
  readonly unread: readonly Problem[];
  /** Manifests that no chain vouches for, left alone. */
  readonly unchained: readonly SourcePath[];
}

/** Throws `folder-unreadable` when there is no such folder, and `stopped`. */
export async function findReceipts(deps: WorkDeps, root: string): Promise<Found> {
  const { listing, unread } = await listFolder(deps, root);
  const finder = new Finder(root);
  const histories = [...listing.folders].filter(
    (path) => splitPath(path).name === historyFolder && !isInHistory(splitPath(path).folder),
  );
  for (const path of histories.sort()) await finder.takeHistory(path);
  finder.checkReferences();
  for (const path of listing.files.keys()) {
    const kind = isInHistory(path) ? undefined : kindOfReceipt(splitPath(path).name);
    if (kind) await finder.takeList(kind, path);
  }
  const { receipts, statements, problems, unchained } = finder;
  return { listing, receipts, statements, problems, unread, unchained };
}

async function listFolder(
  { native, signal }: WorkDeps,
  root: string,
): Promise<{ listing: Listing; unread: Problem[] }> {
  const files = new Map<SourcePath, number>();
  const folders = new Set<SourcePath>();
  const others = new Map<SourcePath, 'link' | 'special'>();
  const unread: Problem[] = [];
  const onError = (folder: SourcePath, { code }: { code: string }): void => {
    if (folder === '') throw problem('folder-unreadable', root, { detail: code });
    unread.push(problem('file-unreadable', folder, { detail: code }).problem);
  };
  try {
    for await (const { folder, entries } of native.walk(root, { onError, ...(signal && { signal }) })) {
      for (const { name, kind, bytes } of entries) {
        if (name === '') continue;
        const path = joinPath(folder, name);
        if (kind === 'file') files.set(path, bytes);
        else if (kind === 'folder') folders.add(path);
        else others.set(path, kind);
      }
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== undefined) throw problem('folder-unreadable', root, { detail: errno, cause: error });
    throw error;
  }
  return { listing: { files, folders, others }, unread };
}

class Finder {
  readonly #root: string;
  readonly receipts: FoundReceipt[] = [];
  readonly statements: Statement[] = [];
  readonly problems: Problem[] = [];
  readonly unchained: SourcePath[] = [];
  readonly #histories = new Map<SourcePath, readonly ReadGeneration[]>();

  constructor(root: string) {
    this.#root = root;
  }

  async takeHistory(path: SourcePath): Promise<void> {
    const { folder } = splitPath(path);
    const history = await this.#reading(path, () => readHistory(absolutePath(this.#root, path), path));
    if (!history) return;
    const { generations, chain, unchained, problems } = history;
    if (chain.length === 0 && problems.length === 0) this.problems.push(damaged(path, 'it holds no chain'));
    this.problems.push(...problems);
    this.unchained.push(...unchained.map((name) => joinPath(path, name)));
    this.#histories.set(folder, generations);
    const latest = generations.at(-1);
    const statement = stateHistory(folder, generations);
    this.statements.push(statement);
    this.receipts.push({
      ...{ kind: 'asc-mhl', path, files: statement.files.size },
      ...(latest && {
        generation: latest.number,
        createdAt: latest.manifest.createdAt,
        tool: `${latest.manifest.tool.name} ${latest.manifest.tool.version}`.trim(),
      }),
    });
  }

  /** What the latest generation of a history says of the histories below it. */
  checkReferences(): void {
    for (const [folder, generations] of this.#histories) {
      for (const { path: text, c4 } of generations.at(-1)?.manifest.references ?? []) {
        const inside = insidePath(text);
        const path = inside === undefined ? undefined : joinPath(folder, inside);
        const below = path === undefined ? undefined : splitPath(splitPath(path).folder).folder;
        const name = path === undefined ? '' : splitPath(path).name;
        const referred = this.#histories.get(below ?? '/')?.find((generation) => generation.name === name);
        if (referred?.c4 !== c4)
          this.problems.push(damaged(path ?? text, 'it is not what the history above it says'));
      }
    }
  }

  async takeList(kind: 'classic-mhl' | 'b3sum', path: SourcePath): Promise<void> {
    const text = await this.#reading(path, async () => {
      const bytes = await readBytes(absolutePath(this.#root, path));
      return bytes && textOf(bytes);
    });
    if (text === undefined) return;
    try {
      const statement =
        kind === 'b3sum' ? this.#sums(path, text) : stateClassic(path, readClassicManifest([text]));
      this.statements.push(statement);
      this.receipts.push({ kind, path, files: statement.files.size });
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error;
      this.problems.push(damaged(path, error.message));
    }
  }

  #sums(path: SourcePath, text: string): Statement {
    const lines = readSums(text);
    const good = lines.filter((line) => line !== undefined);
    if (good.length < lines.length)
      this.problems.push(damaged(path, `${lines.length - good.length} of its lines are none of b3sum`));
    return stateSums(path, good);
  }

  /** What a receipt that cannot be read says is not known: that is told, and the rest goes on. */
  async #reading<T>(path: SourcePath, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const why = error instanceof XmlFault ? error.message : errnoOf(error);
      if (why === undefined || error instanceof GlassineError) throw error;
      this.problems.push(damaged(path, why));
      return undefined;
    }
  }
}
