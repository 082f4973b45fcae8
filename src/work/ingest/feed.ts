/**
 * Feeding the main job: what an ingest copies into a protected folder goes into the vaults that keep the
 * folder, too, from the same reading of the card. The vaults and the catalog end as the next pass would have
 * left them; whatever fails here is left to that pass.
 */
import { problem, type Problem } from '../../base/errors.js';
import { splitPath, type SourcePath } from '../../base/paths.js';
import { Moment } from '../../base/time.js';
import type { ContentHash, Entry, Evidence } from '../../base/types.js';
import { type EntryFacts, entryAt } from '../../platform/entries.js';
import { evidenceOf, type SystemError, type TargetResult } from '../../platform/native.js';
import { isOfDatabase } from '../../rules/databases.js';
import type { NewLine } from '../../store/ledger/lines.js';
import { asProblem } from '../../store/vault/vault-errors.js';
import type { WorkDeps } from '../deps.js';
import { lineOfArrival } from '../parts/arrival-line.js';
import { openVaults } from '../parts/open-vaults.js';
import { VaultTally } from '../parts/vault-tally.js';
import type { OpenTarget } from '../parts/vault-target.js';
import type { Destination } from './destination.js';
import {
  type Branch,
  branchOut,
  type FedVault,
  type FeedOptions,
  type FeedPlan,
  nestedIn,
  pathIn,
} from './feed-branches.js';
import type { WantedFile } from './wanted.js';

export type { FeedOptions } from './feed-branches.js';

/** A copy on its way into a vault; it counts once the destination shows the file. */
export interface FedCopy {
  readonly branch: Branch;
  readonly target: OpenTarget;
  /** Where it waits, relative to the vault's root. */
  readonly from: string;
}

interface CameCopy extends FedCopy {
  readonly evidence: Evidence;
}

/** A file that a batch brought, under its name in each destination. */
export interface PlacedFile {
  readonly wanted: WantedFile;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash;
  readonly places: readonly { readonly destination: Destination; readonly to: SourcePath }[];
}

/** What came into one vault with the card. */
export interface FedReport {
  /** The vault's name. */
  readonly name: string;
  readonly kept: number;
  readonly bytesCopied: number;
  /** Why the rest is left to the next pass. */
  readonly problem?: Problem;
}

/** A file as the destination shows it, with its copies in vaults. */
interface Shown {
  readonly branch: Branch;
  readonly path: SourcePath;
  readonly b3: ContentHash;
  readonly entry: Entry;
  readonly mode: number;
  readonly copies: readonly CameCopy[];
}

interface Batch {
  readonly lines: NewLine[];
  files: number;
  bytes: number;
}

interface FeedParts {
  readonly moment: Moment;
  readonly vaults: readonly FedVault[];
  readonly branches: ReadonlyMap<Destination, Branch>;
}

/** FAT keeps even seconds. A file whose time is farther from the card's was changed since it came. */
const coarsestUs = 2_000_000;
/** A file so new may change once more and show the same time. */
const settledUs = 2_000_000;
/** A vault may give back other bytes than it was given once. */
const mostLies = 1;

export class Feed {
  readonly #deps: WorkDeps;
  readonly #parts: FeedParts;
  /** Vaults that have no more room: what came is kept, and nothing more is sent there. */
  readonly #full = new Set<VaultTally>();
  readonly #lies = new Map<VaultTally, number>();
  #came = new Map<WantedFile, CameCopy[]>();

