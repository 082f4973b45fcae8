/**
 * Ingest: verified copies off a card in every destination at once. The card is only ever opened for reading;
 * whatever is copied is computed from what the card holds and what is proven to lie in the destinations, so
 * that an ingest that was cut short goes on where it was.
 */
import path from 'node:path';
import { GlassineError, problem, type Problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import { deviceOf } from '../../platform/devices.js';
import { realPath, removeEmptyFolder } from '../../platform/files.js';
import type { VolumeFacts } from '../../platform/native.js';
import { numberGaps } from '../../rules/cards/frames.js';
import type { Shot } from '../../rules/cards/ingest-plan.js';
import type { NameTemplate } from '../../rules/cards/naming.js';
import { safeToFormat, type SafetyPolicy, type Verdict } from '../../rules/cards/verdict.js';
import type { CardFileRow, CardFileState } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { type CardListing, changesBetween, listCard } from './card-listing.js';
import { copyCard, type CopiedFile } from './copy-card.js';
import { type Destination, lookAtPlaces, type Opened, openDestinations, type Place } from './destination.js';
import { evidenceFor, type VaultPlace } from './evidence.js';
import { Feed, type FeedOptions } from './feed.js';
import { lineOfIngest } from './ingest-line.js';
import { jobFor } from './job-name.js';
import { knowCard, type KnownCard } from './known-card.js';
import { leaveReceipts, type ReceiptWords } from './leave-receipts.js';
import type { DestinationReport, IngestReport } from './report.js';
import { shotsOn } from './shots.js';
import { type Wanted, wantedOf } from './wanted.js';

export type { IngestReport } from './report.js';

export interface IngestOptions {
  /** The card's root. */
  readonly card: string;
  /** Folders, each on any device; the job's folder is made in each. */
  readonly destinations: readonly string[];
  /** Destinations that were meant too, and whose drive is away: named in the report. */
  readonly away?: readonly string[];
  /** Absent: as work/ingest/job-name says. */
  readonly job?: string | undefined;
  /** Absent: the card's own folders and names. */
  readonly template?: NameTemplate | undefined;
  readonly policy: SafetyPolicy;
  /** Read the card twice, for readers that are not to be trusted. */
  readonly paranoid?: boolean;
  /** Only the plan: nothing is written anywhere. */
  readonly dryRun?: boolean;
  /** It is no card by its looks, and the person says that it is. */
  readonly anyFolder?: boolean;
  readonly vaultFolders: readonly string[];
  readonly vaults: readonly VaultPlace[];
  /**
   * What is protected: what comes into a source goes to its vaults by the same reading of the card, and what
   * another program has put there is not copied beside it.
   */
  readonly feed?: FeedOptions;
  readonly words: ReceiptWords;
}

/**
 * Copies a card. What cannot be done is in the report. Throws `card-gone` when there is no card (one that is
 * pulled on the way is in the report), `card-unlike` for what is none, `no-destination` when no destination
 * can be written to, and `stopped`.
 */
export async function ingest(deps: WorkDeps, asked: IngestOptions): Promise<IngestReport> {
  const root = (await realPath(asked.card).catch(() => undefined)) ?? asked.card;
  const volume = await volumeAt(deps, root);
  const listing = await listCard(deps, root, volume);
  if (!listing.recognition.isCard && !asked.anyFolder) throw problem('card-unlike', asked.card);
  const job = asked.job ?? jobFor(deps, { name: path.basename(root), volume });
  const options = { ...asked, job };
  const begun = { root, volume, listing, startedAt: deps.clock.now() };
  if (options.dryRun) return await foresee(deps, options, begun);
  const { vaultFolders, away = [] } = options;
  const opened = await openDestinations(deps, options.destinations, {
    ...{ job, cardRoot: root, vaultFolders, away },
  });
  const [failed] = opened.failed;
  if (opened.destinations.length === 0)
    throw failed ? new GlassineError(failed.problem) : problem('no-destination', root);
  return await new Ingest(deps, options, { ...begun, opened }).run();
}

/** With the job's name as it was found. */
type NamedOptions = IngestOptions & { readonly job: string };

/** The volume of which a folder is the root; `undefined` where it lies inside one. */
async function volumeAt(deps: WorkDeps, root: string): Promise<VolumeFacts | undefined> {
  const facts = await deps.native.volumeOf(root).catch(() => undefined);
  return facts && path.resolve(facts.mountPoint) === path.resolve(root) ? facts : undefined;
}

interface Begun {
  readonly root: string;
  readonly volume: VolumeFacts | undefined;
  readonly listing: CardListing;
  readonly startedAt: number;
}

/** Which card it is, and what is to be done with it. */
async function plan<P extends Place>(
  deps: WorkDeps,
  options: NamedOptions,
  { begun, places }: { readonly begun: Begun; readonly places: readonly P[] },
): Promise<{ known: KnownCard; wanted: Wanted<P> }> {
  const { listing, root, volume } = begun;
  const name = path.basename(root);
  const isKept = options.dryRun !== true;
  const seen = { files: listing.files, volume, name, maker: listing.recognition.maker, isKept };
  const known = await knowCard(deps, root, seen);
  const { job, template, feed } = options;
  const sources = feed?.sources ?? [];
  const shots = template ? await shotsOn(root, listing.files) : new Map<string, Shot>();
  const asked = { destinations: places, root, job, template, shots, cardName: known.row.name, sources };
  return { known, wanted: await wantedOf(deps, { listing, known }, asked) };
}

/** What an ingest would do. */
async function foresee(deps: WorkDeps, options: NamedOptions, begun: Begun): Promise<IngestReport> {
  const places = await lookAtPlaces(deps, options.destinations, options.job);
  const { known, wanted } = await plan(deps, options, { begun, places });
  const destinations = places.map(({ name, root }): DestinationReport => {
    const files = wanted.files.filter((file) => file.destinations.some((place) => place.name === name));
    const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
    return { name, folder: root, outcome: 'good', copied: files.length, bytes };
  });
  return reportOf(deps, options, {
    ...{ begun, known, wanted, destinations, copied: [], incomplete: begun.listing.incomplete },
    verdict: undefined,
  });
}

interface Work {
  readonly known: KnownCard;
  readonly wanted: Wanted;
  readonly feed: Feed;
}

class Ingest {
  readonly #incomplete: Problem[];
  readonly #copied: CopiedFile[] = [];
  readonly #states = new Map<SourcePath, CardFileRow>();
  readonly #destinations: readonly Destination[];

  constructor(
    readonly deps: WorkDeps,
    readonly options: NamedOptions,
    readonly begun: Begun & { readonly opened: Opened },
  ) {
    this.#incomplete = [...begun.listing.incomplete];
    this.#destinations = begun.opened.destinations;
  }

  async run(): Promise<IngestReport> {
    const { deps, options, begun } = this;
    const { known, wanted } = await plan(deps, options, { begun, places: this.#destinations });
    const { files } = wanted;
    const feed = await Feed.open(deps, options.feed, { destinations: this.#destinations, files });
    try {
      return await this.#run({ known, wanted, feed });
    } finally {
      await feed.close();
    }
  }

  async #run({ known, wanted, feed }: Work): Promise<IngestReport> {
    const { deps, options, begun } = this;
    this.#remember(known, wanted);
    const ingestKey = this.#begin(known);
    await this.#rememberFound(ingestKey, wanted);
    await this.#makeEmptyFolders(wanted);
    const isWhole = await this.#copy({ known, wanted, feed });
    const listedAgain = isWhole && (await this.#listAgain(known));
    deps.catalog.cards.end(ingestKey, { at: deps.clock.now(), listedAgain });
    const done = { begun, known, wanted, feed, copied: this.#copied, incomplete: this.#incomplete };
    const verdict = await this.#verdict(listedAgain);
    const tell = (pages: ReadonlyMap<string, string>): IngestReport =>
      reportOf(deps, options, { ...done, destinations: this.#destinationReports(pages), verdict });
    const left = await leaveReceipts(deps, options.words, {
      report: tell(new Map()),
      destinations: this.#destinations,
    });
    this.#incomplete.push(...left.incomplete);
    for (const { root, isNew, copied } of this.#destinations)
      if (isNew && copied === 0) await removeEmptyFolder(root);
    const report = tell(left.pages);
    if (report.vaults.length === 0) return report;
    await feed.tell(await lineOfIngest(deps, report, left.manifests));
    return tell(left.pages);
  }

  /** What the card holds, before anything is copied: each file known from before, or not copied yet. */
  #remember({ row }: KnownCard, { contents }: Wanted): void {
    const { catalog } = this.deps;
    catalog.transaction(() => {
      catalog.cards.forgetFiles(row.key);
      for (const file of this.begun.listing.files) {
        const b3 = contents.get(file.path);
        this.#put(row.key, { ...file, b3, state: b3 === undefined ? 'not-copied' : 'known' });
      }
    });
  }

  #put(cardKey: number, file: CardFileRow): void {
    this.#states.set(file.path, file);
    this.deps.catalog.cards.putFile(cardKey, file);
  }

  #begin({ row }: KnownCard): number {
    const { catalog, clock } = this.deps;
    return catalog.transaction(() => {
      const key = catalog.cards.begin(row.key, this.options.job, clock.now());
      for (const destination of this.#destinations) {
        const { folder, device, volume } = destination;
        destination.key = catalog.cards.addDestination(key, { root: folder.root, device, volume });
      }
      return key;
    });
  }

  /** Copies of other programs count as what they are, and are in no receipt of ours. */
  async #rememberFound(ingestKey: number, { found }: Wanted): Promise<void> {
    const { catalog, clock, native } = this.deps;
    const keys = new Map<string, number>();
    for (const { root } of found.map(({ copy }) => copy)) {
      if (keys.has(root)) continue;
      const volume = (await native.volumeOf(root).catch(() => undefined))?.uuid;
      const device = await deviceOf(native, root);
      keys.set(root, catalog.cards.addDestination(ingestKey, { root, device, volume }));
    }
    catalog.transaction(() => {
      for (const { from, copy } of found) {
        const key = keys.get(copy.root) ?? -1;
        catalog.cards.putFound(key, { ...copy, from, at: clock.now() });
      }
    });
  }

  /** Some cameras miss them when the card's content is put back. */
  async #makeEmptyFolders({ plan, files, skipped }: Wanted): Promise<void> {
    // A card that was copied before, and has nothing new, leaves nothing in the folder of another job.
    if (files.length === 0 && skipped.length > 0) return;
    for (const { folder } of this.#destinations) {
      for (const empty of plan.emptyFolders) await folder.ensureFolder(empty);
    }
  }

  /** True when the card was there to the end. */
  async #copy({ known: { row }, wanted, feed }: Work): Promise<boolean> {
    const copied = (files: readonly CopiedFile[]): void => this.#told(row.key, files);
    try {
      await copyCard(
        this.deps,
        {
          ...{ cardRoot: this.begun.root, destinations: this.#destinations, copied, feed },
          ...{ readTwice: this.options.paranoid ?? false, incomplete: this.#incomplete },
          lost: (file, state) => this.#put(row.key, { ...file, b3: undefined, state }),
        },
        wanted.files,
      );
      return true;
    } catch (error) {
      if (!(error instanceof GlassineError) || error.code !== 'card-gone') throw error;
      this.#incomplete.push(error.problem);
      return false;
    }
  }

  #told(cardKey: number, files: readonly CopiedFile[]): void {
    const { catalog } = this.deps;
    catalog.transaction(() => {
      for (const { wanted, places, ...content } of files) {
        const { bytes, modifiedUs, b3 } = content;
        const from = wanted.file.path;
        this.#put(cardKey, { path: from, bytes, modifiedUs, b3, state: 'known' });
        for (const { destination, to, evidence } of places)
          catalog.cards.putCopy(destination.key, { ...content, path: to, from, evidence });
      }
    });
    this.#copied.push(...files);
  }

  /** Looks once more: what appeared, changed or cannot be read holds the card. */
  async #listAgain({ row }: KnownCard): Promise<boolean> {
    const { listing, root, volume } = this.begun;
    try {
      const again = await listCard(this.deps, root, volume);
      const { appeared, changed, vanished } = changesBetween(listing.files, again.files);
      const stateOf = new Map<SourcePath, CardFileState>([
        ...appeared.map((each) => [each, 'appeared'] as const),
        ...changed.map((each) => [each, 'changed'] as const),
      ]);
      this.deps.catalog.transaction(() => {
        for (const file of again.files) {
          const state = stateOf.get(file.path);
          if (state) this.#put(row.key, { ...file, b3: undefined, state });
        }
      });
      const news = [...appeared, ...changed, ...vanished].map((each) => `${root}/${each}`);
      for (const subject of news) this.#incomplete.push(problem('file-changing', subject).problem);
      return again.incomplete.every(({ code }) => code !== 'card-unreadable');
    } catch (error) {
      if (!(error instanceof GlassineError) || error.code !== 'card-gone') throw error;
      this.#incomplete.push(error.problem);
      return false;
    }
  }

  async #verdict(listedAgain: boolean): Promise<Verdict> {
    const { policy, vaults, job } = this.options;
    return safeToFormat({
      ...{ policy, listedAgain },
      files: await evidenceFor(this.deps, [...this.#states.values()], vaults),
      cardDevice: await deviceOf(this.deps.native, this.begun.root),
      delivered: this.deps.catalog.cards.deliveredAt(job) !== undefined,
    });
  }

  #destinationReports(pages: ReadonlyMap<string, string>): DestinationReport[] {
    const open = this.#destinations.map((each): DestinationReport => {
      const receipt = pages.get(each.root);
      const { name, folder, copied, bytes, problem: why } = each;
      const outcome = why === undefined ? 'good' : copied > 0 ? 'incomplete' : 'failed';
      const told = { name, folder: folder.root, outcome, copied, bytes } as const;
      return { ...told, ...(why && { problem: why }), ...(receipt !== undefined && { receipt }) };
    });
    const failed = this.begun.opened.failed.map(({ name, problem: why }): DestinationReport => ({
      ...{ name, folder: undefined, outcome: 'failed', copied: 0, bytes: 0, problem: why },
    }));
    return [...open, ...failed];
  }
}

interface Done {
  readonly begun: Begun;
  readonly known: KnownCard;
  readonly wanted: Wanted<Place>;
  /** Absent for a plan. */
  readonly feed?: Feed;
  readonly copied: readonly CopiedFile[];
  readonly incomplete: readonly Problem[];
  readonly destinations: readonly DestinationReport[];
  readonly verdict: Verdict | undefined;
}

function reportOf(deps: WorkDeps, { job }: NamedOptions, done: Done): IngestReport {
  const { known, wanted, copied, incomplete, destinations, verdict } = done;
  const { root, volume, listing, startedAt } = done.begun;
  const { isCard, reasons, maker } = listing.recognition;
  const isGood = incomplete.length === 0 && destinations.every(({ outcome }) => outcome === 'good');
  const isNothing = verdict !== undefined && copied.length + wanted.skipped.length === 0;
  return {
    outcome: isGood ? 'good' : isNothing && listing.files.length > 0 ? 'failed' : 'incomplete',
    job,
    card: { root, name: known.row.name, maker, volume: volume?.uuid, isCard, reasons },
    listed: listing.files,
    files: listing.files.length,
    bytes: listing.files.reduce((sum, { bytes }) => sum + bytes, 0),
    planned: wanted.plan.files,
    copied,
    skipped: wanted.skipped,
    left: wanted.plan.left,
    destinations,
    vaults: done.feed?.report() ?? [],
    incomplete,
    ...(verdict && { verdict }),
    gaps: numberGaps(listing.files.map((file) => file.path)),
    empty: wanted.plan.empty,
    undated: wanted.plan.undated,
    startedAt,
    endedAt: deps.clock.now(),
  };
}
