/**
 * The copying: each file of a source is read once for all vaults that lack it, batch by batch, until none is
 * left.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { problem } from '../../base/errors.js';
import { joinPath, type SourcePath } from '../../base/paths.js';
import type { MissingRow } from '../../store/catalog/types.js';
import type { WorkDeps } from '../deps.js';
import { mayOverlap } from '../parts/overlap.js';
import type { OpenTarget } from '../parts/vault-target.js';
import { beginBatch, type RunningBatch } from './copy-batch.js';
import { type CopyRun, type Job, mostAttempts } from './job.js';
import { Room } from './room.js';

/** A batch pays for its flushes once; it also is what a crash may cost. */
const filesAtOnce = 512;
const bytesAtOnce = 256 * 1024 * 1024;
const rowsAtOnce = 512;

interface MissingTotals {
  readonly files: number;
  readonly bytes: number;
}

/** Before files that changed while they were read are tried again. */
const quietMs = 250;

/**
 * Copies what is missing: `total` in all. Vaults that fail drop out, with their problem in their tally; files
 * that fail are named.
 */
export async function copyFiles(deps: WorkDeps, run: CopyRun, total: MissingTotals): Promise<void> {
  const copying = new Copying(deps, run, total);
  try {
    await copying.firstRound();
    for (let round = 1; round < mostAttempts && copying.again.length > 0; round++) {
      await pause(quietMs, undefined, deps.signal ? { signal: deps.signal } : {}).catch(() => undefined);
      await copying.anotherRound();
    }
  } finally {
    await copying.abandon();
  }
  copying.nameTheRest();
}

class Copying {
  again: Job[] = [];
  #batch: Job[] = [];
  #batchBytes = 0;
  /** Whose copies are under way, the oldest first. */
  #copying: RunningBatch[] = [];
  /** The one before them, of which the ledgers are told while the next one is prepared. */
  #telling: { readonly batch: RunningBatch; readonly told: Promise<void> } | undefined;
  /** Of the batches that were begun. */
  #begunFiles = 0;
  #begunBytes = 0;
  #toldFiles = 0;
  #toldBytes = 0;
  readonly #room: Room;

  constructor(
    readonly deps: WorkDeps,
    readonly run: CopyRun,
    readonly total: MissingTotals,
  ) {
    this.#room = new Room(deps.native);
  }

  async firstRound(): Promise<void> {
    for (let afterFile = -1; ;) {
      const vaultKeys = this.#targets().map((target) => target.vaultKey);
      if (vaultKeys.length === 0) break;
      const page = { vaultKeys, afterFile, limit: rowsAtOnce };
      const rows = this.deps.catalog.work.missing(this.run.source.row.key, page);
      for (const job of this.#jobs(rows)) await this.#add(job);
      const last = rows.at(-1);
      if (!last) break;
      afterFile = last.seen.fileKey;
    }
    await this.#copy();
    await this.#finish();
  }

  async anotherRound(): Promise<void> {
    const jobs = this.again;
    this.again = [];
    for (const job of jobs) await this.#add(job);
    await this.#copy();
    await this.#finish();
  }

  /** Stops what is still under way after a fault. Of what was copied already the ledgers are told. */
  async abandon(): Promise<void> {
    const telling = this.#telling;
    this.#telling = undefined;
    const batches = [...this.#copying.splice(0), ...(telling ? [telling.batch] : [])];
    await Promise.allSettled([...batches.map((batch) => batch.abandon()), telling?.told]);
  }

  nameTheRest(): void {
    for (const job of this.again) if (job.trouble) this.run.tally.incomplete.push(job.trouble);
    for (const target of this.run.targets) {
      const neededBytes = this.#room.leftBytes(target);
      if (neededBytes === undefined) continue;
      target.tally.problem ??= problem('vault-full', target.tally.name, { facts: { neededBytes } }).problem;
    }
  }

  #targets(): OpenTarget[] {
    return this.run.targets.filter((target) => target.tally.problem === undefined);
  }

  *#jobs(rows: readonly MissingRow[]): Generator<Job> {
    let job: Job | undefined;
    for (const { vaultKey, path, seen, slot } of rows) {
      const target = this.run.targets.find((each) => each.vaultKey === vaultKey);
      if (!target || seen.kind !== 'file') continue;
      if (seen.bytes > target.largestBytes) {
        this.#tooLarge(path, target);
        continue;
      }
      if (job?.seen.fileKey !== seen.fileKey) {
        if (job) yield job;
        job = { path, seen, wanted: [], attempts: 0, trouble: undefined };
      }
      job.wanted.push({ target, slot, lied: false });
    }
    if (job) yield job;
  }

