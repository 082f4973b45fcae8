/** One batch: read once, written to every vault that wants it, proven, and only then told to the ledgers. */
import { ownStop } from '../../base/abort.js';
import { GlassineError, type Problem, problem } from '../../base/errors.js';
import { absolutePath, joinPath, splitPath } from '../../base/paths.js';
import { evidenceOf, type SystemError, type TransferResult } from '../../platform/native.js';
import { isDatabase } from '../../rules/databases.js';
import { copyLiveDatabase, type DatabaseCopy } from '../../store/catalog/live-database.js';
import { isInUse } from '../../store/catalog/sqlite-companions.js';
import type { NewLine } from '../../store/ledger/lines.js';
import { asProblem } from '../../store/vault/vault-errors.js';
import type { WorkDeps } from '../deps.js';
import { lineOfArrival } from '../parts/arrival-line.js';
import type { OpenTarget } from '../parts/vault-target.js';
import { type CopyRun, type Job, mostAttempts, type Wanted } from './job.js';
import type { Room } from './room.js';

export interface Batch {
  readonly jobs: readonly Job[];
  readonly room: Room;
  readonly onProgress: (bytes: number, files: number) => void;
}

/** A job with the temporary name it gets in each vault. */
interface Placed {
  readonly job: Job;
  readonly incoming: readonly string[];
  readonly source: string | Buffer;
  readonly database: DatabaseCopy | undefined;
}

/** Copies on their way into `Incoming/`: of two batches at most. */
export interface RunningBatch {
  /** Expected to be read. */
  readonly bytes: number;
  /** Whether any vault that it is for is still there. */
  readonly isWanted: () => boolean;
  /** Settles when nothing of it is copied any more, however that went; never rejects. */
  readonly copied: Promise<void>;
  /**
   * Waits for the copies and tells the ledgers. Returns the jobs that are to be tried again. Throws only what
   * concerns the whole pass: a stop, a fault. Batches are finished in the order in which they were begun.
   */
  finish(): Promise<Job[]>;
  /** Stops the copying; of what was not copied yet nothing is kept. */
  abandon(): Promise<void>;
}

