/** What changed in a folder since the last scan, and which missing files are new files' former selves. */
import { splitPath } from '../base/paths.js';
import type { SourcePath } from '../base/paths.js';
import type { Entry, Kind } from '../base/types.js';

/** A file as the last scan saw it: what the catalog keeps, as far as the diff needs it. */
export interface SeenFile {
  readonly fileKey: number;
  readonly name: SourcePath;
  readonly kind: Kind;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly target: string | undefined;
  /** False when the last scan did not find it. */
  readonly present: boolean;
}

export interface DiffOptions {
  /** The source lies on FAT or exFAT, whose clock ticks every two seconds. */
  readonly fat: boolean;
  /**
   * The time of this scan, microseconds. When given, files modified less than one tick of the volume's clock
   * ago are put off as `fresh`: a second change within the tick would show neither in their size nor in their
   * time.
   */
  readonly nowUs?: number;
}

/**
 * `content`: other size or other link target. `time`: same size, other time: hash before keeping. `kind`: a
 * file became a link, and the like.
 */
export type ChangeReason = 'content' | 'time' | 'kind';

export interface FolderDiff {
  /** Never seen under this name. */
  readonly added: Entry[];
  readonly changed: { readonly fileKey: number; readonly entry: Entry; readonly reason: ChangeReason }[];
  /** How many are as they were. */
  readonly unchanged: number;
  /** Keys of files that were there at the last scan and are not now. */
  readonly gone: number[];
  /** Were missing at the last scan and are back; `same` when size, time, kind and target are as they were. */
  readonly returned: { readonly fileKey: number; readonly entry: Entry; readonly same: boolean }[];
  /** Sockets, pipes, devices: named, never kept. A file that became one is also `gone`. */
  readonly special: Entry[];
  /** Modified too recently to tell: look at this folder again a tick later. Not `gone`. */
  readonly fresh: Entry[];
}

const fatTickUs = 2_000_000;
/** Kernels stamp files at their own tick, 10 ms at the coarsest. */
const tickUs = 10_000;

/**
 * Compares one folder's entries with what the catalog has seen in it. Folders below are ignored: they are
 * folders of their own; an empty folder comes in as the entry with the name `""`. A file is unchanged when
 * kind, size, time and target are; the bytes of one whose time alone differs have to be hashed by the caller,
 * as FAT's local-time clock shifts every file by hours on a flight.
 */
export function diffFolder(
  seen: readonly SeenFile[],
  entries: readonly Entry[],
  options: DiffOptions,
): FolderDiff {
  const diff: FolderDiff = {
    added: [],
    changed: [],
    unchanged: 0,
    gone: [],
    returned: [],
    special: [],
    fresh: [],
  };
  const rows = new Map(seen.map((row) => [row.name, row]));
  let unchanged = 0;
  for (const entry of entries) {
    if (entry.kind === 'folder' && entry.name !== '') continue;
    if (entry.kind === 'special') {
      diff.special.push(entry);
      continue;
    }
    const row = rows.get(entry.name);
    rows.delete(entry.name);
    if (isFresh(entry, options)) diff.fresh.push(entry);
    else if (!row) diff.added.push(entry);
    else {
      const reason = changeOf(row, entry);
      if (!row.present) diff.returned.push({ fileKey: row.fileKey, entry, same: reason === undefined });
      else if (reason) diff.changed.push({ fileKey: row.fileKey, entry, reason });
      else unchanged += 1;
    }
  }
  for (const row of rows.values()) if (row.present) diff.gone.push(row.fileKey);
  return { ...diff, unchanged };
}

function isFresh(entry: Entry, { fat, nowUs }: DiffOptions): boolean {
  if (nowUs === undefined || entry.kind !== 'file') return false;
  const ageUs = nowUs - entry.modifiedUs;
  return ageUs >= 0 && ageUs < (fat ? fatTickUs : tickUs);
}

