/** Looking at a source: what is there, what is new, what is gone, and what only moved. */
import { errnoOf, GlassineError, problem } from '../../base/errors.js';
import { joinPath, type SourcePath } from '../../base/paths.js';
import type { SourceSetting } from '../../base/settings.js';
import type { Entry, FolderListing } from '../../base/types.js';
import type { MarkedFolder, SystemError, VolumeFacts } from '../../platform/native.js';
import { foldDatabases } from '../../rules/databases.js';
import { guardRemovals } from '../../rules/deletion-guard.js';
import { diffFolder } from '../../rules/diff.js';
import type { ComparedRow } from '../../store/catalog/scan-rows.js';
import type { SourceRow } from '../../store/catalog/types.js';
import type { WorkDeps } from '../deps.js';
import { volumeOfSource } from '../parts/source-here.js';
import { recogniseMoves } from './recognise.js';
import type { Tally } from './report.js';

/** A part of a source to look at: one folder, or everything below it. */
export interface FolderHint {
  readonly folder: SourcePath;
  readonly kind: 'folder' | 'tree';
}

export interface ScanOptions {
  readonly setting: SourceSetting;
  readonly row: SourceRow;
  readonly tally: Tally;
  readonly confirmRemovals: boolean;
  /** Only these parts; absent: the whole source. */
  readonly only?: readonly FolderHint[] | undefined;
}

/** So many entries are compared in one transaction: enough to be fast, few enough to stay small. */
const entriesAtOnce = 4_096;

/**
 * Brings the catalog's view of a source up to date. Returns false, and says why, when the source cannot be
 * looked at;
 * nothing is then known to be gone.
 */
export async function scanSource(deps: WorkDeps, options: ScanOptions): Promise<boolean> {
  const volume = await volumeOfSource(deps, options.setting);
  if (volume instanceof GlassineError) {
    options.tally.problems.push(volume.problem);
    return false;
  }
  const scan = new Scan(deps, options, volume);
  if (options.only && (await scan.parts(options.only))) return scan.decide(options);
  await scan.whole();
  return scan.decide(options);
}

class Scan {
  readonly setting: SourceSetting;
  readonly row: SourceRow;
  readonly tally: Tally;
  #visited = new Set<number>();
  #unread: SourcePath[] = [];
  #entriesSeen = 0;
  #waiting: FolderListing[] = [];
  #waitingEntries = 0;
  #rootMissing = false;

  constructor(
    readonly deps: WorkDeps,
    options: ScanOptions,
    readonly volume: VolumeFacts,
  ) {
    this.setting = options.setting;
    this.row = options.row;
    this.tally = options.tally;
    deps.catalog.scan.begin();
  }

  async whole(): Promise<void> {
    this.#visited = new Set();
    this.#unread = [];
    this.deps.catalog.scan.begin();
    await this.#walk('', true);
    this.#missUnvisited('');
  }

  /**
   * False when the parts alone cannot tell whether what is missing is gone: then the whole source is looked
   * at.
   */
  async parts(hints: readonly FolderHint[]): Promise<boolean> {
    for (const { folder, kind } of hints) {
      if (kind === 'tree' || folder === '') {
        await this.#walk(folder, kind === 'tree');
        if (kind === 'tree') this.#missUnvisited(folder);
      } else {
        await this.#walk(folder, false);
      }
      if (this.#rootMissing) return false;
      if (kind === 'folder') await this.#subfolders(folder);
    }
    return this.#entriesSeen > 0 || this.deps.catalog.scan.missed() === 0;
  }

  /** Folders below one that was listed alone: new ones are walked, vanished ones missed. */
  async #subfolders(folder: SourcePath): Promise<void> {
    const listed = this.#listed.get(folder);
    if (!listed) {
      this.#missUnvisited(folder);
      return;
    }
    const known = this.deps.catalog.scan.subfolders(this.row.key, folder);
    for (const name of listed) if (!known.has(name)) await this.#walk(joinPath(folder, name), true);
    for (const name of known) if (!listed.has(name)) this.#missUnvisited(joinPath(folder, name));
  }
  readonly #listed = new Map<SourcePath, Set<SourcePath>>();

  async #walk(folder: SourcePath, recursive: boolean): Promise<void> {
    const { native, signal } = this.deps;
    const onError = (path: SourcePath, error: SystemError) => this.#cannotRead(path, error.code, folder);
    const listings = native.walk(this.setting.root, {
      folder,
      recursive,
      ...(signal && { signal }),
      onError,
      // Of a folder that is looked at by itself, the folders in it are wanted too.
      ...(recursive && { areKnown: (folders: readonly MarkedFolder[]) => this.#areKnown(folders) }),
    });
    try {
      for await (const listing of listings) {
        if (!recursive) this.#listed.set(folder, folderNames(listing));
        this.#waiting.push(listing);
        this.#waitingEntries += listing.entries.length + 1;
        if (this.#waitingEntries >= entriesAtOnce) this.#compareWaiting();
      }
    } catch (error) {
      const code = errnoOf(error);
      if (signal?.aborted) throw problem('stopped', this.setting.name, { cause: error });
      if (code === undefined) throw error;
      this.#cannotRead(folder, code, folder);
    }
    this.#compareWaiting();
  }

  /** Nothing is decided about what lies below a folder that could not be read. */
  #cannotRead(path: SourcePath, code: string, start: SourcePath): void {
    const absent = isAbsent(code);
    if (absent && path === '') this.#rootMissing = true;
    // The folder that was asked for is gone: what was below it is missed, not unread.
    if (absent && path === start) return;
    this.#unread.push(path);
    // Removed while the walk was under way: the next pass sees it gone.
    if (absent) return;
    const subject = joinPath(this.setting.name, path);
    this.tally.incomplete.push(problem('source-unreadable', subject, { detail: code }).problem);
  }

  /** Folders whose listings the catalog's rows are known to agree with count as compared. */
  #areKnown(folders: readonly MarkedFolder[]): boolean[] {
    return this.deps.catalog.reading(() =>
      folders.map(({ folder, mark, files }) => {
        const key = this.deps.catalog.scan.marks.folderListed(this.row.key, folder, mark);
        if (key === undefined) return false;
        this.#visited.add(key);
        this.#entriesSeen += files;
        return true;
      }),
    );
  }

