/** What an ingest has to do, computed: which files of the card which destinations lack, and where they go. */
import path from 'node:path';
import { absolutePath, type SourcePath } from '../../base/paths.js';
import type { SourceSetting } from '../../base/settings.js';
import type { ContentHash } from '../../base/types.js';
import { type IngestPlan, planIngest, type Shot } from '../../rules/cards/ingest-plan.js';
import type { NameTemplate } from '../../rules/cards/naming.js';
import { foldKey } from '../../rules/stored-names.js';
import type { WorkDeps } from '../deps.js';
import type { CardListing, ListedFile } from './card-listing.js';
import { type Destination, isStillThere, type Place } from './destination.js';
import { FoundCopies, type FoundCopy } from './found-copies.js';
import type { KnownCard } from './known-card.js';

/** One file to copy. */
export interface WantedFile<P extends Place = Destination> {
  readonly file: ListedFile;
  /** Relative to the job's folder. */
  readonly to: SourcePath;
  readonly destinations: readonly P[];
  /** What it must be, where it was read before. */
  readonly b3: ContentHash | undefined;
  /** Where it lies already. */
  readonly had: readonly Had<P>[];
}

/** Not copied, because every destination has this content: from an ingest before, or of another program. */
export interface SkippedFile {
  readonly path: SourcePath;
  readonly b3: ContentHash;
  /** Where it lies in the first of the destinations: relative to the job's folder there, or another job's. */
  readonly at: string;
}

export interface Wanted<P extends Place = Destination> {
  /** What files of the card are, by path, where that was known before copying. */
  readonly contents: ReadonlyMap<SourcePath, ContentHash>;
  readonly plan: IngestPlan;
  readonly files: readonly WantedFile<P>[];
  readonly skipped: readonly SkippedFile[];
  /** Copies of other programs that were read and count, with the path of each on the card. */
  readonly found: readonly { readonly from: SourcePath; readonly copy: FoundCopy }[];
}

export interface WantedOptions {
  /** The card's. */
  readonly root: string;
  readonly job: string;
  readonly cardName: string;
  readonly template: NameTemplate | undefined;
  readonly shots: ReadonlyMap<string, Shot>;
  readonly sources: readonly SourceSetting[];
}

/** Where a content lies already in a destination: proven, and still there. */
interface Had<P extends Place> {
  readonly place: P;
  /** The folder of this job or of another one, and the path below it. */
  readonly root: string;
  readonly path: SourcePath;
}

/** What files of the card are: known from before, or read because they look like something copied. */
async function contentsOf(
  deps: WorkDeps,
  root: string,
  card: { readonly listing: CardListing; readonly known: KnownCard; readonly others: FoundCopies },
): Promise<Map<SourcePath, ContentHash>> {
  const { listing, known, others } = card;
  const contents = new Map(known.contents);
  const alike = listing.files.filter((file) => {
    const { path: name, bytes, modifiedUs } = file;
    if (contents.has(name) || bytes === 0) return false;
    return deps.catalog.cards.hasCopyLike(bytes, modifiedUs) || others.looksLike(file);
  });
  if (alike.length === 0) return contents;
  const { native, signal } = deps;
  const items = alike.map((file) => ({
    source: absolutePath(root, file.path),
    targets: [],
    bytes: file.bytes,
  }));
  const results = await native.transfer(items, { read: 'medium', ...(signal && { signal }) });
  for (const [at, { error, changed, b3 }] of results.entries()) {
    const file = alike[at];
    if (file && !error && !changed) contents.set(file.path, b3);
  }
  return contents;
}

