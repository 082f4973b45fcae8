/** Giving pictures back: versions alive at a moment, from the best copies, written beside and never over. */
import { GlassineError, type Problem, problem } from '../../base/errors.js';
import { targetBytes } from '../../base/paths.js';
import type { VaultSetting } from '../../base/settings.js';
import type { Step } from '../../platform/native.js';
import type { WorkDeps } from '../deps.js';
import { raiseAlarms } from '../parts/alarms.js';
import { vaultsAwayWith } from '../parts/copies.js';
import { type OpenedVaults, openVaults } from '../parts/open-vaults.js';
import { mayOverlap } from '../parts/overlap.js';
import { FileRestorer, type RestoreRun, type RunningFiles } from './file-restorer.js';
import { type PlannedItem, planRestore, type Totals, totalsOf, type WantedPath } from './plan-restore.js';
import { type RestoreReport, RestoreTally } from './report.js';
import { TargetFolder } from '../parts/target-folder.js';
import { TargetNames } from './target-names.js';

export type { WantedPath } from './plan-restore.js';
export type { RestoreReport } from './report.js';

export interface RestoreOptions {
  /** Every vault there is: those that are connected are read. */
  readonly vaults: readonly VaultSetting[];
  readonly paths: readonly WantedPath[];
  /** Made where it is not there. */
  readonly toFolder: string;
  /** The moment, ms; default now. */
  readonly atMs?: number | undefined;
  /** The id of the only vault to read from. */
  readonly fromVault?: string | undefined;
  /** Existing files and links of the same names are replaced, each in one step. Default false. */
  readonly overwrite?: boolean | undefined;
}

const filesAtOnce = 256;
const bytesAtOnce = 1024 * 1024 * 1024;

/**
 * Restores paths as they were at a moment: like `cp -r`, the last name of each path appears in the target
 * folder, and of a whole source, what is in it. What cannot be restored is named in the report, the rest is
 * done. Throws `vault-unknown`, `vault-away` and the like when no vault can be read at all,
 * `target-unwritable` for the folder itself, and `stopped` on abort; then nothing half-written is left.
 */
export async function restore(deps: WorkDeps, options: RestoreOptions): Promise<RestoreReport> {
  const opened = await openReadable(deps, options);
  try {
    const vaultFolders = options.vaults.map((vault) => vault.folder);
    const target = await TargetFolder.open(deps.native, options.toFolder, vaultFolders);
    const tally = new RestoreTally();
    for (const away of opened.away) tally.away(away);
    const { vaults: settings, overwrite = false } = options;
    const run: RestoreRun = { settings, open: opened.open, target, tally, overwrite };
    await new Restore(deps, run).paths(options.paths, options.atMs);
    raiseAlarms(deps, tally.damaged);
    return tally.report(target.root);
  } finally {
    for (const { vault } of opened.open) await vault.close();
  }
}

async function openReadable(deps: WorkDeps, options: RestoreOptions): Promise<OpenedVaults> {
  const { vaults, fromVault } = options;
  const wanted = vaults.filter((vault) => fromVault === undefined || vault.id === fromVault);
  if (wanted.length === 0) throw problem('vault-unknown', fromVault ?? '');
  const opened = await openVaults(deps, wanted, { readOnly: true });
  if (opened.open.length === 0) throw whyNone(deps, options, opened.away);
  return opened;
}

/** No vault can be read: where all are away, those that have what is wanted are asked for. */
function whyNone(deps: WorkDeps, options: RestoreOptions, away: readonly Problem[]): GlassineError {
  const [first] = away;
  if (!first) return problem('vault-unknown', '');
  const isAway = away.every(({ code }) => code === 'vault-away');
  const wanted = isAway && options.fromVault === undefined ? options.paths : [];
  for (const { sourceKey, path } of wanted) {
    for (const version of deps.catalog.aliveAt(sourceKey, { folder: path, atMs: options.atMs })) {
      const { b3 } = version.content;
      const places = { open: [], settings: options.vaults };
      const names = b3 === undefined ? [] : vaultsAwayWith(deps.catalog, b3, places);
      if (names.length === 0) continue;
      return problem('no-good-copy', version.path, { facts: { vaults: names.join(', ') } });
    }
  }
  return new GlassineError(first);
}

/** A batch whose files are on their way. */
interface RunningBatch {
  readonly running: RunningFiles;
  /** What has a place to go to. */
  readonly items: readonly PlannedItem[];
  /** Of all that was asked for. */
  readonly files: number;
  readonly bytes: number;
}

class Restore {
  readonly #deps: WorkDeps;
  readonly #run: RestoreRun;
  readonly #files: FileRestorer;
  #batch: PlannedItem[] = [];
  #batchBytes = 0;
  #running: RunningBatch | undefined;
  /**
   * Empty folders that were made. What is known of them comes last, when nothing is put into them any more.
   */
  readonly #madeFolders: PlannedItem[] = [];
  #begunBytes = 0;
  #doneFiles = 0;
  #doneBytes = 0;
  #toldBytes = 0;
  #totals: Totals = { files: 0, bytes: 0, unknown: [] };

  constructor(deps: WorkDeps, run: RestoreRun) {
    this.#deps = deps;
    this.#run = run;
    this.#files = new FileRestorer(deps, run);
  }

