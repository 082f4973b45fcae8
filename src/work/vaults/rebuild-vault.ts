/** Reading a vault anew: from its ledgers where they are sound, else from the files that lie in it. */
import { randomUUID } from 'node:crypto';
import { GlassineError, type Problem, problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import type { VaultSetting } from '../../base/settings.js';
import { entryAt } from '../../platform/entries.js';
import { namesIn } from '../../platform/files.js';
import type { SourceFolderRow, SourceRow, VersionRow } from '../../store/catalog/types.js';
import { verifyLedgers } from '../../store/vault/open-vault.js';
import type { LedgerState } from '../../store/vault/types.js';
import { vaultProblem } from '../../store/vault/vault-errors.js';
import type { WorkDeps } from '../deps.js';
import { openVaults } from '../parts/open-vaults.js';
import { versionOf } from '../parts/version-of.js';
import { contentsOf, type VaultContents } from './contents.js';
import { findFiles } from './found-files.js';
import { FreshLedger } from './fresh-ledger.js';
import { type Remembered, retellFolder, retellPath, type RetellOptions } from './retell.js';

export interface RebuildReport extends VaultContents {
  /** `ledgers`: they were sound, and the catalog was filled from them. `files`: a ledger was written anew. */
  readonly from: 'ledgers' | 'files';
  /** What the replaced ledgers are called now, in `Ledger/`. */
  readonly setAside: readonly string[];
}

/**
 * Reads a vault anew. Where every ledger is sound, only the catalog is filled again. Where one is damaged or
 * gone, all files of the sources concerned are read from the medium, what the catalog knows of them and their
 * names is told in a fresh ledger of ours, and the old ledgers are set aside. To be run where those sources
 * are kept: this installation keeps them from now on. Throws the vault's problem when it cannot be read or
 * written, `ledger-newer`, `stopped`; then everything is as it was.
 */
export async function rebuildVault(deps: WorkDeps, setting: VaultSetting): Promise<RebuildReport> {
  const states = await ledgersOf(deps, setting);
  const concerned = await writersConcerned(deps, setting, states);
  let setAside: string[] = [];
  const problems: Problem[] = [];
  if (concerned.size > 0) setAside = await new Rebuild(deps, setting, concerned).run(problems);
  const key = deps.catalog.vault(setting.id)?.key;
  if (key !== undefined) deps.catalog.forgetStored(key);
  const { open, away } = await openVaults(deps, [setting]);
  const [opened] = open;
  if (!opened) throw away[0] ? new GlassineError(away[0]) : new Error('a vault is open or refused');
  try {
    for (const code of ['ledger-damaged', 'ledger-missing-segment', 'ledger-behind']) {
      deps.catalog.resolveEvents(code, setting.name, deps.clock.now());
    }
    const from = concerned.size > 0 ? 'files' : 'ledgers';
    return { ...contentsOf(deps.catalog, opened.key, problems), from, setAside };
  } finally {
    await opened.vault.close();
  }
}

/**
 * The state of every ledger, once the vault is known to be this one and to be writable. What is sound is in
 * the catalog by then: it is what is known of the files.
 */
async function ledgersOf(deps: WorkDeps, setting: VaultSetting): Promise<LedgerState[]> {
  const { native } = deps;
  const { name, folder: root } = setting;
  const { open, away } = await openVaults(deps, [setting], { readOnly: true });
  for (const { vault } of open) await vault.close();
  const [refused] = away;
  if (refused && !refused.code.startsWith('ledger-')) throw new GlassineError(refused);
  if ((await native.volumeOf(root)).readOnly) throw problem('vault-read-only', name);
  const states = await verifyLedgers({ root, native });
  const newer = states.find((state) => state.problem?.code === 'ledger-newer');
  if (newer) throw problem('ledger-newer', name, { detail: newer.writer });
  return states;
}

/**
 * The writers whose ledgers have to be written anew: those that are not sound or gone, those that go on where
 * one of these ended, and with any of them our own, which will tell it all. None: every ledger is sound.
 */
async function writersConcerned(
  deps: WorkDeps,
  setting: VaultSetting,
  states: readonly LedgerState[],
): Promise<Set<string>> {
  const key = deps.catalog.vault(setting.id)?.key;
  const remembered = key === undefined ? [] : deps.catalog.positions(key).filter(({ n }) => n > 0);
  const there = new Set(states.map((state) => state.writer));
  const concerned = new Set([
    ...states.filter((state) => state.problem).map((state) => state.writer),
    ...remembered.map((position) => position.writer).filter((writer) => !there.has(writer)),
  ]);
  const rows = key === undefined ? [] : deps.catalog.sourceFolders(key);
  // A folder that no ledger tells of: its ledger is gone, and nobody here remembers it.
  const folders = await sourceFoldersIn(`${setting.folder}/Pictures`);
  const isToldOf = (folder: string): boolean => rows.some((row) => row.folder === folder);
  if (concerned.size === 0 && folders.every(isToldOf)) return concerned;
  for (let size = -1; size !== concerned.size;) {
    size = concerned.size;
    for (const { writer, afterWriter } of rows) {
      if (afterWriter !== undefined && concerned.has(afterWriter)) concerned.add(writer);
    }
  }
  return concerned.add(deps.writer);
}

/** The folders in a folder that hold anything. */
async function sourceFoldersIn(folder: string): Promise<string[]> {
  const folders: string[] = [];
  for (const name of await namesIn(folder)) {
    const path = `${folder}/${name}`;
    if ((await entryAt(path))?.kind === 'folder' && (await namesIn(path)).length > 0) folders.push(name);
  }
  return folders;
}

class Rebuild {
  readonly #deps: WorkDeps;
  readonly #setting: VaultSetting;
  readonly #concerned: ReadonlySet<string>;
  readonly #rows: readonly SourceFolderRow[];
  readonly #vaultKey: number;
  readonly #told = new Set<number>();
  readonly #unread: string[] = [];
  #names = 0;
  #doneFiles = 0;

  constructor(deps: WorkDeps, setting: VaultSetting, concerned: ReadonlySet<string>) {
    this.#deps = deps;
    this.#setting = setting;
    this.#concerned = concerned;
    this.#vaultKey = deps.catalog.putVault({ id: setting.id, name: setting.name }).key;
    this.#rows = deps.catalog.sourceFolders(this.#vaultKey);
  }

  /** Writes the fresh ledger; resolves with the names of those it replaces. */
  async run(problems: Problem[]): Promise<string[]> {
    const { folder: root, name } = this.#setting;
    let ledger: FreshLedger | undefined;
    try {
      ledger = await FreshLedger.begin(this.#deps, root);
      for (const folder of await this.#sourceFolders()) await this.#retellSource(ledger, folder);
      for (const stored of this.#unread)
        problems.push(problem('copy-unreadable', `${name}/${stored}`).problem);
      return await ledger.finish([...this.#concerned]);
    } catch (error) {
      await ledger?.discard().catch(() => undefined);
      throw vaultProblem(error, name);
    }
  }

  /** Folders of sources that the concerned writers kept, and those that nobody is known to have kept. */
  async #sourceFolders(): Promise<string[]> {
    const { folder: root } = this.#setting;
    const all = new Set([
      ...(await sourceFoldersIn(`${root}/Pictures`)),
      ...(await sourceFoldersIn(`${root}/Versions`)),
      ...this.#rows.map((row) => row.folder),
    ]);
    return [...all].sort().filter((folder) => {
      const rows = this.#rows.filter((row) => row.folder === folder);
      return rows.length === 0 || rows.some((row) => this.#concerned.has(row.writer));
    });
  }

  async #retellSource(ledger: FreshLedger, folder: string): Promise<void> {
    const { clock, writer, catalog } = this.#deps;
    const source = this.#sourceOf(folder);
    const { id, name, computer, root, volume } = source;
    const nowMs = clock.now();
    await ledger.append([
      {
        line: {
          do: 'source',
          source: id,
          name,
          computer,
          root,
          ...(volume !== undefined && { volume }),
          folder,
        },
        // Before everything it kept.
        atMs: 0,
      },
    ]);
    const sourceKey = catalog.source(id)?.key;
    const options: RetellOptions = {
      ...{ source: id, nowMs },
      known: (stored) => this.#known(stored, sourceKey),
      history: (path, isFolder) => this.#history(sourceKey, path, isFolder),
      freePath: (path, isFolder) => this.#freePath(id, path, isFolder),
      from: () => `Incoming/${writer}/rebuilt-${(this.#names += 1)}`,
    };
    for await (const found of findFiles(this.#deps, this.#setting.folder, folder)) {
      const { lines, unread } = retellFolder(found, options);
      this.#unread.push(...unread);
      await ledger.append(lines);
      this.#tell(found.pictures.length + found.versions.length);
    }
    if (sourceKey === undefined) return;
    // Paths that files were moved away from, and links and folders that were removed: told, though nothing is
    // there.
    for (const [version] of catalog.endedVersions(sourceKey)) {
      if (!version) continue;
      const isFolder = version.content.kind === 'folder';
      if (this.#told.has(this.#keyOf(id, version.path, isFolder))) continue;
      await ledger.append(retellPath(version.path, isFolder, options));
    }
  }

  #sourceOf(folder: string): Omit<SourceRow, 'key' | 'writer'> {
    const row = this.#rows.find((each) => each.folder === folder);
    const sources = this.#deps.catalog.sources();
    // Where no ledger tells whose folder it is, it is that of our source of this name, if it has no other.
    const isOurs = (source: SourceRow): boolean =>
      source.name === folder &&
      source.writer === this.#deps.writer &&
      !this.#rows.some((each) => each.sourceKey === source.key);
    const known = sources.find((source) => (row ? source.key === row.sourceKey : isOurs(source)));
    const unknown = {
      id: randomUUID(),
      name: folder,
      computer: this.#deps.computer,
      root: '',
      volume: undefined,
    };
    return known ?? unknown;
  }

  /** What the catalog knows of a stored file of a source. */
  #known(stored: string, sourceKey: number | undefined): Remembered | undefined {
    const { catalog } = this.#deps;
    const row = catalog.storedAt(this.#vaultKey, stored);
    if (!row) return undefined;
    const version = versionOf(row, catalog.versionsOfFile(row.fileKey));
    if (version?.sourceKey !== sourceKey || !version) return undefined;
    // What was moved here was kept before its path began.
    const keptAt = Math.max(row.keptAt, version.since);
    return { ...rememberedOf(version), keptAt, content: { ...version.content, modifiedUs: row.modifiedUs } };
  }

  /** Versions of a path that ended, as far as their content can be had from this vault. */
  #history(sourceKey: number | undefined, path: SourcePath, isFolder: boolean): Remembered[] {
    if (sourceKey === undefined) return [];
    const { catalog } = this.#deps;
    return catalog
      .versionsOf(sourceKey, path)
      .filter(({ content, until }) => {
        if (until === undefined || (content.kind === 'folder') !== isFolder) return false;
        if (content.kind !== 'file') return true;
        const { b3 } = content;
        return b3 !== undefined && catalog.copiesOf({ b3 }).some((row) => row.vaultKey === this.#vaultKey);
      })
      .map(rememberedOf);
  }

  /** Two files that would be told as one path would swallow each other: the second gets a number. */
  #freePath(source: string, path: SourcePath, isFolder: boolean): SourcePath {
    for (let attempt = 1; ; attempt++) {
      const candidate = attempt === 1 ? path : `${path} (${attempt})`;
      const key = this.#keyOf(source, candidate, isFolder);
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      return candidate;
    }
  }

  /** A number for a path: a set of a million paths would weigh ten times as much. */
  #keyOf(source: string, path: SourcePath, isFolder: boolean): number {
    const text = `${source}/${path}${isFolder ? '/' : ''}`;
    return Number.parseInt(this.#deps.native.hash(Buffer.from(text)).slice(0, 13), 16);
  }

  #tell(files: number): void {
    this.#doneFiles += files;
    const done = { doneFiles: this.#doneFiles, doneBytes: 0 };
    this.#deps.listener({
      kind: 'progress',
      job: 'rebuild',
      ...done,
      totalFiles: this.#doneFiles,
      totalBytes: 0,
    });
  }
}

function rememberedOf({ key, path, since, until, content }: VersionRow): Remembered {
  return { versionKey: key, path, keptAt: since, until, content };
}
