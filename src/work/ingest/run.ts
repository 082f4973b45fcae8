/** One ingest under way: what it knows of the card's files, and what came of them. */
import { GlassineError, problem, type Problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import { deviceOf } from '../../platform/devices.js';
import { removeEmptyFolder } from '../../platform/files.js';
import { type CardEvidence, safeToFormat, type Verdict } from '../../rules/cards/verdict.js';
import type { CardFileRow, CardFileState } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { type Begun, type NamedOptions, plan } from './begin.js';
import { changesBetween, listCard } from './card-listing.js';
import { copyCard, type CopiedFile } from './copy-card.js';
import type { Destination, Opened } from './destination.js';
import { copyAndRelease, type Released } from './early-release.js';
import { evidenceFor } from './evidence.js';
import { Feed } from './feed.js';
import { lineOfIngest } from './ingest-line.js';
import type { KnownCard } from './known-card.js';
import { leaveReceipts } from './leave-receipts.js';
import type { DestinationReport, IngestReport } from './report.js';
import { reportOf } from './report-of.js';
import { type SalvagedFile, salvageUnread } from './salvage.js';
import type { Wanted, WantedFile } from './wanted.js';

interface Work {
  readonly known: KnownCard;
  readonly wanted: Wanted;
  readonly feed: Feed;
}

export class IngestRun {
  readonly #incomplete: Problem[];
  readonly #copied = new Map<SourcePath, CopiedFile>();
  readonly #salvaged: SalvagedFile[] = [];
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

  /** Throws `stopped`, and for faults of ours. */
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
    const cardDevice = await deviceOf(deps.native, begun.root);
    const { listedAgain, releasedAt } = await this.#copy({ known, wanted, feed });
    deps.catalog.cards.end(ingestKey, { at: deps.clock.now(), listedAgain });
    const parts = { salvaged: this.#salvaged, incomplete: this.#incomplete, releasedAt };
    const done = { begun, known, wanted, feed, copied: [...this.#copied.values()], ...parts };
    const verdict = await this.#verdict({ listedAgain, cardDevice });
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

  /** Copies, and resolves with whether the card was looked through once more after that. */
  async #copy(work: Work): Promise<Released> {
    const { known, wanted } = work;
    const { files } = wanted;
    const [first] = this.#destinations;
    const copy = (some: readonly WantedFile[]): Promise<boolean> =>
      this.#whileThere(() => this.#copyOff(work, some));
    const lookAgain = async (): Promise<boolean> =>
      (await this.#whileThere(() => this.#salvage(known, files))) && (await this.#listAgain(known));
    if (this.options.releaseEarly !== true || !first || this.#destinations.length < 2)
      return { listedAgain: (await copy(files)) && (await lookAgain()) };
    return await copyAndRelease(
      this.deps,
      {
        ...{ first, cardName: known.row.name, incomplete: this.#incomplete, feed: work.feed },
        copied: this.#copied,
        ...{ copy, lookAgain, fed: (copies) => this.#fed(copies) },
        isLost: (file) => ['unreadable', 'changed'].includes(this.#states.get(file)?.state ?? ''),
        withdrawn: (file, at) => this.#withdraw(file, { ...at, from: first }),
      },
      files,
    );
  }

  /** False when the card was pulled meanwhile. */
  async #whileThere(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof GlassineError) || error.code !== 'card-gone') throw error;
      this.#incomplete.push(error.problem);
      return false;
    }
  }

  #copyOff({ known: { row }, feed }: Work, files: readonly WantedFile[]): Promise<void> {
    return copyCard(
      this.deps,
      {
        ...{ cardRoot: this.begun.root, destinations: this.#destinations, incomplete: this.#incomplete },
        ...{ readTwice: this.options.paranoid ?? false, feed },
        lost: (file, state) => this.#put(row.key, { ...file, b3: undefined, state }),
        copied: (copies) => this.#told(row.key, copies),
      },
      files,
    );
  }

  /** The last thing that is asked of a card that fails. */
  #salvage({ row }: KnownCard, files: readonly WantedFile[]): Promise<void> {
    return salvageUnread(
      this.deps,
      {
        ...{ cardRoot: this.begun.root, cardName: row.name, incomplete: this.#incomplete },
        cardDevice: this.begun.volume?.device,
        salvaged: (file) => this.#salvaged.push(file),
      },
      files,
    );
  }

  #told(cardKey: number, files: readonly CopiedFile[]): void {
    this.deps.catalog.transaction(() => {
      for (const { wanted, bytes, modifiedUs, b3 } of files)
        this.#put(cardKey, { path: wanted.file.path, bytes, modifiedUs, b3, state: 'known' });
      this.#fed(files);
    });
  }

  /** Copies that came, whether off the card or from another copy. */
  #fed(files: readonly CopiedFile[]): void {
    const { catalog } = this.deps;
    catalog.transaction(() => {
      for (const { wanted, places, ...content } of files) {
        const from = wanted.file.path;
        for (const { destination, to, evidence } of places)
          catalog.cards.putCopy(destination.key, { ...content, path: to, from, evidence });
      }
    });
    for (const file of files) {
      const before = this.#copied.get(file.wanted.file.path)?.places ?? [];
      this.#copied.set(file.wanted.file.path, { ...file, places: [...before, ...file.places] });
    }
  }

  /** A copy that does not give back what was put there is none. */
  #withdraw(path: SourcePath, copy: { root: string; path: SourcePath; from: Destination }): void {
    this.deps.catalog.cards.forgetCopy(copy);
    const file = this.#copied.get(path);
    const places = file?.places.filter(({ destination }) => destination !== copy.from);
    if (file && places) this.#copied.set(path, { ...file, places });
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

  async #verdict(card: Pick<CardEvidence, 'listedAgain' | 'cardDevice'>): Promise<Verdict> {
    const { policy, vaults, job } = this.options;
    return safeToFormat({
      ...{ policy, ...card },
      files: await evidenceFor(this.deps, [...this.#states.values()], vaults),
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