  /** Not even read: on FAT it would fail after four gigabytes. */
  #tooLarge(path: SourcePath, target: OpenTarget): void {
    const subject = joinPath(this.run.source.setting.name, path);
    const facts = { vault: target.tally.name };
    this.run.tally.incomplete.push(problem('file-too-large', subject, { facts }).problem);
  }

  async #add(job: Job): Promise<void> {
    this.#batch.push(job);
    this.#batchBytes += job.seen.bytes;
    if (this.#batch.length >= filesAtOnce || this.#batchBytes >= bytesAtOnce) await this.#copy();
  }

  async #copy(): Promise<void> {
    if (this.deps.signal?.aborted) throw problem('stopped', this.run.source.setting.name);
    const [batch, bytes] = [this.#batch, this.#batchBytes];
    this.#batch = [];
    this.#batchBytes = 0;
    if (batch.length === 0) return;
    await this.#turn(bytes);
    const jobs = await this.#room.fitting(batch);
    if (jobs.length === 0) return;
    await this.#tick(jobs);
    const begun = { files: this.#begunFiles, bytes: this.#begunBytes };
    const next = await beginBatch(this.deps, this.run, {
      jobs,
      room: this.#room,
      onProgress: (bytes, files) => this.#tell(begun.bytes + bytes, begun.files + files),
    });
    this.#copying.push(next);
    this.#begunFiles += jobs.length;
    this.#begunBytes += next.bytes;
    await this.#told();
    if (this.#copying.length > 1) this.#tellNext();
  }

  /** Waits until a batch of so many bytes may be begun. */
  async #turn(bytes: number): Promise<void> {
    // Two are copied at the same time, never three.
    await this.#telling?.batch.copied;
    const before = this.#copying.at(-1);
    if (!before || (this.run.bytesPerSecond === 0 && mayOverlap(before.bytes, bytes))) return;
    // It may take hours, and be of no use any more.
    await this.#told();
    await this.#copying.at(-1)?.copied;
  }

  async #finish(): Promise<void> {
    do {
      await this.#told();
      this.#tellNext();
    } while (this.#telling);
  }

  /** Waits until the ledgers were told. Batches that nobody wants any more then are given up. */
  async #told(): Promise<void> {
    await this.#telling?.told.finally(() => (this.#telling = undefined));
    // Every vault that one is for may have dropped out: then its end, hours away perhaps, is of no use.
    const unwanted = this.#copying.filter((batch) => !batch.isWanted());
    this.#copying = this.#copying.filter((batch) => batch.isWanted());
    for (const batch of unwanted) await batch.abandon();
  }

  /** Begins to tell the ledgers of the oldest batch, once its copies are there. */
  #tellNext(): void {
    const batch = this.#copying.shift();
    if (!batch) return;
    const told = batch.finish().then((again) => {
      this.again.push(...again);
    });
    // Whoever waits for it hears of it.
    told.catch(() => undefined);
    this.#telling = { batch, told };
  }

  /**
   * A file changed within the last tick may change once more and show the same time: let the clock move on.
   */
  async #tick(jobs: readonly Job[]): Promise<void> {
    const newestMs = jobs.reduce((newest, job) => Math.max(newest, job.seen.modifiedUs / 1000), 0);
    const ageMs = this.deps.clock.now() - newestMs;
    if (ageMs >= 0 && ageMs < this.run.tickMs) await pause(this.run.tickMs - ageMs);
  }

  #tell(doneBytes: number, doneFiles: number): void {
    const { files, bytes } = this.total;
    // What has to be tried again is under way again, but nobody wants to see a bar go back.
    this.#toldFiles = Math.max(this.#toldFiles, Math.min(doneFiles, files));
    this.#toldBytes = Math.max(this.#toldBytes, Math.min(doneBytes, bytes));
    this.deps.listener({
      kind: 'progress',
      job: 'backup',
      doneFiles: this.#toldFiles,
      doneBytes: this.#toldBytes,
      totalFiles: files,
      totalBytes: bytes,
    });
  }
}
