/** What an ingest begins with: what was asked for, the card as it lies there, and what is to be done with it. */
import path from 'node:path';
import type { VolumeFacts } from '../../platform/native.js';
import type { Shot } from '../../rules/cards/ingest-plan.js';
import type { NameTemplate } from '../../rules/cards/naming.js';
import type { SafetyPolicy } from '../../rules/cards/verdict.js';
import type { WorkDeps } from '../deps.js';
import type { CardListing } from './card-listing.js';
import type { Place } from './destination.js';
import type { VaultPlace } from './evidence.js';
import type { FeedOptions } from './feed.js';
import { knowCard, type KnownCard } from './known-card.js';
import type { ReceiptWords } from './leave-receipts.js';
import { shotsOn } from './shots.js';
import { type Wanted, wantedOf } from './wanted.js';

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
  /** Everything to the first destination first; the others are fed from there, without the card. */
  readonly releaseEarly?: boolean;
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

/** With the job's name as it was found. */
export type NamedOptions = IngestOptions & { readonly job: string };

/** The volume of which a folder is the root; `undefined` where it lies inside one. */
export async function volumeAt(deps: WorkDeps, root: string): Promise<VolumeFacts | undefined> {
  const facts = await deps.native.volumeOf(root).catch(() => undefined);
  return facts && path.resolve(facts.mountPoint) === path.resolve(root) ? facts : undefined;
}

/** The card as it lay there when the ingest began. */
export interface Begun {
  readonly root: string;
  readonly volume: VolumeFacts | undefined;
  readonly listing: CardListing;
  readonly startedAt: number;
}

/** Which card it is, and what is to be done with it. */
export async function plan<P extends Place>(
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