  #compareWaiting(): void {
    if (this.#waiting.length === 0) return;
    this.deps.catalog.transaction(() => {
      for (const listing of this.#waiting) this.#compare(listing);
    });
    this.#waiting = [];
    this.#waitingEntries = 0;
    this.deps.listener({ kind: 'scan', source: this.setting.name, files: this.#entriesSeen });
  }

  #compare({ folder, entries: found, mark }: FolderListing): void {
    const { scan } = this.deps.catalog;
    const entries = found.length === 0 && folder !== '' ? [emptyFolder] : foldDatabases(found).entries;
    this.#entriesSeen += entries.filter((entry) => entry.kind === 'file' || entry.kind === 'link').length;
    const { key, rows } = scan.folder(this.row.key, folder);
    this.#visited.add(key);
    const diff = diffFolder(rows, entries, { fat: false });
    for (const entry of diff.added) scan.add(key, entry);
    for (const { fileKey, entry, reason } of diff.changed) {
      if (reason === 'time') scan.retime(fileKey, entry);
      else scan.change(fileKey, entry);
    }
    for (const { fileKey, entry } of diff.returned) scan.reappear(fileKey, entry);
    for (const fileKey of diff.gone) scan.miss(fileKey);
    for (const entry of diff.special) {
      const subject = joinPath(this.setting.name, joinPath(folder, entry.name));
      this.tally.incomplete.push(problem('file-special', subject).problem);
    }
    this.#identify(rows, entries);
    // What is missing is to be decided on, what cannot be kept to be named: at every pass, until that is so
    // no more.
    const isSettled = diff.gone.length + diff.special.length + diff.fresh.length === 0;
    if (mark && isSettled) scan.marks.put(key, mark);
  }

  /** After a rebuild the ledgers told everything but the inodes, which moves are recognised by. */
  #identify(rows: readonly ComparedRow[], entries: readonly Entry[]): void {
    const bare = new Map(rows.filter((row) => row.present && !row.hasInode).map((row) => [row.name, row]));
    if (bare.size === 0) return;
    for (const entry of entries) {
      const row = bare.get(entry.name);
      if (row) this.deps.catalog.scan.identify(row.fileKey, entry);
    }
  }

  #missUnvisited(below: SourcePath): void {
    this.deps.catalog.transaction(() => {
      this.deps.catalog.scan.missUnvisited(this.row.key, this.#visited, { unread: this.#unread, below });
    });
  }

  /** What was missed: moved, removed, or not to be believed. */
  async decide(options: ScanOptions): Promise<boolean> {
    const { catalog, clock } = this.deps;
    if (catalog.scan.missed() > 0) catalog.scan.addUnkept(this.row.key);
    const moved = await recogniseMoves(this.deps, {
      setting: this.setting,
      tally: this.tally,
      stableInodes: hasStableInodes(this.volume),
    });
    const missed = catalog.scan.missed();
    // To count a library takes a moment: only where something is missing is it asked how much there was.
    const known = missed > 0 || this.#rootMissing ? catalog.scan.known(this.row.key) : 0;
    const verdict = guardRemovals({
      known: known + moved,
      gone: missed,
      rootExists: !this.#rootMissing,
      volumeMatches: true,
      otherFilesSeen: this.#entriesSeen,
      confirmed: options.confirmRemovals,
    });
    if (verdict.decision === 'retire') {
      if (missed > 0) catalog.transaction(() => catalog.scan.retireMissed());
      if (!options.only) catalog.resolveEvents('many-removed', this.setting.name, clock.now());
      return true;
    }
    const code = verdict.code ?? 'many-removed';
    const facts = { missing: missed, known };
    this.tally.problems.push(problem(code, this.setting.name, { facts }).problem);
    if (code === 'many-removed')
      catalog.addEvent({ at: clock.now(), code, subject: this.setting.name, facts });
    return true;
  }
}

/** FAT has no inodes, and most of FUSE makes them up at each mount. */
function hasStableInodes({ fileSystem }: VolumeFacts): boolean {
  return !/fat|msdos|fuse/i.test(fileSystem);
}

function isAbsent(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** How an empty folder is listed: as the nameless entry of itself. */
const emptyFolder: Entry = { name: '', kind: 'folder', bytes: 0, modifiedUs: 0, inode: '0', device: '0' };

function folderNames(listing: FolderListing): Set<SourcePath> {
  return new Set(listing.entries.filter((entry) => entry.kind === 'folder').map((entry) => entry.name));
}