/** Computes what is to be copied: nothing that is proven to lie in a destination is copied there again. */
export async function wantedOf<P extends Place>(
  deps: WorkDeps,
  card: { readonly listing: CardListing; readonly known: KnownCard },
  { destinations, sources, ...options }: WantedOptions & { readonly destinations: readonly P[] },
): Promise<Wanted<P>> {
  const { listing } = card;
  const near = sources.filter(({ root }) => destinations.some((place) => isBelow(root, place.root)));
  const others = new FoundCopies(deps, near, listing.files);
  const contents = await contentsOf(deps, options.root, { ...card, others });
  const had = new Map<SourcePath, Had<P>[]>();
  for (const { path: name } of listing.files) {
    const b3 = contents.get(name);
    const places = b3 === undefined ? [] : await placesWith(deps, b3, destinations);
    if (places.length > 0) had.set(name, places);
  }
  const found = await addOthers(others, { files: listing.files, contents, had, destinations });
  const skipped: SkippedFile[] = [];
  const rest: ListedFile[] = [];
  for (const file of listing.files) {
    const b3 = contents.get(file.path);
    const places = had.get(file.path) ?? [];
    const [first] = places;
    if (first && b3 !== undefined && places.length === destinations.length)
      skipped.push({ path: file.path, b3, at: `${first.root}/${first.path}` });
    else rest.push(file);
  }
  const plan = planIngest(
    { files: rest, emptyFolders: listing.emptyFolders },
    {
      job: options.job,
      card: options.cardName,
      ...(options.template && { template: options.template }),
      shotOf: (stem) => options.shots.get(stem) ?? { takenAtMs: 0, isFromPicture: false },
      isTaken: (folded) => destinations.some(({ taken }) => taken.has(folded)),
    },
  );
  const byPath = new Map(rest.map((file) => [file.path, file]));
  const files = plan.files.flatMap((planned): WantedFile<P>[] => {
    const { to } = planned;
    const file = byPath.get(planned.path);
    if (!file) return [];
    const places = had.get(file.path) ?? [];
    const lacking = destinations.filter((each) => !places.some(({ place }) => place === each));
    // The name that it has in the other places of this job, where that is free.
    const named = places.find(({ place, root }) => root === place.root)?.path;
    const isFree = named !== undefined && lacking.every(({ taken }) => !taken.has(foldKey(named)));
    const b3 = contents.get(file.path);
    return [{ file, to: isFree ? named : to, destinations: lacking, b3, had: places }];
  });
  return { contents, plan, files, skipped, found };
}

/** Copies of other programs, where a destination in the same protected folder has none of ours. */
async function addOthers<P extends Place>(
  others: FoundCopies,
  { files, contents, had, destinations }: Lacking<P>,
): Promise<Wanted['found'][number][]> {
  const lacking = files.flatMap(({ path: from }) => {
    const b3 = contents.get(from);
    const places = destinations.filter((place) => !had.get(from)?.some((each) => each.place === place));
    return b3 === undefined || places.length === 0 ? [] : [{ from, b3, places }];
  });
  const proven = await others.proven(new Set(lacking.map(({ b3 }) => b3)));
  const found: Wanted['found'][number][] = [];
  for (const { from, b3, places } of lacking) {
    for (const place of places) {
      const copy = proven.find((each) => each.b3 === b3 && isBelow(each.root, place.root));
      if (!copy) continue;
      had.set(from, [...(had.get(from) ?? []), { place, root: copy.root, path: copy.path }]);
      if (!found.some((each) => each.copy === copy)) found.push({ from, copy });
    }
  }
  return found;
}

interface Lacking<P extends Place> {
  readonly files: readonly ListedFile[];
  readonly contents: ReadonlyMap<SourcePath, ContentHash>;
  readonly had: Map<SourcePath, Had<P>[]>;
  readonly destinations: readonly P[];
}

function isBelow(folder: string, inside: string): boolean {
  return inside.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

async function placesWith<P extends Place>(
  deps: WorkDeps,
  b3: ContentHash,
  destinations: readonly P[],
): Promise<Had<P>[]> {
  const copies = deps.catalog.cards.copiesOf(b3).filter(({ evidence }) => evidence === 'proven');
  const found: Had<P>[] = [];
  for (const place of destinations) {
    const base = path.dirname(place.root);
    // Another drive may be mounted where one was that has the copy.
    const near = copies.filter(({ root, volume }) => path.dirname(root) === base && volume === place.volume);
    for (const copy of near) {
      if (!(await isStillThere(copy))) {
        deps.catalog.cards.forgetCopy(copy);
        continue;
      }
      found.push({ place, root: copy.root, path: copy.path });
      break;
    }
  }
  return found;
}