function changeOf(row: SeenFile, entry: Entry): ChangeReason | undefined {
  if (row.kind !== entry.kind) return 'kind';
  // A folder's size and time say nothing about it: it is empty, and that is all there is to keep.
  if (row.kind === 'folder') return undefined;
  if (row.bytes !== entry.bytes || row.target !== entry.target) return 'content';
  return row.modifiedUs === entry.modifiedUs ? undefined : 'time';
}

/** A file that a scan found missing, as it was last seen. */
export interface GoneFile {
  readonly fileKey: number;
  readonly path: SourcePath;
  readonly kind: Kind;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly inode: string | undefined;
  readonly device: string | undefined;
}

/** A file that a scan found for the first time (or again). */
export interface NewFile {
  readonly path: SourcePath;
  readonly kind: Kind;
  readonly bytes: number;
  readonly modifiedUs: number;
  readonly inode: string | undefined;
  readonly device: string | undefined;
}

export interface MoveOptions {
  /** False on file systems that number files anew at each mount (FAT, most of FUSE). Default true. */
  readonly stableInodes?: boolean;
}

export interface Moves<G, N> {
  /** The same file under another name: nothing has to be read. */
  readonly moves: { readonly from: G; readonly to: N }[];
  /**
   * Perhaps moved: `to` has the size and time of each of `from`. Hash it first, then compare with their
   * contents.
   */
  readonly candidates: { readonly to: N; readonly from: G[] }[];
}

/**
 * Which new files are missing ones under another name. By identity: same device, inode, size and time, where
 * exactly one missing and one new file have that identity. File systems give the number of a deleted file to
 * the next one, and bursts off a FAT card share sizes and whole-second times, so a file that also changed its
 * name is only believed when its time is finer than a second; all else is a candidate, and its bytes decide.
 * Empty files, links and folders cost nothing to keep and never move.
 */
export function matchMoves<G extends GoneFile, N extends NewFile>(
  gone: readonly G[],
  added: readonly N[],
  options: MoveOptions = {},
): Moves<G, N> {
  const missing = gone.filter(canMove);
  const found = added.filter(canMove);
  const moves: { from: G; to: N }[] = [];
  const movedFrom = new Set<G>();
  const movedTo = new Set<N>();
  if (options.stableInodes ?? true) {
    const byIdentity = uniqueBy(missing, identityOf);
    for (const [identity, to] of uniqueBy(found, identityOf)) {
      const from = to && byIdentity.get(identity);
      if (!from || !isBelievable(from, to)) continue;
      moves.push({ from, to });
      movedFrom.add(from);
      movedTo.add(to);
    }
  }
  const bySize = groupBy(
    missing.filter((file) => !movedFrom.has(file)),
    sizeAndTime,
  );
  const candidates: { to: N; from: G[] }[] = [];
  for (const to of found) {
    const from = movedTo.has(to) ? undefined : bySize.get(sizeAndTime(to));
    if (from) candidates.push({ to, from });
  }
  return { moves, candidates };
}

function canMove(file: NewFile): boolean {
  return file.kind === 'file' && file.bytes > 0;
}

function isBelievable(from: GoneFile, to: NewFile): boolean {
  return from.modifiedUs % 1_000_000 !== 0 || splitPath(from.path).name === splitPath(to.path).name;
}

function identityOf(file: NewFile): string | undefined {
  if (file.inode === undefined || file.device === undefined || file.inode === '0') return undefined;
  return `${file.device} ${file.inode} ${sizeAndTime(file)}`;
}

function sizeAndTime(file: NewFile): string {
  return `${file.bytes} ${file.modifiedUs}`;
}

/** Values by key; `undefined` where several share one. */
function uniqueBy<T>(
  values: readonly T[],
  keyOf: (value: T) => string | undefined,
): Map<string, T | undefined> {
  const unique = new Map<string, T | undefined>();
  for (const value of values) {
    const key = keyOf(value);
    if (key !== undefined) unique.set(key, unique.has(key) ? undefined : value);
  }
  return unique;
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return groups;
}
