/** Copying off a card: read once for all destinations, proven on each medium, then shown under its name. */
import { type GlassineError, type Problem, problem } from '../../base/errors.js';
import { absolutePath, type SourcePath } from '../../base/paths.js';
import type { ContentHash, Evidence } from '../../base/types.js';
import { entryAt } from '../../platform/entries.js';
import {
  evidenceOf,
  type SystemError,
  type TargetResult,
  type TransferResult,
} from '../../platform/native.js';
import { foldKey } from '../../rules/stored-names.js';
import type { WorkDeps } from '../deps.js';
import { isThere } from './card-listing.js';
import type { Destination } from './destination.js';
import type { Feed, FedCopy } from './feed.js';
import type { WantedFile } from './wanted.js';

/** A file that was read whole, and where it came to lie. */
export interface CopiedFile {
  readonly wanted: WantedFile;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly b3: ContentHash;
  readonly xxh64: string;
  /** 128 hex digits. */
  readonly sha512: string;
  readonly places: readonly CopiedTo[];
  /** When it was read, ms. */
  readonly at: number;
}

export interface CopiedTo {
  readonly destination: Destination;
  readonly to: SourcePath;
  readonly evidence: Evidence;
}

export interface CopyRun {
  readonly cardRoot: string;
  readonly destinations: readonly Destination[];
  /** Read each file of the card twice, to catch a reader that gives other bytes the second time. */
  readonly readTwice: boolean;
  readonly incomplete: Problem[];
  /** A file of the card that could not be copied for its own sake. */
  readonly lost: (file: WantedFile['file'], state: 'unreadable' | 'changed') => void;
  /** Called with each batch, before the next is read: what it tells is to be remembered. */
  readonly copied: (files: readonly CopiedFile[]) => void;
  /** Where copies for vaults come from, and are told of. */
  readonly feed: Feed;
}

const filesAtOnce = 256;
const bytesAtOnce = 512 * 1024 * 1024;
/** A target that gives back other bytes than it was given, and a file that changes, get one more chance. */
const mostAttempts = 2;

interface Task {
  readonly wanted: WantedFile;
  readonly attempt: number;
}

/** A file on its way, with its temporary name in each destination, and in vaults. */
interface Flight {
  readonly task: Task;
  readonly parts: readonly { readonly destination: Destination; readonly part: SourcePath }[];
  readonly fed: readonly FedCopy[];
}

/** A file that was read whole. */
interface Arrived {
  readonly flight: Flight;
  readonly result: TransferResult;
}

/**
 * Copies the files. What cannot be copied is named in `run.incomplete`, the rest is done; a destination that
 * fails drops out. Throws `stopped` on abort and `card-gone` when the card was pulled: what was copied until
 * then stays, is whole and has been told.
 */
export async function copyCard(deps: WorkDeps, run: CopyRun, files: readonly WantedFile[]): Promise<void> {
  const total = { files: files.length, bytes: files.reduce((sum, { file }) => sum + file.bytes, 0) };
  const root = await entryAt(run.cardRoot).catch(() => undefined);
  const copying = new CardCopying(deps, { ...run, cardDevice: root && String(root.device) }, total);
  let batch: Task[] = [];
  let bytes = 0;
  for (const wanted of files) {
    batch.push({ wanted, attempt: 1 });
    bytes += wanted.file.bytes;
    if (batch.length < filesAtOnce && bytes < bytesAtOnce) continue;
    await copying.batch(batch);
    batch = [];
    bytes = 0;
  }
  await copying.batch(batch);
}

class CardCopying {
  #doneFiles = 0;
  #doneBytes = 0;

  constructor(
    readonly deps: WorkDeps,
    readonly run: CopyRun & { readonly cardDevice: string | undefined },
    readonly total: { readonly files: number; readonly bytes: number },
  ) {}

  async batch(tasks: readonly Task[]): Promise<void> {
    for (let left = tasks; left.length > 0;) left = await this.#round(left);
    this.#doneFiles += tasks.length;
    this.#doneBytes += tasks.reduce((sum, { wanted }) => sum + wanted.file.bytes, 0);
    this.#tell(0, 0);
  }

