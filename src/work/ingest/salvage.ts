/**
 * What can be had of a file that cannot be read whole: read around its bad places in ever smaller blocks, and
 * saved where nobody takes it for a copy, with zeros where nothing came.
 */
import { errnoOf, type Problem, problem } from '../../base/errors.js';
import { absolutePath, type SourcePath } from '../../base/paths.js';
import type { FsPath } from '../../platform/native.js';
import { createPatched, type FailingFile, openFailing, type PatchedFile } from '../../platform/salvaging.js';
import { cardPath } from '../../rules/cards/ingest-plan.js';
import { damagedFolder } from '../../rules/receipts/own-files.js';
import { foldKey } from '../../rules/stored-names.js';
import type { WorkDeps } from '../deps.js';
import { type ByteRange, bytesIn, describeRanges, joinRanges } from './byte-ranges.js';
import { isThere } from './card-listing.js';
import { isGone } from './copy-card.js';
import type { Destination } from './destination.js';
import type { WantedFile } from './wanted.js';

/** A file of the card that was saved in part. */
export interface SalvagedFile {
  /** On the card. */
  readonly path: SourcePath;
  /** Its whole length; the saved file has it, too. */
  readonly bytes: number;
  /** What could not be read, in order: zeros in the saved file. */
  readonly missing: readonly ByteRange[];
  /** Relative to the job's folder of each destination that has it. */
  readonly places: readonly { readonly destination: Destination; readonly to: SourcePath }[];
}

export interface SalvageOrder {
  readonly cardRoot: string;
  /** Its `st_dev`, where it is a volume of its own. */
  readonly cardDevice: string | undefined;
  /** What the card is called in the job's folder. */
  readonly cardName: string;
  /** Those files are tried that these problems name as unreadable; each is told of what became of it. */
  readonly incomplete: Problem[];
  readonly salvaged: (file: SalvagedFile) => void;
}

/** A dying card takes seconds for each block that it cannot give: so many are borne, of a file and in all. */
const mostFailures = { ofFile: 64, ofCard: 256 };

/** Cards tell of bad places by pages or sectors. */
const blockSizes = [1024 * 1024, 64 * 1024, 4096, 512];

/**
 * Saves what can be read of the files that could not be copied. Of one that gives nothing at all nothing is
 * saved. Throws `card-gone`, and `stopped`; nothing half-written stays then.
 */
export async function salvageUnread(
  deps: WorkDeps,
  order: SalvageOrder,
  files: readonly WantedFile[],
): Promise<void> {
  const bySubject = new Map(files.map((wanted) => [`${order.cardRoot}/${wanted.file.path}`, wanted]));
  let failures = 0;
  for (const [at, unread] of order.incomplete.entries()) {
    const wanted = unread.code === 'card-unreadable' ? bySubject.get(unread.subject) : undefined;
    if (!wanted) continue;
    const mostFailing = Math.min(mostFailures.ofFile, mostFailures.ofCard - failures);
    const salvaging = new Salvaging(deps, order, { wanted, mostFailing });
    const facts = await salvaging.run();
    failures += salvaging.failures;
    const gaveUp = salvaging.failures >= mostFailing ? { gaveUpAfter: failures } : {};
    order.incomplete[at] = { ...unread, facts: { ...facts, ...gaveUp } };
  }
}

/** What is being filled in one destination. */
interface Part {
  readonly destination: Destination;
  readonly name: SourcePath;
  readonly file: PatchedFile;
}

interface Attempt {
  readonly wanted: WantedFile;
  /** When so many reads failed, no more are tried. */
  readonly mostFailing: number;
}

class Salvaging {
  /** Absent until there is something to write. */
  #parts: Part[] | undefined;
  failures = 0;

  constructor(
    readonly deps: WorkDeps,
    readonly order: SalvageOrder,
    readonly attempt: Attempt,
  ) {}

  /** Resolves with what is to be told of the file. */
  async run(): Promise<Record<string, string | number>> {
    const { path } = this.attempt.wanted.file;
    let file: FailingFile;
    try {
      file = await openFailing(absolutePath(this.order.cardRoot, path));
    } catch (error) {
      await this.#failed(error);
      return {};
    }
    try {
      const missing = await this.#fill(file);
      const places = await this.#place(file.modifiedUs);
      const [first] = places;
      if (!first) return {};
      this.order.salvaged({ path, bytes: file.bytes, missing, places });
      return {
        savedAs: first.destination.folder.nameOf(first.to),
        bytes: file.bytes,
        missingBytes: bytesIn(missing),
        missing: describeRanges(missing),
      };
    } finally {
      for (const part of this.#parts ?? []) await part.file.discard();
      await file.close().catch(() => undefined);
    }
  }

  /** Resolves with what could not be read. */
  async #fill(file: FailingFile): Promise<ByteRange[]> {
    let missing: ByteRange[] = file.bytes === 0 ? [] : [{ from: 0, to: file.bytes }];
    // All good places first; then closer and closer to the bad ones.
    for (const size of blockSizes) {
      const left: ByteRange[] = [];
      const buffer = Buffer.allocUnsafe(size);
      for (const range of missing) left.push(...(await this.#fillRange(file, { range, buffer })));
      missing = joinRanges(left);
    }
    return missing;
  }

  async #fillRange(
    file: FailingFile,
    { range, buffer }: { readonly range: ByteRange; readonly buffer: Buffer },
  ): Promise<ByteRange[]> {
    const missing: ByteRange[] = [];
    for (let { from } = range; from < range.to;) {
      if (this.deps.signal?.aborted) throw problem('stopped', this.order.cardRoot);
      const isHopeless = this.failures >= this.attempt.mostFailing || this.#parts?.length === 0;
      const to = Math.min(range.to, from - (from % buffer.length) + buffer.length);
      const into = buffer.subarray(0, to - from);
      const count = isHopeless ? 0 : await this.#read(file, { into, from });
      if (count === 0) return [...missing, { from, to: range.to }];
      if (count === undefined) {
        missing.push({ from, to });
        from = to;
        continue;
      }
      await this.#write(into.subarray(0, count), { at: from, bytes: file.bytes });
      from += count;
    }
    return missing;
  }

  /** `undefined`: it cannot be read. */
  async #read(
    file: FailingFile,
    { into, from }: { readonly into: Uint8Array; readonly from: number },
  ): Promise<number | undefined> {
    try {
      return await file.read(into, from);
    } catch (error) {
      await this.#failed(error);
      this.failures += 1;
      return undefined;
    }
  }

