/**
 * Letting go of a card early: everything is copied to the first destination and proven there, the card may be
 * taken out, and the others are fed from that copy. What comes to them is compared with what was read off the
 * card, so a copy of a copy is as good as one of the card, or is none.
 */
import { GlassineError, type Problem, problem, type ProblemCode } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import type { ContentHash, Evidence } from '../../base/types.js';
import type { WorkDeps } from '../deps.js';
import type { ListedFile } from './card-listing.js';
import { copyCard, type CopiedFile } from './copy-card.js';
import type { Destination } from './destination.js';
import type { Feed } from './feed.js';
import type { WantedFile } from './wanted.js';

export interface EarlyRelease {
  readonly cardName: string;
  /** The first one is fed from the card, the others from it: who wants it fast names the fast one first. */
  readonly first: Destination;
  readonly incomplete: Problem[];
  readonly feed: Feed;
  /** What came off the card, by its path there. */
  readonly copied: ReadonlyMap<SourcePath, CopiedFile>;
  /** Copies off the card; false when it was pulled meanwhile. */
  readonly copy: (files: readonly WantedFile[]) => Promise<boolean>;
  /** Looks through the card once more; false when that cannot be done. Told of in `incomplete`, too. */
  readonly lookAgain: () => Promise<boolean>;
  /** Whether the card could not give a file. */
  readonly isLost: (path: SourcePath) => boolean;
  /** Called with each batch that came to the others. */
  readonly fed: (files: readonly CopiedFile[]) => void;
  /** The first destination does not give back a file that was copied to it. */
  readonly withdrawn: (path: SourcePath, copy: { readonly root: string; readonly path: SourcePath }) => void;
}

export interface Released {
  /** Whether the card was looked through once more, after it had been read. */
  readonly listedAgain: boolean;
  /** When it could be taken out, before all was done; absent where it could not. */
  readonly releasedAt?: number;
}

/** Where a file of the card lies in the first destination. */
interface Lent {
  readonly wanted: WantedFile;
  readonly root: string;
  readonly path: SourcePath;
  readonly b3: ContentHash;
  readonly evidence: Evidence;
}

/**
 * Copies the files. The card is let go only when every one of them is proven in the first destination and
 * nothing at all is left over; else the others still get from there what is there, and the rest off the card.
 * Throws `stopped`.
 */
export async function copyAndRelease(
  deps: WorkDeps,
  run: EarlyRelease,
  files: readonly WantedFile[],
): Promise<Released> {
  const { first, incomplete } = run;
  let isThere = await run.copy(onlyTo(files, (destination) => destination === first));
  const lent = files.flatMap((wanted) => lentBy(run, wanted) ?? []);
  const inFirst = new Set(lent.map(({ wanted }) => wanted));
  const others = files.filter((wanted) => !inFirst.has(wanted) && !run.isLost(wanted.file.path));
  const rest = onlyTo(others, (destination) => destination !== first);
  if (isThere && rest.length > 0) isThere = await run.copy(rest);
  const loans = lent.filter(({ wanted }) => wanted.destinations.some((each) => each !== first));
  const isWhole = lent.length === files.length && lent.every(({ evidence }) => evidence === 'proven');
  const isReady = isThere && isWhole && loans.length > 0;
  // What is let go of cannot be looked at afterwards.
  const listed = isReady ? await run.lookAgain() : undefined;
  const isFree = listed === true && incomplete.length === 0;
  const releasedAt = deps.clock.now();
  if (isFree) deps.listener({ kind: 'released', card: run.cardName, from: first.name });
  await feed(deps, run, loans);
  if (isFree) return { listedAgain: true, releasedAt };
  return { listedAgain: listed ?? (isThere && (await run.lookAgain())) };
}

/** The same files for some of their destinations; those without any are left out. */
function onlyTo(files: readonly WantedFile[], isMeant: (destination: Destination) => boolean): WantedFile[] {
  return files.flatMap((wanted) => {
    const destinations = wanted.destinations.filter(isMeant);
    return destinations.length === 0 ? [] : [{ ...wanted, destinations }];
  });
}