  private constructor(deps: WorkDeps, parts: FeedParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /**
   * Opens the vaults, where any destination lies in a source; otherwise the feed has nothing to do. Throws
   * what is no vault's problem. Whoever opens it closes it.
   */
  static async open(deps: WorkDeps, options: FeedOptions | undefined, plan: FeedPlan): Promise<Feed> {
    const moment = new Moment(deps.clock);
    const idle = new Feed(deps, { moment, vaults: [], branches: new Map() });
    if (!options || plan.files.length === 0) return idle;
    const nested = await nestedIn(deps, options.sources, plan.destinations);
    if (nested.length === 0) return idle;
    const { open } = await openVaults({ ...deps, clock: moment }, options.vaults);
    const vaults = open.map(({ vault, setting }) => ({ vault, tally: new VaultTally(setting.name) }));
    try {
      return new Feed(deps, {
        ...{ moment, vaults },
        branches: await branchOut(deps, nested, { vaults, moment, plan }),
      });
    } catch (error) {
      for (const { vault } of vaults) await vault.close();
      throw error;
    }
  }

  /** The vaults that a file goes to with its copy in this destination, each under a name in `Incoming/`. */
  copiesOf({ file, to }: WantedFile, destination: Destination): FedCopy[] {
    const branch = this.#parts.branches.get(destination);
    // Databases are kept as their programs mean them: the pass knows how.
    if (!branch || isOfDatabase(splitPath(to).name)) return [];
    const path = pathIn(branch, to);
    return branch.targets
      .filter((target) => this.#takes(target) && file.bytes <= target.largestBytes)
      .filter((target) => !target.placing.isBlocked(path))
      .map((target) => ({ branch, target, from: target.vault.incomingName() }));
  }

  #takes({ tally }: OpenTarget): boolean {
    return tally.problem === undefined && !this.#full.has(tally);
  }

  /** How the copies of one file went; `outcomes` in their order. */
  arrived(wanted: WantedFile, copies: readonly FedCopy[], outcomes: readonly TargetResult[]): void {
    const came: CameCopy[] = [];
    for (const [at, copy] of copies.entries()) {
      const outcome = outcomes[at];
      if (!outcome) continue;
      if (outcome.error) this.#refused(copy.target, outcome.error);
      else if (!outcome.matches) this.#lied(copy.target);
      else came.push({ ...copy, evidence: evidenceOf(outcome) });
    }
    if (came.length > 0) this.#came.set(wanted, came);
  }

  #refused({ tally }: OpenTarget, error: SystemError): void {
    if (error.code === 'EFBIG') return;
    const refused = asProblem(error, tally.name);
    if (refused.code === 'vault-full') this.#full.add(tally);
    else tally.problem ??= refused;
  }

  #lied({ tally }: OpenTarget): void {
    const lies = (this.#lies.get(tally) ?? 0) + 1;
    this.#lies.set(tally, lies);
    if (lies > mostLies) tally.problem ??= problem('vault-lies', tally.name).problem;
  }

  /**
   * The files of a batch are where they belong: the catalog learns of them as a scan would have seen them,
   * and the ledgers that they are kept. Copies of files that are not among them are let go of.
   */
  async commit(files: readonly PlacedFile[]): Promise<void> {
    const came = this.#came;
    this.#came = new Map();
    const shown = came.size === 0 ? [] : await this.#shown(files, came);
    if (shown.length === 0) return;
    const { catalog } = this.#deps;
    const keys = catalog.transaction(() =>
      shown.map(({ branch, path, entry, b3 }) => catalog.scan.meet(branch.source.key, path, { entry, b3 })),
    );
    const batches = new Map<OpenTarget, Batch>();
    for (const [at, each] of shown.entries()) await this.#tellOf(each, keys[at] ?? -1, batches);
    this.#parts.moment.take();
    await Promise.all([...batches].map(([target, batch]) => this.#keep(target, batch)));
  }

  async #shown(
    files: readonly PlacedFile[],
    came: ReadonlyMap<WantedFile, readonly CameCopy[]>,
  ): Promise<Shown[]> {
    const shown: Shown[] = [];
    for (const file of files) {
      for (const { destination, to } of file.places) {
        const copies = came.get(file.wanted)?.filter((copy) => copy.branch.destination === destination) ?? [];
        const [first] = copies;
        if (!first) continue;
        const facts = await this.#look(destination, to, file);
        if (!facts) continue;
        const { branch } = first;
        const path = pathIn(branch, to);
        const { b3 } = file;
        shown.push({ branch, path, b3, copies, entry: entryOf(path, facts), mode: facts.mode });
      }
    }
    return shown;
  }

  /** The file, as long as it is beyond doubt the one that was copied. */
  async #look(
    { folder }: Destination,
    to: SourcePath,
    { bytes, modifiedUs }: PlacedFile,
  ): Promise<EntryFacts | undefined> {
    const facts = await entryAt(folder.absolute(to)).catch(() => undefined);
    if (facts?.kind !== 'file' || facts.bytes !== bytes) return undefined;
    const shownUs = microseconds(facts.modifiedNs);
    const ageUs = this.#deps.clock.now() * 1000 - shownUs;
    const isFresh = ageUs >= 0 && ageUs < settledUs;
    return isFresh || Math.abs(shownUs - modifiedUs) > coarsestUs ? undefined : facts;
  }

