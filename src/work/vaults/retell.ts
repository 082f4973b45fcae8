/**
 * Telling the story of files anew from what lies in a vault: pure, from findings and what is known of them to
 * lines.
 */
import { joinPath, type SourcePath } from '../../base/paths.js';
import type { Content, ContentHash } from '../../base/types.js';
import { parseAside, trueName } from '../../rules/stored-names.js';
import type { LineToAppend } from '../../store/ledger/writer.js';
import { type Found, type FoundFolder, nameOf } from './found-files.js';
import { type Chapter, linesOfStory } from './story-lines.js';

/** A version as the catalog remembers it: what a stored file is, or was. */
export interface Remembered {
  readonly versionKey: number;
  readonly path: SourcePath;
  /** When it was kept, and until when it was the newest, ms. */
  readonly keptAt: number;
  readonly until: number | undefined;
  readonly content: Content;
}

export interface RetellOptions {
  /** The source's id. */
  readonly source: string;
  readonly nowMs: number;
  /** What a stored file is known to be. */
  readonly known: (stored: string) => Remembered | undefined;
  /** Every ended version of a path that can still be had from this vault, under whatever name. */
  readonly history: (path: SourcePath, isFolder: boolean) => readonly Remembered[];
  /** A path that was not told yet: the wanted one, or a variant of it. */
  readonly freePath: (path: SourcePath, isFolder: boolean) => SourcePath;
  /** A name in `Incoming/` that nothing has. */
  readonly from: () => string;
}

export interface Retold {
  readonly lines: readonly LineToAppend[];
  /** Stored paths of files that could not be read and of which nothing is known. */
  readonly unread: readonly string[];
}

interface Story {
  readonly path: SourcePath;
  readonly isFolder: boolean;
  newest: Chapter | undefined;
  readonly aside: Chapter[];
}

/** The lines for the files of one folder. */
export function retellFolder(folder: FoundFolder, options: RetellOptions): Retold {
  const unread: string[] = [];
  const stories = new Map<string, Story>();
  const add = (found: Found, isNewest: boolean): void => {
    const told = chapterOf(found, isNewest, options);
    if (!told) {
      unread.push(found.stored);
      return;
    }
    const { path, chapter } = told;
    const isFolder = found.kind === 'folder';
    const key = isFolder ? `${path}/` : path;
    const story = stories.get(key) ?? { path, isFolder, newest: undefined, aside: [] };
    stories.set(key, story);
    if (isNewest && !story.newest) story.newest = chapter;
    else story.aside.push(chapter);
  };
  for (const found of folder.pictures) add(found, true);
  for (const found of folder.versions) add(found, false);
  const occupied = new Set(folder.pictures.map(({ stored }) => stored));
  const lines = [...stories.values()].flatMap((story) => retellStory(story, occupied, options));
  return { lines, unread };
}

/** The lines for a path of which nothing lies in its own place any more, only its content somewhere else. */
export function retellPath(
  path: SourcePath,
  isFolder: boolean,
  options: RetellOptions,
): readonly LineToAppend[] {
  return retellStory({ path, isFolder, newest: undefined, aside: [] }, new Set(), options);
}

function retellStory(story: Story, occupied: ReadonlySet<string>, options: RetellOptions): LineToAppend[] {
  const { path, isFolder, newest, aside } = story;
  const told = new Set([newest, ...aside].map((chapter) => chapter?.versionKey));
  const endsAt = newest ? atOf(newest, options.nowMs) : Number.POSITIVE_INFINITY;
  const before = options.history(path, isFolder).filter(({ versionKey, keptAt }) => {
    return !told.has(versionKey) && keptAt < endsAt;
  });
  const past: Chapter[] = [
    ...aside,
    ...before.map((each) => ({ ...each, found: undefined, holds: undefined })),
  ];
  const chapters = past.toSorted((a, b) => atOf(a, options.nowMs) - atOf(b, options.nowMs));
  if (newest) chapters.push(newest);
  const first = aside[0]?.found?.stored;
  const slot = newest?.found?.stored ?? (first === undefined ? undefined : placeOf(first, occupied));
  const { source, nowMs, from } = options;
  return linesOfStory(chapters, {
    ...{ source, nowMs, from, slot, hasNewest: newest !== undefined },
    path: options.freePath(path, isFolder),
  });
}

/** When nobody knows: not before it was made, and not in the future. */
function atOf({ keptAt, content }: Chapter, nowMs: number): number {
  return keptAt ?? Math.min(nowMs, Math.max(0, Math.floor(content.modifiedUs / 1000)));
}

function chapterOf(
  found: Found,
  isNewest: boolean,
  { known }: RetellOptions,
): { path: SourcePath; chapter: Chapter } | undefined {
  const before = known(found.stored);
  const { kind, bytes, modifiedUs, mode, xattrs, b3, target } = found;
  if (before && isSame(before.content, found)) {
    const { path, ...remembered } = before;
    const holds: ContentHash | 'unreadable' | undefined =
      kind !== 'file' || b3 === before.content.b3 ? undefined : (b3 ?? 'unreadable');
    return { path, chapter: { ...remembered, found, holds } };
  }
  if (kind === 'file' && b3 === undefined) return undefined;
  const aside = isNewest ? undefined : parseAside(nameOf(found.stored));
  const path = isNewest && before ? before.path : pathOf(found.stored, aside?.name);
  const content: Content = {
    ...{ kind, bytes: kind === 'file' ? bytes : 0, modifiedUs },
    ...(mode !== undefined && { mode }),
    ...(xattrs && { xattrs }),
    ...(b3 !== undefined && { b3 }),
    ...(target !== undefined && { target }),
  };
  const unknown = { versionKey: undefined, until: undefined, holds: undefined };
  return { path, chapter: { ...unknown, keptAt: aside?.keptAt, content, found } };
}

/** FAT keeps even seconds. */
const coarsestUs = 2_000_000;

/**
 * Whether a stored file is what is known to be there. Other bytes under the same size and time are damage,
 * and no reason to forget what should be there; what could not be read is not judged.
 */
function isSame(content: Content, found: Found): boolean {
  if (content.kind !== found.kind) return false;
  if (found.kind !== 'file') return content.target === found.target;
  if (found.b3 === undefined || found.b3 === content.b3) return true;
  return found.bytes === content.bytes && Math.abs(found.modifiedUs - content.modifiedUs) < coarsestUs;
}

/** The path that a stored name stands for, as well as names alone can tell. */
function pathOf(stored: string, name = nameOf(stored)): SourcePath {
  const folders = stored.split('/').slice(2, -1);
  return [...folders, name].map(trueName).reduce((path, each) => joinPath(path, each), '');
}

/** Where a version that lies aside once lay; beside it, where something else lies there now. */
function placeOf(stored: string, occupied: ReadonlySet<string>): string {
  const name = nameOf(stored);
  const folder = stored.slice(0, stored.length - name.length).replace(/^Versions(?=\/)/, 'Pictures');
  const place = folder + (parseAside(name)?.name ?? name);
  return occupied.has(place) ? `${place} (before)` : place;
}