function lentBy({ first, copied }: EarlyRelease, wanted: WantedFile): Lent | undefined {
  if (first.problem !== undefined) return undefined;
  const now = copied.get(wanted.file.path);
  const place = now?.places.find(({ destination }) => destination === first);
  if (now && place) return { wanted, root: first.root, path: place.to, b3: now.b3, evidence: place.evidence };
  const had = wanted.had.find((each) => each.place === first);
  if (!had || wanted.b3 === undefined) return undefined;
  return { wanted, root: had.root, path: had.path, b3: wanted.b3, evidence: 'proven' };
}

/** Copies on from the first destination; what it does not give back as it was is named, the rest is done. */
async function feed(deps: WorkDeps, run: EarlyRelease, loans: readonly Lent[]): Promise<void> {
  const roots = new Set(loans.map(({ root }) => root));
  for (const root of roots) {
    const some = loans.filter((lent) => lent.root === root);
    if (await new Feeding(deps, run, { root, lent: some }).run()) continue;
    dropOut(run.first, loans);
    return;
  }
}

/** Neither the first destination nor those that were to be fed from it are complete. */
function dropOut(first: Destination, loans: readonly Lent[], detail?: string): void {
  const why = problem('destination-unreadable', first.name, detail === undefined ? {} : { detail }).problem;
  first.problem ??= why;
  for (const { wanted } of loans) for (const destination of wanted.destinations) destination.problem ??= why;
}

class Feeding {
  readonly #byFile: ReadonlyMap<ListedFile, Lent>;
  readonly #lost: Lent[] = [];

  constructor(
    readonly deps: WorkDeps,
    readonly release: EarlyRelease,
    readonly from: { readonly root: string; readonly lent: readonly Lent[] },
  ) {
    this.#byFile = new Map(
      from.lent.map((lent) => [{ ...lent.wanted.file, path: lent.path }, lent] as const),
    );
  }

  /** False when the first destination has gone: nothing more comes from there. */
  async run(): Promise<boolean> {
    const { first } = this.release;
    const problems: Problem[] = [];
    // To the copying it is a card: read from only, and compared with what was read of it before.
    const files = [...this.#byFile].map(([file, { wanted, b3 }]): WantedFile => {
      const destinations = wanted.destinations.filter((each) => each !== first);
      return { ...wanted, file, b3, destinations };
    });
    const destinations = [...new Set(files.flatMap((file) => file.destinations))];
    try {
      await copyCard(
        this.#deps(),
        {
          ...{ cardRoot: this.from.root, destinations, readTwice: false, incomplete: problems },
          feed: this.release.feed,
          lost: (file) => this.#lose(file),
          copied: (copies) => this.release.fed(copies.map((copy) => this.#ofCard(copy))),
        },
        files,
      );
    } catch (error) {
      if (!(error instanceof GlassineError) || error.code !== 'card-gone') throw error;
      dropOut(first, this.from.lent, error.problem.detail);
      return false;
    } finally {
      this.release.incomplete.push(...problems.map(asOfCopy));
    }
    if (this.#lost.length > 0) dropOut(first, this.#lost);
    return true;
  }

  /** How far it is, is told as another job: of the card nothing is read any more. */
  #deps(): WorkDeps {
    const { listener } = this.deps;
    return {
      ...this.deps,
      listener: (news) => listener(news.kind === 'progress' ? { ...news, job: 'feed' } : news),
    };
  }

  /** A copy as if it came off the card itself: its bytes are those that were read there. */
  #ofCard(copy: CopiedFile): CopiedFile {
    const lent = this.#byFile.get(copy.wanted.file);
    if (!lent) return copy;
    return { ...copy, wanted: lent.wanted, modifiedUs: lent.wanted.file.modifiedUs };
  }

  #lose(file: ListedFile): void {
    const lent = this.#byFile.get(file);
    if (!lent) return;
    this.#lost.push(lent);
    this.release.withdrawn(lent.wanted.file.path, lent);
  }
}

const codesOfCopies: Readonly<Partial<Record<ProblemCode, ProblemCode>>> = {
  'card-unreadable': 'copy-unreadable',
  'card-reads-differ': 'copy-mismatch',
};

/** What is wrong with what is read is wrong with a copy here, and not with a card. */
function asOfCopy(found: Problem): Problem {
  return { ...found, code: codesOfCopies[found.code] ?? found.code };
}