/** Begins to copy a batch. Throws what {@link RunningBatch.finish} does. */
export async function beginBatch(deps: WorkDeps, run: CopyRun, batch: Batch): Promise<RunningBatch> {
  const step = new CopyStep(deps, run, batch.room);
  const placed: Placed[] = [];
  const dispose = async (): Promise<void> => {
    for (const { database } of placed.splice(0)) await database?.dispose();
  };
  try {
    for (const job of batch.jobs) {
      const each = await step.place(job);
      if (each) placed.push(each);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const items = placed.map(({ source, incoming, job }) => ({
    source,
    targets: incoming.map((name, at) => targetOf(job, at).vault.absolute(name)),
    bytes: job.seen.bytes,
  }));
  const { signal } = deps;
  const own = ownStop(signal);
  const { bytesPerSecond } = run;
  const transfer = deps.native
    .transfer(items, { bytesPerSecond, onProgress: batch.onProgress, signal: own.signal })
    .finally(own.release)
    .then(async (results) => {
      await step.lookAgain(placed);
      return results;
    });
  // Whoever finishes or abandons the batch hears how it went.
  const copied = transfer.then(
    () => undefined,
    () => undefined,
  );
  let isFinishing = false;
  return {
    copied,
    bytes: batch.jobs.reduce((sum, { seen }) => sum + seen.bytes, 0),
    isWanted: () =>
      batch.jobs.some(({ wanted }) => wanted.some(({ target }) => target.tally.problem === undefined)),
    async finish() {
      isFinishing = true;
      try {
        const results = await transfer.catch((error: unknown) => {
          throw signal?.aborted ? problem('stopped', run.source.setting.name, { cause: error }) : error;
        });
        for (const [at, each] of placed.entries()) {
          const result = results[at];
          if (result) await step.judge(each, result);
        }
        await step.commit();
        return step.again;
      } finally {
        await dispose();
      }
    },
    async abandon() {
      own.stop();
      await copied;
      if (!isFinishing) await dispose();
    },
  };
}

function targetOf(job: Job, at: number): OpenTarget {
  const wanted = job.wanted[at];
  if (!wanted) throw new Error('every temporary name belongs to a vault');
  return wanted.target;
}

/** A file that lies in a vault's `Incoming/`, whole and proven. */
interface Arrival {
  readonly job: Job;
  readonly bytes: number;
  readonly from: string;
}

class CopyStep {
  readonly again: Job[] = [];
  readonly #lines = new Map<OpenTarget, NewLine[]>();
  /** Files that came into each vault in this batch. */
  readonly #arrivals = new Map<OpenTarget, Arrival[]>();
  readonly #discarded: string[] = [];
  readonly #begun = new Set<Placed>();
  /** What was learned by reading: told to the catalog at once for the whole batch. */
  readonly #read: { job: Job; content: TransferResult; isWhole: boolean }[] = [];

  constructor(
    readonly deps: WorkDeps,
    readonly run: CopyRun,
    readonly room: Room,
  ) {}

  /**
   * Where a job's bytes come from and go to; a database that is in use is first made whole in the scratch
   * folder.
   */
  async place(job: Job): Promise<Placed | undefined> {
    const { setting } = this.run.source;
    const incoming = job.wanted.map(({ target }) => target.vault.incomingName());
    const source = absolutePath(setting.root, job.path);
    const { native, scratchFolder, signal } = this.deps;
    if (!isDatabase(splitPath(job.path).name) || !(await isInUse(source))) {
      return { job, incoming, source, database: undefined };
    }
    try {
      const options = { native, main: source, scratchFolder, ...(signal && { signal }) };
      const database = await copyLiveDatabase(options);
      const step = { do: 'attributes', path: database.file, modifiedUs: job.seen.modifiedUs } as const;
      const [error] = await native.arrange([step]);
      if (error) throw problem('home-unwritable', scratchFolder, { detail: error.code });
      return { job, incoming, source: database.file, database };
    } catch (error) {
      if (!(error instanceof GlassineError) || error.code === 'stopped') throw error;
      this.#notKept(job, { ...error.problem, subject: this.#subject(job) });
      return undefined;
    }
  }

  /**
   * Which databases somebody began to use after they were looked at: their programs may be in the middle of a
   * change. Asked as soon as they are copied: later nothing may be seen of it.
   */
  async lookAgain(all: readonly Placed[]): Promise<void> {
    for (const placed of all) {
      if (placed.database || !isDatabase(splitPath(placed.job.path).name)) continue;
      if (await isInUse(placed.source)) this.#begun.add(placed);
    }
  }

  async judge(placed: Placed, result: TransferResult): Promise<void> {
    const { job, database } = placed;
    if (result.error) {
      this.#notKept(job, this.#readProblem(job, result.error));
      return;
    }
    if (result.changed) {
      this.#notKept(job, problem('file-changing', this.#subject(job)).problem);
      return;
    }
    if (this.#begun.has(placed)) {
      this.#discard(placed);
      this.#notKept(job, problem('database-busy', this.#subject(job)).problem);
      return;
    }
    this.run.tally.bytesRead += result.bytes;
    const read = database ? { ...result, modifiedUs: job.seen.modifiedUs } : result;
    if (read.targets.length > 0 && read.targets.every((target) => target.error)) {
      // The reading stopped when nobody wanted the bytes any more: there is no hash to go by.
      for (const at of placed.incoming.keys()) await this.#arrive(placed, read, at);
      return;
    }
    if (!database && isSilentChange(job, read)) {
      this.#refuseSilentChange(placed);
      return;
    }
    let isTold = false;
    for (const at of placed.incoming.keys()) isTold = (await this.#arrive(placed, read, at)) || isTold;
    // Of the state that a scan saw, the line itself tells the catalog.
    if (!isTold || database || !isAsSeen(job, read))
      this.#read.push({ job, content: read, isWhole: database !== undefined });
  }

  /** One vault's share of a file: a line for the ledger, or why not. True for a line about its content. */
  async #arrive(placed: Placed, read: TransferResult, at: number): Promise<boolean> {
    const { job, incoming } = placed;
    const wanted = job.wanted[at];
    const outcome = read.targets[at];
    const from = incoming[at];
    if (!wanted || !outcome || from === undefined) return false;
    const { target, slot } = wanted;
    if (outcome.error) {
      this.#notWritten(job, wanted, outcome.error);
      return false;
    }
    if (!outcome.matches) {
      this.#lied(job, wanted);
      return false;
    }
    const { line, isHad } = await lineOfArrival(target, {
      ...{ source: this.run.source.row.id, path: job.path, content: read, slot, from },
      evidence: evidenceOf(outcome),
    });
    const lines = this.#lines.get(target) ?? [];
    this.#lines.set(target, lines);
    if (line) lines.push(line);
    if (isHad) {
      this.#discarded.push(target.vault.absolute(from));
      return false;
    }
    const arrivals = this.#arrivals.get(target) ?? [];
    this.#arrivals.set(target, arrivals);
    arrivals.push({ job, bytes: read.bytes, from });
    return true;
  }

  /** Tells the ledgers, all vaults at once: from here the versions are kept. */
  async commit(): Promise<void> {
    const kept = new Set<number>();
    const durable = new Set<OpenTarget>();
    this.#learn();
    this.run.moment.take();
    await Promise.all(
      [...this.#lines].map(async ([target, lines]) => {
        const arrivals = this.#arrivals.get(target) ?? [];
        try {
          if (target.tally.problem !== undefined) throw new GlassineError(target.tally.problem);
          const onDurable = (): void => {
            durable.add(target);
            for (const { job, bytes } of arrivals) {
              kept.add(job.seen.fileKey);
              this.room.taken(target, job);
              target.tally.kept += 1;
              target.tally.bytesCopied += bytes;
            }
          };
          if (lines.length > 0) await target.commit(lines, onDurable);
        } catch (error) {
          // What the ledger names waits in `Incoming/` for the next opening, and is not to be removed.
          if (durable.has(target) || !this.#makeRoom(target, error, arrivals)) target.tally.dropOut(error);
        }
      }),
    );
    this.run.tally.kept += kept.size;
    if (this.#discarded.length === 0) return;
    await this.deps.native.arrange(this.#discarded.map((path) => ({ do: 'remove', path }) as const));
  }

  /**
   * The files fitted but left no room for the ledger: they go again, and as many of them as fit with it come
   * back.
   * False when that is not what happened, or happened before.
   */
  #makeRoom(target: OpenTarget, error: unknown, arrivals: readonly Arrival[]): boolean {
    const isFull = error instanceof GlassineError && error.code === 'vault-full';
    if (!isFull || arrivals.length === 0 || arrivals.some(({ job }) => this.room.isLeft(target, job)))
      return false;
    target.placing.forgetGiven();
    for (const { job, from } of arrivals) {
      this.#discarded.push(target.vault.absolute(from));
      this.room.full(target, job);
      const wanted = job.wanted.filter((each) => each.target === target);
      this.again.push({ ...job, wanted, attempts: job.attempts + 1, trouble: undefined });
    }
    return true;
  }

  #learn(): void {
    const { catalog } = this.deps;
    catalog.transaction(() => {
      for (const { job, content, isWhole } of this.#read) {
        // A database is kept as its program means it, under the time and size that a scan sees.
        if (isWhole || isAsSeen(job, content)) catalog.scan.know(job.seen.fileKey, content.b3);
        else catalog.scan.sawContent(job.seen.fileKey, content);
      }
    });
  }

  #notKept(job: Job, trouble: Problem): void {
    this.again.push({ ...job, attempts: job.attempts + 1, trouble });
  }

  #notWritten(job: Job, wanted: Wanted, error: SystemError): void {
    const { target } = wanted;
    if (error.code === 'EFBIG') {
      const facts = { vault: target.tally.name };
      this.run.tally.incomplete.push(problem('file-too-large', this.#subject(job), { facts }).problem);
      return;
    }
    const refused = asProblem(error, target.tally.name);
    if (refused.code === 'vault-full') this.room.full(target, job);
    else target.tally.problem ??= refused;
  }

  #lied(job: Job, wanted: Wanted): void {
    if (wanted.lied) return wanted.target.tally.dropOut(problem('vault-lies', wanted.target.tally.name));
    const trouble = problem('vault-lies', wanted.target.tally.name).problem;
    this.again.push({ ...job, attempts: mostAttempts - 1, trouble, wanted: [{ ...wanted, lied: true }] });
  }

  /** Damage at the source, until a person says otherwise: the version that is kept stays. */
  #refuseSilentChange(placed: Placed): void {
    const subject = this.#subject(placed.job);
    const at = this.deps.clock.now();
    this.run.tally.incomplete.push(problem('file-changed-silently', subject).problem);
    this.deps.catalog.addEvent({ at, code: 'file-changed-silently', subject });
    this.#discard(placed);
  }

  /** What was written for nothing would only take room until the vault is opened again. */
  #discard({ job, incoming }: Placed): void {
    for (const [index, name] of incoming.entries()) {
      this.#discarded.push(targetOf(job, index).vault.absolute(name));
    }
  }

  #readProblem(job: Job, error: SystemError): Problem {
    const subject = this.#subject(job);
    const detail = error.code;
    if (detail === 'ENOENT' || detail === 'ENOTDIR')
      return problem('file-vanished', subject, { detail }).problem;
    if (detail === 'ENAMETOOLONG') return problem('file-path-too-long', subject, { detail }).problem;
    return problem('file-unreadable', subject, { detail }).problem;
  }

  #subject(job: Job): string {
    return joinPath(this.run.source.setting.name, job.path);
  }
}

/** Other bytes under the same size and time: not an edit, as far as anyone can tell. */
function isSilentChange(job: Job, read: TransferResult): boolean {
  return isAsSeen(job, read) && job.seen.b3 !== undefined && job.seen.b3 !== read.b3;
}

function isAsSeen({ seen }: Job, read: TransferResult): boolean {
  return read.bytes === seen.bytes && read.modifiedUs === seen.modifiedUs;
}