  async #write(piece: Uint8Array, to: { readonly at: number; readonly bytes: number }): Promise<void> {
    this.#parts ??= await this.#open(to.bytes);
    for (const part of [...this.#parts]) {
      try {
        await part.file.write(piece, to.at);
      } catch (error) {
        await this.#giveUp(part, error);
      }
    }
  }

  /** A file of zeros in every destination that can hold it. */
  async #open(bytes: number): Promise<Part[]> {
    const parts: Part[] = [];
    const to = this.#nameFor(1);
    for (const destination of this.attempt.wanted.destinations) {
      if (destination.problem !== undefined) continue;
      const { folder } = destination;
      const refused = await folder.ensureFolder(folder.folderOf(to));
      const name = folder.partBeside(to);
      try {
        if (refused) destination.problem = refused;
        else parts.push({ destination, name, file: await createPatched(folder.absolute(name), bytes) });
      } catch (error) {
        dropOut(destination, errnoIn(error));
      }
    }
    return parts;
  }

  #nameFor(attempt: number): SourcePath {
    const name = `${damagedFolder}/${cardPath(this.order.cardName, this.attempt.wanted.file.path)}`;
    return attempt === 1 ? `${name}.partial` : `${name} (${attempt}).partial`;
  }

  /** Gives the parts their names. */
  async #place(modifiedUs: number): Promise<SalvagedFile['places']> {
    const places: { destination: Destination; to: SourcePath }[] = [];
    for (const part of [...(this.#parts ?? [])]) {
      try {
        await part.file.end(modifiedUs);
        const to = await this.#nameOf(part);
        if (to !== undefined) places.push({ destination: part.destination, to });
      } catch (error) {
        await this.#giveUp(part, error);
      }
    }
    return places;
  }

  async #nameOf(part: Part): Promise<SourcePath | undefined> {
    const { folder, taken } = part.destination;
    for (let attempt = 1; ; attempt++) {
      const to = this.#nameFor(attempt);
      const step = { do: 'rename', from: folder.absolute(part.name), to: folder.absolute(to) } as const;
      const [error] = await this.deps.native.arrange([step]);
      if (error && error.code !== 'EEXIST') {
        await this.#giveUp(part, error);
        return undefined;
      }
      // The same was saved before: this part is removed with all that is left in the end.
      if (error && (await this.#areSame(step))) return to;
      if (error) continue;
      this.#forget(part);
      taken.add(foldKey(to));
      folder.touched(to);
      const refused = await folder.flush();
      if (refused) part.destination.problem ??= refused;
      return refused ? undefined : to;
    }
  }

  async #areSame({ from, to }: { readonly from: FsPath; readonly to: FsPath }): Promise<boolean> {
    const items = [from, to].map((source) => ({ source, targets: [] }));
    const [made, there] = await this.deps.native.transfer(items);
    return made !== undefined && !made.error && there?.error === undefined && made.b3 === there?.b3;
  }

  async #giveUp(part: Part, error: unknown): Promise<void> {
    this.#forget(part);
    await part.file.discard();
    dropOut(part.destination, errnoIn(error));
  }

  #forget(part: Part): void {
    this.#parts = this.#parts?.filter((each) => each !== part);
  }

  /** Of a card that has gone nothing more can be had. */
  async #failed(error: unknown): Promise<void> {
    const detail = errnoIn(error);
    const { cardRoot, cardDevice } = this.order;
    if (isGone({ code: detail }) || !(await isThere(cardRoot, cardDevice)))
      throw problem('card-gone', cardRoot, { detail });
  }
}

function dropOut(destination: Destination, detail: string): void {
  const isFull = detail === 'ENOSPC' || detail === 'EDQUOT';
  const code = isFull ? 'destination-full' : 'target-unwritable';
  destination.problem ??= problem(code, destination.name, { detail }).problem;
}

/** What the system said; anything else is thrown on. */
function errnoIn(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return errno;
}
