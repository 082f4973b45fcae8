/** Photo programs' live databases: which files they are, and which files beside them are part of them. */
import { isEscaped } from '../base/paths.js';
import type { SourcePath } from '../base/paths.js';
import type { Entry } from '../base/types.js';

/** Lightroom and Capture One name each catalog as the person likes. */
const endings = ['.lrcat', '.cocatalogdb', '.cosessiondb'];

/**
 * digiKam's library and the faces it was taught, darktable's library and tags. What a program rebuilds by
 * itself (`thumbnails-digikam.db`, `similarity.db`, previews) is left to be kept as plain files.
 */
const names = new Set(['digikam4.db', 'recognition.db', 'library.db', 'data.db']);

/** Whether a file of this name is a photo program's SQLite database, to be kept as a consistent whole. */
export function isDatabase(name: SourcePath): boolean {
  const text = (isEscaped(name) ? name.slice(1) : name).toLowerCase();
  return names.has(text) || endings.some((ending) => text.length > ending.length && text.endsWith(ending));
}

/** Whether a file of this name is such a database, or would be a part of one that lay beside it. */
export function isOfDatabase(name: SourcePath): boolean {
  return isDatabase(name) || isDatabase(mainNameOf(name));
}

export interface FoldedDatabases {
  /** The folder without the companions; each database's time is that of its latest part. */
  readonly entries: Entry[];
  /** By name, every database of the folder, with the files beside it that are part of it: often none. */
  readonly databases: Map<SourcePath, { readonly companions: Entry[] }>;
}

/**
 * Folds the `-wal`, `-shm` and `-journal` files of a folder's databases into them. A log that holds something
 * dates its database, whose own file need not have been touched for hours. A companion without its database
 * stays a file.
 */
export function foldDatabases(entries: readonly Entry[]): FoldedDatabases {
  const databases = new Map<SourcePath, { companions: Entry[] }>();
  for (const entry of entries) {
    if (entry.kind === 'file' && isDatabase(entry.name)) databases.set(entry.name, { companions: [] });
  }
  if (databases.size === 0) return { entries: [...entries], databases };
  const kept: Entry[] = [];
  for (const entry of entries) {
    const database = entry.kind === 'file' ? databases.get(mainNameOf(entry.name)) : undefined;
    if (database) database.companions.push(entry);
    else kept.push(entry);
  }
  return {
    entries: kept.map((entry) => dated(entry, databases.get(entry.name)?.companions ?? [])),
    databases,
  };
}

/** `a.lrcat` for `a.lrcat-wal`; "" for a name that is no companion's. */
function mainNameOf(name: SourcePath): SourcePath {
  return /^(.+)-(?:wal|shm|journal)$/s.exec(name)?.[1] ?? '';
}

function dated(entry: Entry, companions: readonly Entry[]): Entry {
  // The shared-memory file is touched by readers too, and holds nothing.
  const logs = companions.filter((file) => file.bytes > 0 && !file.name.endsWith('-shm'));
  const modifiedUs = Math.max(entry.modifiedUs, ...logs.map((file) => file.modifiedUs));
  return modifiedUs === entry.modifiedUs ? entry : { ...entry, modifiedUs };
}
