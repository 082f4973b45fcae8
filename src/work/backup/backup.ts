/** The main job: every current version of every protected file gets a copy in every connected vault. */
import { GlassineError, problem } from '../../base/errors.js';
import { Moment } from '../../base/time.js';
import type { SourceSetting, VaultSetting } from '../../base/settings.js';
import type { SourceRow } from '../../store/catalog/types.js';
import type { MissingTotals } from '../../store/catalog/work-list.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';
import { openVaults } from '../parts/open-vaults.js';
import { putSource } from '../parts/source-here.js';
import type { VaultTally } from '../parts/vault-tally.js';
import { type OpenTarget, openTarget } from '../parts/vault-target.js';
import { type BackupReport, Tally } from './report.js';
import { type FolderHint, scanSource } from './scan-source.js';
import { retireUntold, tidyVault } from './tidy-vault.js';

export type { BackupReport } from './report.js';
export type { FolderHint } from './scan-source.js';

export interface BackupOptions {
  readonly sources: readonly SourceSetting[];
  readonly vaults: readonly VaultSetting[];
  /** Look and count, change nothing in any vault. */
  readonly dryRun?: boolean;
  /** The person agrees that whatever is missing was removed on purpose. */
  readonly confirmRemovals?: boolean;
  /** How fast sources are read at most, in bytes a second. Absent: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined;
  /** Only these parts of these sources; sources not named are not looked at. */
  readonly only?: readonly { readonly sourceId: string; readonly folders: readonly FolderHint[] }[];
}

interface Open {
  readonly vault: Vault;
  readonly tally: VaultTally;
}

/**
 * One pass. Never throws for what a person can meet: problems are in the report. Throws `stopped` on abort,
 * and `catalog-*` or `home-unwritable` when this installation's own index fails.
 */
export async function backup(deps: WorkDeps, options: BackupOptions): Promise<BackupReport> {
  const tally = new Tally();
  if (options.dryRun) return foresee(deps, options, { scanned: await scanAll(deps, options, tally), tally });
  // Vaults first: what their ledgers tell that this catalog has lost is what the source is compared with.
  const moment = new Moment(deps.clock);
  const { open, away } = await openVaults({ ...deps, clock: moment }, options.vaults);
  for (const each of away) tally.vault(each.subject).problem = each;
  const vaults = open.map(({ vault, setting }): Open => ({ vault, tally: tally.vault(setting.name) }));
  try {
    const scanned = await scanAll(deps, options, tally);
    const bytesPerSecond = options.bytesPerSecond ?? 0;
    for (const source of scanned) await keepSource(deps, source, { vaults, tally, moment, bytesPerSecond });
  } finally {
    for (const { vault } of vaults) await vault.close();
  }
  return tally.report();
}

interface Scanned {
  readonly setting: SourceSetting;
  readonly row: SourceRow;
  readonly tickMs: number;
}

async function scanAll(deps: WorkDeps, options: BackupOptions, tally: Tally): Promise<Scanned[]> {
  const scanned: Scanned[] = [];
  for (const setting of options.sources) {
    const only = options.only?.find((part) => part.sourceId === setting.id)?.folders;
    if (options.only && !only) continue;
    const row = putSource(deps, setting);
    const confirmRemovals = options.confirmRemovals ?? false;
    const looked = await scanSource(deps, { setting, row, tally, confirmRemovals, only });
    if (!looked) continue;
    tally.sourcesSeen += 1;
    scanned.push({ setting, row, tickMs: await tickOf(deps, setting.root) });
  }
  return scanned;
}

/** The kernel stamps files every few milliseconds; FAT keeps even seconds. */
async function tickOf(deps: WorkDeps, root: string): Promise<number> {
  const facts = await deps.native.volumeOf(root).catch(() => undefined);
  return /fat|msdos|fuseblk/i.test(facts?.fileSystem ?? '') ? 2_000 : 10;
}

async function keepSource(
  deps: WorkDeps,
  source: Scanned,
  {
    vaults,
    tally,
    ...rest
  }: { vaults: readonly Open[]; tally: Tally; moment: Moment; bytesPerSecond: number },
): Promise<void> {
  const targets: OpenTarget[] = [];
  rest.moment.take();
  const before = vaults.map(({ tally: { kept, moved, retired } }) => ({ kept, moved, retired }));
  for (const { vault, tally: vaultTally } of vaults) {
    if (vaultTally.problem !== undefined) continue;
    try {
      const target = await openTarget(deps, source.row, { vault, tally: vaultTally });
      targets.push(target);
      await tidyVault(deps, source, target);
    } catch (error) {
      if (error instanceof GlassineError && error.code === 'source-continued-elsewhere') {
        tally.problems.push(error.problem);
        targets.pop();
      } else {
        vaultTally.dropOut(error);
      }
    }
  }
  await tellRemovals(deps, source, targets);
  const most = (what: 'kept' | 'moved' | 'retired') =>
    Math.max(0, ...vaults.map((each, at) => each.tally[what] - (before[at]?.[what] ?? 0)));
  // A file that moved did so once, however many vaults followed it; what was kept so far are links.
  tally.kept += most('kept');
  tally.moved += most('moved');
  tally.retired += most('retired');
  if (deps.signal?.aborted) throw problem('stopped', source.setting.name);
  const lacking = missingIn(deps, source, targets);
  if (lacking.files === 0) return;
  const { copyFiles } = await import('./copy-files.js');
  await copyFiles(deps, { source, targets, tally, tickMs: source.tickMs, ...rest }, lacking);
  const whole = targets.filter((target) => target.tally.problem === undefined);
  if (whole.length > 0) rememberComplete(deps, source, whole);
}

/** Where nothing is missing any more the catalog remembers it: the next pass need not look at every file. */
function rememberComplete(deps: WorkDeps, source: Scanned, targets: readonly OpenTarget[]): void {
  try {
    missingIn(deps, source, targets);
  } catch (error) {
    // The pass is over and has its report: then the next one finds out.
    if (!(error instanceof GlassineError)) throw error;
  }
}

function missingIn(deps: WorkDeps, source: Scanned, targets: readonly OpenTarget[]): MissingTotals {
  const vaultKeys = targets.map((target) => target.vaultKey);
  return deps.catalog.transaction(() => deps.catalog.work.missingTotals(source.row.key, vaultKeys));
}

/** That the source no longer has a file is history too when only a vault that is away has kept it. */
async function tellRemovals(deps: WorkDeps, source: Scanned, targets: readonly OpenTarget[]): Promise<void> {
  for (const target of targets) {
    if (target.tally.problem !== undefined) continue;
    try {
      await retireUntold(deps, source, target);
      return;
    } catch (error) {
      target.tally.dropOut(error);
    }
  }
}

/** What a pass would do, as far as it can be known without reading a file. */
function foresee(
  deps: WorkDeps,
  options: BackupOptions,
  { scanned, tally }: { scanned: readonly Scanned[]; tally: Tally },
): BackupReport {
  const known = new Map(deps.catalog.vaults().map((vault) => [vault.id, vault.key]));
  for (const setting of options.vaults) {
    const vaultKey = known.get(setting.id);
    const vault = tally.vault(setting.name);
    for (const { row } of scanned) {
      const { files, bytes } = deps.catalog.work.missingTotals(
        row.key,
        vaultKey === undefined ? [-1] : [vaultKey],
      );
      vault.kept += files;
      vault.bytesCopied += bytes;
    }
    tally.kept = Math.max(tally.kept, vault.kept);
  }
  return tally.report();
}
