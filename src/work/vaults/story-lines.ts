/**
 * The lines of one path's story: each content in its time, the gaps between, and what lies where in the end.
 */
import type { SourcePath } from '../../base/paths.js';
import type { Content, ContentHash } from '../../base/types.js';
import { lineOfPath } from '../../store/ledger/line-paths.js';
import type { NewLine } from '../../store/ledger/lines.js';
import type { LineToAppend } from '../../store/ledger/writer.js';
import type { Found } from './found-files.js';

/** One content of one path. */
export interface Chapter {
  /** Where it lies; `undefined`: only its content does, as another path's. */
  readonly found: Found | undefined;
  readonly versionKey: number | undefined;
  readonly keptAt: number | undefined;
  readonly until: number | undefined;
  readonly content: Content;
  /** The file should hold `content`, and holds this instead. */
  readonly holds: ContentHash | 'unreadable' | undefined;
}

export interface StoryPlace {
  readonly source: string;
  readonly path: SourcePath;
  /** Where the newest version lies or lay; `undefined` when nothing of the path is stored. */
  readonly slot: string | undefined;
  /** The last chapter is what `Pictures/` shows. */
  readonly hasNewest: boolean;
  readonly nowMs: number;
  readonly from: () => string;
}

/** The lines, in order. Moments within a story never meet. */
export function linesOfStory(chapters: readonly Chapter[], place: StoryPlace): LineToAppend[] {
  const told: LineToAppend[] = [];
  let atMs = -1;
  let before: Chapter | undefined;
  for (const chapter of chapters) {
    const made = Math.max(0, Math.floor(chapter.content.modifiedUs / 1000));
    const keptAt = Math.max(chapter.keptAt ?? Math.min(place.nowMs, made), atMs + 1);
    if (before?.until !== undefined && before.until > atMs && before.until < keptAt) {
      told.push({ line: retireLine(before, place), atMs: before.until });
      before = undefined;
    }
    atMs = keptAt;
    told.push({ line: keepLine(chapter, before, place), atMs });
    before = chapter;
  }
  if (!place.hasNewest && before) {
    told.push({ line: retireLine(before, place), atMs: Math.max(before.until ?? place.nowMs, atMs + 1) });
  }
  for (const { found, content, holds } of chapters) {
    if (!found || holds === undefined || content.b3 === undefined) continue;
    const line: NewLine = { do: 'damaged', stored: found.stored, b3: content.b3, found: holds };
    told.push({ line, atMs: place.nowMs });
  }
  return told;
}

function retireLine({ content, found }: Chapter, { source, path, slot }: StoryPlace): NewLine {
  const isFolder = content.kind === 'folder';
  return {
    ...{ do: 'retire', source, ...lineOfPath(path) },
    ...(isFolder && { kind: 'folder' as const }),
    ...(found && slot !== undefined && { stored: slot }),
    ...(found && !isFolder && { aside: found.stored }),
  };
}

function keepLine(chapter: Chapter, before: Chapter | undefined, place: StoryPlace): NewLine {
  const { content, found, holds } = chapter;
  const { kind, bytes, modifiedUs, mode, xattrs, b3, target } = content;
  const { source, path, slot, from } = place;
  return {
    ...{ do: 'keep', source, ...lineOfPath(path) },
    ...(kind !== 'file' && { kind }),
    ...(target !== undefined && { target }),
    ...{ bytes, modified: modifiedUs },
    ...(mode !== undefined && { mode }),
    ...(xattrs && { xattrs }),
    ...(b3 !== undefined && { b3 }),
    ...(found && slot !== undefined && { stored: slot }),
    // It has lain in its place for long: this only says that the bytes came with the line.
    ...(found && kind !== 'folder' && { from: from() }),
    ...(before?.found && { aside: before.found.stored }),
    ...(found && kind === 'file' && { evidence: found.fromMedium && !holds ? 'proven' : 'written' }),
  };
}