  /** Resolves with what is to be tried once more. */
  async #round(tasks: readonly Task[]): Promise<Task[]> {
    const flights: Flight[] = [];
    for (const task of tasks) {
      const flight = await this.#depart(task);
      if (flight.parts.length > 0) flights.push(flight);
    }
    if (flights.length === 0) return [];
    const results = await this.#transfer(flights);
    const again: Task[] = [];
    const arrived: Arrived[] = [];
    if (flights.length > 1 && results.every(({ error }) => error?.code === 'EIO')) throw this.#gone('EIO');
    let gone: GlassineError | undefined;
    for (const [at, flight] of flights.entries()) {
      const result = results[at];
      if (!result) continue;
      if (result.error) gone ??= await this.#unread(flight.task, result.error);
      else if (result.changed) this.#changed(flight.task, again);
      else arrived.push({ flight, result });
    }
    const read = this.run.readTwice ? await this.#readAgain(arrived, gone) : { steady: arrived, gone };
    const placed: CopiedFile[] = [];
    for (const { flight, result } of read.steady) placed.push(...(await this.#arrive(flight, result, again)));
    const unflushed = await this.#flush();
    // What could not be flushed is not where it should be, however well it was proven.
    const lasting = placed.map((file) => ({
      ...file,
      places: file.places.filter(({ destination }) => !unflushed.has(destination)),
    }));
    this.#count(lasting);
    this.run.copied(lasting);
    await this.run.feed.commit(lasting);
    // What came over before it was pulled is kept.
    if (read.gone) throw read.gone;
    return again;
  }

  async #depart(task: Task): Promise<Flight> {
    const parts: { destination: Destination; part: SourcePath }[] = [];
    for (const destination of task.wanted.destinations) {
      if (destination.problem !== undefined) continue;
      const { folder } = destination;
      const refused = await folder.ensureFolder(folder.folderOf(task.wanted.to));
      if (refused) destination.problem = refused;
      else parts.push({ destination, part: folder.partBeside(task.wanted.to) });
    }
    const fed = parts.flatMap(({ destination }) => this.run.feed.copiesOf(task.wanted, destination));
    return { task, parts, fed };
  }

