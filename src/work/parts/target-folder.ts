/** A folder that a job fills with files: what it can hold, its folders, and names for half-written files. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { errnoOf, type Problem, problem } from '../../base/errors.js';
import { absolutePath, joinPath, type SourcePath, splitPath } from '../../base/paths.js';
import type { EntryKind } from '../../base/types.js';
import { entryAt, makeFreshFolder } from '../../platform/entries.js';
import { makeFolder, realPath, removeTree } from '../../platform/files.js';
import type { FsPath, Native } from '../../platform/native.js';
import type { VolumeNames } from '../../rules/stored-names.js';
import { probeNames } from '../../store/vault/probe.js';

/** How folders and files of ours begin that are not what anybody asked for. */
const ownPrefix = '.glassine-';

/** Whether a name is one that {@link TargetFolder.partBeside} gives. */
export function isPart(name: string): boolean {
  return name.startsWith(ownPrefix) && name.endsWith('.part');
}

/** What the names of a target volume can be. */
export interface TargetRules extends VolumeNames {
  /** Whether names may be any bytes. */
  readonly anyBytes: boolean;
}

export class TargetFolder {
  readonly root: string;
  readonly rules: TargetRules;
  readonly #native: Native;
  /** Folders known to be folders, and among them those that were made here. */
  readonly #ready = new Set<SourcePath>(['']);
  readonly #fresh = new Set<SourcePath>();
  readonly #touched = new Set<SourcePath>();
  readonly #session = randomUUID().slice(0, 8);
  #parts = 0;

  private constructor(native: Native, root: string, rules: TargetRules) {
    this.#native = native;
    this.root = root;
    this.rules = rules;
  }

  /**
   * Makes the folder where it is not there, and finds out what names it can hold. Throws `target-unwritable`,
   * also for a folder inside one of `vaultFolders`: a vault is nobody's to write into.
   */
  static async open(native: Native, folder: string, vaultFolders: readonly string[]): Promise<TargetFolder> {
    const root = path.resolve(folder);
    try {
      await refuseVaults(root, vaultFolders);
      await makeFolder(root);
      return new TargetFolder(native, root, await probe(native, root));
    } catch (error) {
      const errno = errnoOf(error);
      throw errno === undefined
        ? error
        : problem('target-unwritable', folder, { detail: errno, cause: error });
    }
  }

  /** The absolute path of a path in it. */
  absolute(target: SourcePath): FsPath {
    return absolutePath(this.root, target);
  }

  /** The folder that a path lies in. */
  folderOf(target: SourcePath): SourcePath {
    return splitPath(target).folder;
  }

  /** What a person calls a path in it. */
  nameOf(target: SourcePath): string {
    return `${this.root}/${target}`;
  }

  /** A new name beside `target` for what is not yet whole. */
  partBeside(target: SourcePath): SourcePath {
    this.#parts += 1;
    return joinPath(splitPath(target).folder, `${ownPrefix}${this.#session}-${this.#parts}.part`);
  }

  /** What lies at a path; `undefined` for nothing. Never follows a link. */
  async kindAt(target: SourcePath): Promise<EntryKind | undefined> {
    const { folder, name } = splitPath(target);
    if (this.#fresh.has(folder)) return undefined;
    try {
      return (await entryAt(this.absolute(target)))?.kind;
    } catch (error) {
      // So deep that only the addon gets there.
      if (errnoOf(error) !== 'ENAMETOOLONG') throw error;
      return await this.#kindListed(folder, name);
    }
  }

  async #kindListed(folder: SourcePath, name: SourcePath): Promise<EntryKind | undefined> {
    for await (const { entries } of this.#native.walk(this.root, { folder, recursive: false })) {
      const entry = entries.find((each) => each.name === name);
      if (entry) return entry.kind;
    }
    return undefined;
  }

  /** Whether a folder was made by {@link ensureFolder} and not found. */
  isFresh(folder: SourcePath): boolean {
    return this.#fresh.has(folder);
  }

  /**
   * Makes a folder and those above it. A link is no folder, wherever it leads: following it could write
   * anywhere. Resolves with what stands in the way, if anything does.
   */
  async ensureFolder(folder: SourcePath): Promise<Problem | undefined> {
    if (this.#ready.has(folder)) return undefined;
    const above = splitPath(folder).folder;
    const refused = await this.ensureFolder(above);
    if (refused) return refused;
    const subject = this.nameOf(folder);
    try {
      const kind = await this.kindAt(folder);
      if (kind !== undefined && kind !== 'folder')
        return problem('target-exists', subject, { detail: kind }).problem;
      if (kind === undefined) {
        const [error] = await this.#native.arrange([{ do: 'folder', path: this.absolute(folder) }]);
        if (error) return problem('target-unwritable', subject, { detail: error.code }).problem;
        this.#fresh.add(folder);
        this.#touched.add(above);
      }
    } catch (error) {
      return problem('target-unwritable', subject, { detail: errnoOf(error) ?? String(error) }).problem;
    }
    this.#ready.add(folder);
    return undefined;
  }

  /** Something came to a path: its folder is to be flushed. */
  touched(target: SourcePath): void {
    this.#touched.add(splitPath(target).folder);
  }

  /** Flushes every folder that changed. Resolves with what could not be, if anything. */
  async flush(): Promise<Problem | undefined> {
    const folders = [...this.#touched];
    this.#touched.clear();
    if (folders.length === 0) return undefined;
    const steps = folders.map((folder) => ({ do: 'flushFolder', path: this.absolute(folder) }) as const);
    const failed = (await this.#native.arrange(steps)).find((error) => error !== null);
    return failed && problem('target-unwritable', this.root, { detail: failed.code }).problem;
  }
}

async function refuseVaults(root: string, vaultFolders: readonly string[]): Promise<void> {
  const target = await withoutLinks(root);
  for (const folder of vaultFolders) {
    const vault = (await realPath(folder)) ?? folder;
    if (target === vault || target.startsWith(vault.endsWith(path.sep) ? vault : vault + path.sep)) {
      throw problem('target-unwritable', root, { detail: 'it lies inside a vault' });
    }
  }
}

/** The path with links followed, as far as it exists. */
async function withoutLinks(folder: string): Promise<string> {
  const parent = path.dirname(folder);
  const real = await realPath(folder);
  if (real !== undefined || parent === folder) return real ?? folder;
  return path.join(await withoutLinks(parent), path.basename(folder));
}

async function probe(native: Native, root: string): Promise<TargetRules> {
  const folder = await makeFreshFolder(path.join(root, ownPrefix));
  try {
    const rules = await probeNames(folder);
    const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]);
    const anyBytes =
      rules.caseSensitive && (await native.arrange([{ do: 'folder', path: bytes }]))[0] === null;
    return { ...rules, anyBytes };
  } finally {
    await removeTree(folder);
  }
}