  async paths(wanted: readonly WantedPath[], atMs: number | undefined): Promise<void> {
    const { catalog } = this.#deps;
    this.#totals = totalsOf(catalog, wanted, atMs);
    this.#run.tally.incomplete.push(...this.#totals.unknown);
    const names = new TargetNames(this.#run.target.rules);
    try {
      for (const item of planRestore(catalog, wanted, { names, atMs })) {
        this.#batch.push(item);
        this.#batchBytes += item.version.content.bytes;
        if (this.#batch.length >= filesAtOnce || this.#batchBytes >= bytesAtOnce) await this.#begin();
      }
      await this.#begin();
      await this.#finish(this.#running);
      this.#running = undefined;
    } finally {
      await this.#running?.running.abandon();
    }
    await this.#dressFolders();
  }

  /** Begins the batch that was gathered, and finishes the one before it meanwhile. */
  async #begin(): Promise<void> {
    if (this.#deps.signal?.aborted) throw problem('stopped', this.#run.target.root);
    const [batch, bytes, before] = [this.#batch, this.#batchBytes, this.#running];
    this.#batch = [];
    this.#batchBytes = 0;
    if (before && !mayOverlap(before.bytes, bytes)) await before.running.copied;
    const items: PlannedItem[] = [];
    for (const item of batch) if (await this.#makeRoom(item)) items.push(item);
    const begun = this.#begunBytes;
    this.#begunBytes += bytes;
    const running = await this.#files.begin(
      items.filter(({ version }) => version.content.kind === 'file'),
      (done) => this.#tell(begun + done),
    );
    const files = batch.filter(({ version }) => version.content.kind !== 'folder').length;
    this.#running = { running, items, files, bytes };
    await this.#finish(before, running.copied);
  }

  async #finish(batch: RunningBatch | undefined, others?: Promise<void>): Promise<void> {
    if (!batch) return;
    try {
      await batch.running.finish(others);
    } catch (error) {
      await batch.running.abandon();
      throw error;
    }
    for (const item of batch.items) if (item.version.content.kind === 'link') await this.#makeLink(item);
    const unflushed = await this.#run.target.flush();
    if (unflushed) this.#run.tally.incomplete.push(unflushed);
    this.#doneFiles += batch.files;
    this.#doneBytes += batch.bytes;
    this.#tell(this.#doneBytes);
  }

  /** Makes the folder of an item, or the folder that it is. */
  async #makeRoom(item: PlannedItem): Promise<boolean> {
    const { target, tally } = this.#run;
    const isFolder = item.version.content.kind === 'folder';
    const folder = isFolder ? item.target : target.folderOf(item.target);
    let refused = await target.ensureFolder(folder);
    if (refused?.detail === 'ENOSPC' && this.#running) {
      // What does not fit of the batch under way gives its room back.
      await this.#running.running.copied;
      refused = await target.ensureFolder(folder);
    }
    if (refused) {
      const facts = { folder: refused.subject };
      tally.left(problem(refused.code, target.nameOf(item.target), { detail: refused.detail ?? '', facts }));
    } else if (isFolder && target.isFresh(item.target)) {
      this.#madeFolders.push(item);
    }
    return !refused;
  }

  async #makeLink(item: PlannedItem): Promise<void> {
    const { target, tally } = this.#run;
    const { native } = this.#deps;
    const clearance = await this.#files.clear(item);
    if (clearance === 'occupied') return;
    const part = target.partBeside(item.target);
    const { target: pointsTo = '', modifiedUs } = item.version.content;
    const path = target.absolute(part);
    const [made, dressed] = await native.arrange([
      { do: 'link', path, target: targetBytes(pointsTo) },
      { do: 'attributes', path, modifiedUs },
    ]);
    const replaces = clearance === 'replaces';
    const failed =
      (made ?? dressed)?.code ?? (await this.#files.place([{ part, to: item.target, replaces }]))[0];
    if (failed === undefined) {
      tally.restoredOne(item, 0);
      return;
    }
    if (!made) await native.arrange([{ do: 'remove', path }]);
    const code = failed === 'EEXIST' ? 'target-exists' : 'target-unwritable';
    tally.left(problem(code, target.nameOf(item.target), { detail: failed }));
  }

  async #dressFolders(): Promise<void> {
    const steps = this.#madeFolders.map(({ target, version }): Step => {
      const { modifiedUs, mode } = version.content;
      const path = this.#run.target.absolute(target);
      const time = modifiedUs > 0 && { modifiedUs };
      return { do: 'attributes', path, ...time, ...(mode !== undefined && { mode: mode & 0o777 }) };
    });
    // Deeper folders first: nothing after it changes a folder's time.
    if (steps.length > 0) await this.#deps.native.arrange(steps.reverse());
  }

  #tell(doneBytes: number): void {
    const { files: totalFiles, bytes: totalBytes } = this.#totals;
    // Of the batch after the one that is finished more may have been told: nobody wants to see a bar go back.
    this.#toldBytes = Math.max(this.#toldBytes, Math.min(doneBytes, totalBytes));
    this.#deps.listener({
      ...{ kind: 'progress', job: 'restore', totalFiles, totalBytes },
      ...{ doneFiles: Math.min(this.#doneFiles, totalFiles), doneBytes: this.#toldBytes },
    });
  }
}