  async #transfer(flights: readonly Flight[]): Promise<TransferResult[]> {
    const { native, signal } = this.deps;
    const items = flights.map(({ task: { wanted }, parts, fed }) => ({
      source: absolutePath(this.run.cardRoot, wanted.file.path),
      targets: [
        ...parts.map(({ destination, part }) => destination.folder.absolute(part)),
        ...fed.map(({ target, from }) => target.vault.absolute(from)),
      ],
      bytes: wanted.file.bytes,
    }));
    const onProgress = (bytes: number, files: number): void => this.#tell(bytes, files);
    try {
      return await native.transfer(items, {
        xxh64: true,
        sha512: true,
        onProgress,
        ...(signal && { signal }),
      });
    } catch (error) {
      throw signal?.aborted ? problem('stopped', this.run.cardRoot, { cause: error }) : error;
    }
  }

  /**
   * Reads every file once more, past the cache; what reads differently is no copy of anything. What cannot be
   * read a second time, as of a card that has gone, is not known to be what the card holds.
   */
  async #readAgain(
    arrived: readonly Arrived[],
    gone: GlassineError | undefined,
  ): Promise<{ steady: Arrived[]; gone: GlassineError | undefined }> {
    const { native, signal } = this.deps;
    const items = arrived.map(({ flight }) => ({
      source: absolutePath(this.run.cardRoot, flight.task.wanted.file.path),
      targets: [],
    }));
    const options = { read: 'medium', ...(signal && { signal }) } as const;
    const results = gone ? [] : await native.transfer(items, options);
    const steady: Arrived[] = [];
    for (const [at, each] of arrived.entries()) {
      const { task, parts } = each.flight;
      const result = results[at];
      if (result && !result.error && result.b3 === each.result.b3) {
        steady.push(each);
        continue;
      }
      if (result?.error) gone ??= await this.#unread(task, result.error);
      else if (result) this.#lose(task, 'unreadable', problem('card-reads-differ', this.#nameOf(task)));
      await this.#discard(parts);
    }
    return { steady, gone };
  }

  async #arrive(flight: Flight, result: TransferResult, again: Task[]): Promise<CopiedFile[]> {
    const { task, parts } = flight;
    const { wanted } = task;
    if (wanted.b3 !== undefined && wanted.b3 !== result.b3) {
      // The same card, name, size and time as when it was read before, and other bytes: one of them is wrong.
      this.#lose(task, 'unreadable', problem('card-reads-differ', this.#nameOf(task)));
      await this.#discard(parts);
      return [];
    }
    this.run.feed.arrived(wanted, flight.fed, result.targets.slice(parts.length));
    const places: CopiedTo[] = [];
    const lied: Destination[] = [];
    for (const [at, { destination, part }] of parts.entries()) {
      const outcome = result.targets[at];
      if (!outcome) continue;
      if (outcome.error) this.#dropOut(destination, outcome.error);
      else if (!outcome.matches) lied.push(destination);
      else places.push(...(await this.#place({ destination, part }, wanted, outcome)));
    }
    this.#lied(task, lied, again);
    if (places.length === 0) return [];
    const { bytes, modifiedUs, b3, xxh64 = '', sha512 = '' } = result;
    return [{ wanted, bytes, modifiedUs, b3, xxh64, sha512, places, at: this.deps.clock.now() }];
  }

  /** Gives a proven file its name; another one where something has come to have it meanwhile. */
  async #place(
    { destination, part }: { destination: Destination; part: SourcePath },
    { to }: WantedFile,
    outcome: TargetResult,
  ): Promise<CopiedTo[]> {
    const { folder } = destination;
    for (let attempt = 1; ; attempt++) {
      const name = attempt === 1 ? to : numbered(to, attempt);
      const step = { do: 'rename', from: folder.absolute(part), to: folder.absolute(name) } as const;
      const [error] = await this.deps.native.arrange([step]);
      if (error?.code === 'EEXIST') continue;
      if (error) {
        this.#dropOut(destination, error);
        return [];
      }
      folder.touched(name);
      destination.taken.add(foldKey(name));
      return [{ destination, to: name, evidence: evidenceOf(outcome) }];
    }
  }

  /** Resolves with the destinations whose names could not be made to last. */
  async #flush(): Promise<Set<Destination>> {
    const unflushed = new Set<Destination>();
    for (const destination of this.run.destinations) {
      const refused = await destination.folder.flush();
      if (!refused) continue;
      destination.problem ??= refused;
      unflushed.add(destination);
    }
    return unflushed;
  }

  async #discard(parts: Flight['parts']): Promise<void> {
    const steps = parts.map(({ destination, part }) => ({
      ...({ do: 'remove' } as const),
      path: destination.folder.absolute(part),
    }));
    if (steps.length > 0) await this.deps.native.arrange(steps);
  }

  #changed(task: Task, again: Task[]): void {
    if (task.attempt < mostAttempts) again.push({ ...task, attempt: task.attempt + 1 });
    else this.#lose(task, 'changed', problem('file-changing', this.#nameOf(task)));
  }

  #lied(task: Task, destinations: readonly Destination[], again: Task[]): void {
    if (destinations.length === 0) return;
    if (task.attempt < mostAttempts) {
      again.push({ wanted: { ...task.wanted, destinations }, attempt: task.attempt + 1 });
      return;
    }
    for (const destination of destinations)
      destination.problem ??= problem('destination-lies', destination.name).problem;
  }

  #dropOut(destination: Destination, error: SystemError): void {
    const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
    const code = isFull ? 'destination-full' : 'target-unwritable';
    destination.problem ??= problem(code, destination.name, { detail: error.code }).problem;
  }

  /** A file that cannot be read is named. Resolves with a problem when it is the card that has gone. */
  async #unread(task: Task, error: SystemError): Promise<GlassineError | undefined> {
    const { cardRoot, cardDevice } = this.run;
    if (isGone(error) || !(await isThere(cardRoot, cardDevice))) return this.#gone(error.code);
    this.#lose(task, 'unreadable', problem('card-unreadable', this.#nameOf(task), { detail: error.code }));
    return undefined;
  }

  #lose({ wanted }: Task, state: 'unreadable' | 'changed', why: GlassineError): void {
    this.run.lost(wanted.file, state);
    this.run.incomplete.push(why.problem);
  }

  #gone(detail: string): GlassineError {
    return problem('card-gone', this.run.cardRoot, { detail });
  }

  #nameOf({ wanted }: Task): string {
    return `${this.run.cardRoot}/${wanted.file.path}`;
  }

  #count(files: readonly CopiedFile[]): void {
    for (const { places, bytes } of files) {
      for (const { destination } of places) {
        destination.copied += 1;
        destination.bytes += bytes;
      }
    }
  }

  #tell(bytes: number, files: number): void {
    this.deps.listener({
      ...{ kind: 'progress', job: 'ingest' },
      doneFiles: Math.min(this.#doneFiles + files, this.total.files),
      doneBytes: Math.min(this.#doneBytes + bytes, this.total.bytes),
      totalFiles: this.total.files,
      totalBytes: this.total.bytes,
    });
  }
}

/** What systems say of a file on a volume that was pulled, though its folders may still answer. */
export function isGone({ code }: Pick<SystemError, 'code'>): boolean {
  return ['ENODEV', 'ENXIO', 'ENOTCONN', 'ECONNABORTED', 'ENOMEDIUM', 'ESHUTDOWN'].includes(code);
}

function numbered(to: SourcePath, attempt: number): SourcePath {
  const dot = to.lastIndexOf('.');
  const isEnding = dot > to.lastIndexOf('/') + 1;
  return isEnding ? `${to.slice(0, dot)} (${attempt})${to.slice(dot)}` : `${to} (${attempt})`;
}