  async #tellOf(shown: Shown, fileKey: number, batches: Map<OpenTarget, Batch>): Promise<void> {
    const { branch, path, b3, entry, mode, copies } = shown;
    const { bytes, modifiedUs } = entry;
    const stored = this.#deps.catalog.storedFor(fileKey);
    for (const { target, from, evidence } of copies) {
      if (target.tally.problem !== undefined) continue;
      const slot = stored.find((row) => row.newest && row.vaultKey === target.vaultKey);
      const { line, isHad } = await lineOfArrival(target, {
        ...{ source: branch.source.id, path, content: { bytes, modifiedUs, mode, b3 } },
        ...{ slot, from, evidence },
      });
      if (!line) continue;
      const batch = batches.get(target) ?? { lines: [], files: 0, bytes: 0 };
      batches.set(target, batch);
      batch.lines.push(line);
      if (isHad) continue;
      batch.files += 1;
      batch.bytes += bytes;
    }
  }

  async #keep(target: OpenTarget, { lines, files, bytes }: Batch): Promise<void> {
    const { tally } = target;
    try {
      await target.commit(lines);
      tally.kept += files;
      tally.bytesCopied += bytes;
    } catch (error) {
      tally.dropOut(error);
    }
  }

  /** Tells the vaults that something came to one more line, each once. */
  async tell(line: NewLine): Promise<void> {
    const targets = [...this.#parts.branches.values()].flatMap((branch) => branch.targets);
    this.#parts.moment.take();
    for (const { vault, tally } of this.#parts.vaults) {
      const target = targets.find((each) => each.vault === vault);
      if (!target || tally.kept === 0 || tally.problem !== undefined) continue;
      await this.#keep(target, { lines: [line], files: 0, bytes: 0 });
    }
  }

  /** The vaults that something came to, and those that something was to come to. */
  report(): FedReport[] {
    return this.#parts.vaults.flatMap(({ tally }): FedReport[] => {
      const { name, kept, bytesCopied } = tally;
      const full = this.#full.has(tally) ? problem('vault-full', name).problem : undefined;
      const why = tally.problem ?? full;
      return kept === 0 && !why ? [] : [{ name, kept, bytesCopied, ...(why && { problem: why }) }];
    });
  }

  /** Lets go of the vaults, and of what lies in their `Incoming/` for nothing. Safe after errors. */
  async close(): Promise<void> {
    for (const { vault } of this.#parts.vaults) await vault.close();
  }
}

/** As a scan lists it. */
function entryOf(path: SourcePath, { bytes, modifiedNs, inode, device }: EntryFacts): Entry {
  return {
    ...{ name: splitPath(path).name, kind: 'file', bytes, modifiedUs: microseconds(modifiedNs) },
    ...{ inode: String(inode), device: String(device) },
  };
}

/** Whole ones, as scans count them: before 1970 towards the past. */
function microseconds(ns: bigint): number {
  return Number((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n);
}
