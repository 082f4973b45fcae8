/**
 * Restoring a batch of files: each is read from the best copy, compared, and only then shown under its name.
 */
import { ownStop } from '../../base/abort.js';
import { errnoOf, GlassineError, problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import type { VaultSetting } from '../../base/settings.js';
import type { ContentHash } from '../../base/types.js';
import { renameFile } from '../../platform/files.js';
import type { FsPath, Step, SystemError, TransferOptions, TransferResult } from '../../platform/native.js';
import type { WorkDeps } from '../deps.js';
import { copiesIn, type Copy, type CopyTrouble, troubleOf, vaultsAwayWith } from '../parts/copies.js';
import type { OpenedVault } from '../parts/open-vaults.js';
import type { PlannedItem } from './plan-restore.js';
import type { RestoreTally } from './report.js';
import type { TargetFolder } from '../parts/target-folder.js';

export interface RestoreRun {
  /** Every vault there is: one that has to be plugged in is asked for by its name and place. */
  readonly settings: readonly VaultSetting[];
  readonly open: readonly OpenedVault[];
  readonly target: TargetFolder;
  readonly tally: RestoreTally;
  /** Existing files and links give way. */
  readonly overwrite: boolean;
}

/** A file on its way. */
interface FileTask {
  readonly item: PlannedItem;
  readonly b3: ContentHash;
  /** Copies not tried yet, the best first. */
  readonly copies: readonly Copy[];
  /** Something is there that gives way. */
  readonly replaces: boolean;
  /** The target gave back other bytes than it was given, once. */
  readonly lied: boolean;
}

interface Reading {
  readonly task: FileTask;
  readonly copy: Copy;
  readonly part: SourcePath;
}

/** Something whole under a temporary name. */
interface Part {
  readonly part: SourcePath;
  readonly to: SourcePath;
  readonly replaces: boolean;
}

/** Files on their way into the target: of one batch while the one before it is shown. */
export interface RunningFiles {
  /** Settles when nothing of them is copied any more, however that went; never rejects. */
  readonly copied: Promise<void>;
  /**
   * Waits for them and shows them; what could not be restored is named in the tally. Throws `stopped`. Where
   * the target is full what `others` settles for is waited for first: they may need less room than was taken.
   */
  finish(others?: Promise<void>): Promise<void>;
  /** Stops them, unless they were finished; nothing of them is left. */
  abandon(): Promise<void>;
}

/** What belongs to one batch alone. */
interface Batch {
  /** Every temporary name that was given out. */
  readonly parts: FsPath[];
  readonly onProgress: (bytes: number) => void;
  /** Files for which there was no room at the first attempt, which `isFirst` says it is. */
  readonly crowded: Set<FileTask>;
  isFirst: boolean;
}

/** Copies under way. */
interface Round {
  readonly readings: readonly Reading[];
  readonly results: Promise<readonly TransferResult[]>;
}

interface Suspicion {
  readonly copy: Copy;
  readonly code: CopyTrouble;
}

/** Files take whole blocks, and one more for their folder. */
const blockBytes = 4_096;

export class FileRestorer {
  readonly #deps: WorkDeps;
  readonly #run: RestoreRun;
  /** Vaults that went away meanwhile. */
  readonly #gone = new Set<OpenedVault>();

  constructor(deps: WorkDeps, run: RestoreRun) {
    this.#deps = deps;
    this.#run = run;
  }

  /** Begins to restore files, whose folders are there. */
  async begin(items: readonly PlannedItem[], onProgress: (bytes: number) => void): Promise<RunningFiles> {
    const tasks: FileTask[] = [];
    for (const item of items) {
      const { b3 } = item.version.content;
      const clearance = await this.clear(item);
      if (b3 === undefined || clearance === 'occupied') continue;
      const copies = copiesIn(this.#deps.catalog, this.#run.open, b3);
      tasks.push({ item, b3, copies, replaces: clearance === 'replaces', lied: false });
    }
    const batch: Batch = { parts: [], onProgress, crowded: new Set(), isFirst: true };
    const own = ownStop(this.#deps.signal);
    const first = this.#copy(tasks, batch, own.signal);
    const copied = first.results.then(own.release, own.release);
    return {
      copied,
      finish: async (others) => {
        await this.#rest(await this.#settle(first, batch), batch);
        if (batch.crowded.size === 0) return;
        await others;
        await this.#rest(await this.#fitting(batch), batch);
      },
      abandon: async () => {
        own.stop();
        await copied;
        await this.#deps.native.arrange(batch.parts.map((path) => ({ do: 'remove', path }) as const));
      },
    };
  }

  /** Rounds until nothing is left to be tried. */
  async #rest(tasks: readonly FileTask[], batch: Batch): Promise<void> {
    for (let left = tasks; left.length > 0;)
      left = await this.#settle(this.#copy(left, batch, this.#deps.signal), batch);
  }

  /**
   * Of the files that met a full target those that have room there now, the smallest first: a large one takes
   * all that is left until it fails itself, and small ones beside it go without.
   */
  async #fitting(batch: Batch): Promise<FileTask[]> {
    batch.isFirst = false;
    const crowded = [...batch.crowded].sort((a, b) => bytesOf(a) - bytesOf(b));
    const { root } = this.#run.target;
    const facts = await this.#deps.native.volumeOf(root).catch(() => undefined);
    let free = facts?.freeBytes ?? 0;
    const fitting: FileTask[] = [];
    for (const task of crowded) {
      free -= Math.ceil(bytesOf(task) / blockBytes + 1) * blockBytes;
      if (free >= 0) fitting.push(task);
      else this.#run.tally.left(this.#unwritable(task.item, 'ENOSPC'));
    }
    return fitting;
  }

  /** Whether an item's place is free. Names what is in the way, unless it may be replaced. */
  async clear({ target }: PlannedItem): Promise<'free' | 'replaces' | 'occupied'> {
    const { target: folder, overwrite, tally } = this.#run;
    try {
      const kind = await folder.kindAt(target);
      if (kind === undefined) return 'free';
      if (overwrite && (kind === 'file' || kind === 'link')) return 'replaces';
      tally.left(problem('target-exists', folder.nameOf(target), { detail: kind }));
    } catch (error) {
      tally.left(
        problem('target-unwritable', folder.nameOf(target), { detail: errnoOf(error) ?? String(error) }),
      );
    }
    return 'occupied';
  }

  /** Begins to copy each file from the best copy that is left of it. */
  #copy(tasks: readonly FileTask[], batch: Batch, signal: AbortSignal | undefined): Round {
    const readings: Reading[] = [];
    for (const task of tasks) {
      const copies = task.copies.filter(({ opened }) => !this.#gone.has(opened));
      const [copy, ...others] = copies;
      if (copy) {
        const part = this.#run.target.partBeside(task.item.target);
        batch.parts.push(this.#run.target.absolute(part));
        readings.push({ task: { ...task, copies: others }, copy, part });
      } else {
        this.#giveUp(task);
      }
    }
    const { onProgress } = batch;
    const results = this.#transfer(readings, { onProgress, ...(signal && { signal }) });
    // Whoever settles the round hears how it went.
    results.catch(() => undefined);
    return { readings, results };
  }

  /** Shows what came, and answers with what is to be tried again. */
  async #settle(round: Round, batch: Batch): Promise<FileTask[]> {
    const { readings } = round;
    const results = await round.results;
    const good: Reading[] = [];
    const again: FileTask[] = [];
    const suspicions: Suspicion[] = [];
    for (const [at, reading] of readings.entries()) {
      const result = results[at];
      const verdict = result ? await this.#judge(reading, result, batch) : 'stop';
      if (verdict === 'good') good.push(reading);
      else if (verdict === 'once more')
        again.push({ ...reading.task, lied: true, copies: [reading.copy, ...reading.task.copies] });
      else if (verdict !== 'stop') {
        suspicions.push({ copy: reading.copy, code: verdict });
        again.push(reading.task);
      }
    }
    await this.#show(good);
    await this.#confirm(suspicions);
    return again;
  }

  async #transfer(readings: readonly Reading[], options: TransferOptions): Promise<TransferResult[]> {
    if (readings.length === 0) return [];
    const { target } = this.#run;
    const items = readings.map(({ copy, part }) => ({
      source: copy.opened.vault.absolute(copy.stored),
      targets: [target.absolute(part)],
      bytes: copy.row.bytes,
    }));
    try {
      return await this.#deps.native.transfer(items, options);
    } catch (error) {
      if (this.#deps.signal?.aborted) throw problem('stopped', target.root, { cause: error });
      throw error;
    }
  }

  /**
   * What a reading gave: the right bytes, a bad copy, a target that is tried `once more`, or one that is not.
   */
  async #judge(
    reading: Reading,
    result: TransferResult,
    batch: Batch,
  ): Promise<'good' | 'once more' | 'stop' | CopyTrouble> {
    const { task, part } = reading;
    if (result.error) return troubleOf(result.error.code);
    if (result.changed) return 'copy-unreadable';
    const written = result.targets[0];
    if (batch.isFirst && written?.error?.code === 'ENOSPC') {
      batch.crowded.add({ ...task, copies: [reading.copy, ...task.copies] });
      return 'stop';
    }
    if (!written || written.error) return this.#unwritten(task.item, written?.error);
    if (!written.matches) {
      if (!task.lied) return 'once more';
      this.#run.tally.left(this.#unwritable(task.item, 'it gives back other bytes than were written'));
      return 'stop';
    }
    if (result.b3 === task.b3) return 'good';
    await this.#deps.native.arrange([{ do: 'remove', path: this.#run.target.absolute(part) }]);
    return 'copy-mismatch';
  }

  #unwritten(item: PlannedItem, error: SystemError | undefined): 'stop' {
    this.#run.tally.left(this.#unwritable(item, error?.code ?? 'nothing was written'));
    return 'stop';
  }

  #unwritable({ target }: PlannedItem, detail: string): GlassineError {
    return problem('target-unwritable', this.#run.target.nameOf(target), { detail });
  }

  /**
   * Gives whole files their times, modes and names, in this order: a name appears with everything that
   * belongs to it.
   */
  async #show(good: readonly Reading[]): Promise<void> {
    const { target, tally } = this.#run;
    const { native } = this.#deps;
    const dressed = await native.arrange(good.map(({ task, part }) => this.#dress(task.item, part)));
    const errors = new Map(good.map((reading, at) => [reading, dressed[at]?.code]));
    const fit = good.filter((reading) => errors.get(reading) === undefined);
    const placed = await this.place(
      fit.map(({ task, part }) => ({ part, to: task.item.target, replaces: task.replaces })),
    );
    fit.forEach((reading, at) => errors.set(reading, placed[at]));
    for (const [{ task, part }, code] of errors) {
      const { item } = task;
      if (code === undefined) {
        tally.restoredOne(item, item.version.content.bytes);
        continue;
      }
      await native.arrange([{ do: 'remove', path: target.absolute(part) }]);
      if (code === 'EEXIST') tally.left(problem('target-exists', target.nameOf(item.target)));
      else tally.left(this.#unwritable(item, code));
    }
  }

  #dress(item: PlannedItem, part: SourcePath): Step {
    const { modifiedUs, mode, xattrs } = item.version.content;
    return {
      ...{ do: 'attributes', path: this.#run.target.absolute(part), modifiedUs },
      // Never more than permissions: a ledger may come from anywhere.
      ...(mode !== undefined && { mode: mode & 0o777 }),
      ...(xattrs && { xattrs }),
    };
  }

  /**
   * Gives parts their names; answers with errno names, `undefined` for what went well. What has a name is
   * only replaced
   * when it was looked at and `replaces` says so.
   */
  async place(parts: readonly Part[]): Promise<(string | undefined)[]> {
    const { target } = this.#run;
    const pathsOf = ({ part, to }: Part) => ({ from: target.absolute(part), to: target.absolute(to) });
    const renames = parts.filter(({ replaces }) => !replaces);
    const steps = renames.map((part) => ({ do: 'rename', ...pathsOf(part) }) as const);
    const results = steps.length === 0 ? [] : await this.#deps.native.arrange(steps);
    const codes = new Map(renames.map((part, at) => [part, results[at]?.code]));
    for (const part of parts) {
      if (!part.replaces) continue;
      const { from, to } = pathsOf(part);
      codes.set(
        part,
        await renameFile(from, to).then(noCode, (error: unknown) => errnoOf(error) ?? String(error)),
      );
    }
    for (const { to } of parts) target.touched(to);
    return parts.map((part) => codes.get(part));
  }

  /** A copy is only called bad while its vault is there: a drive that was unplugged has no damaged files. */
  async #confirm(suspicions: readonly Suspicion[]): Promise<void> {
    for (const opened of new Set(suspicions.map(({ copy }) => copy.opened))) {
      if (this.#gone.has(opened)) continue;
      try {
        await opened.vault.check();
      } catch (error) {
        if (!(error instanceof GlassineError)) throw error;
        this.#gone.add(opened);
        this.#run.tally.away({ ...error.problem, subject: opened.setting.name });
      }
    }
    for (const { copy, code } of suspicions) {
      if (this.#gone.has(copy.opened) && code !== 'copy-mismatch') continue;
      const { name: vault, id: vaultId } = copy.opened.setting;
      this.#run.tally.damaged.push({ vault, vaultId, stored: copy.stored, code });
    }
  }

  #giveUp({ item, b3 }: FileTask): void {
    const open = this.#run.open.filter((opened) => !this.#gone.has(opened));
    const { settings } = this.#run;
    const names = vaultsAwayWith(this.#deps.catalog, b3, { open, settings });
    const facts = names.length > 0 ? { facts: { vaults: names.join(', ') } } : {};
    this.#run.tally.left(problem('no-good-copy', item.subject, facts));
  }
}

function noCode(): undefined {
  return undefined;
}

function bytesOf({ item }: FileTask): number {
  return item.version.content.bytes;
}
