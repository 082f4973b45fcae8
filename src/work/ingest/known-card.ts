/**
 * Which card this is, and what of it was read before: by the number of its file system and then by content,
 * never by names, sizes or times alone, which two cards of one camera share.
 */
import { absolutePath, type SourcePath } from '../../base/paths.js';
import type { ContentHash } from '../../base/types.js';
import type { VolumeFacts } from '../../platform/native.js';
import { zoneShiftUs } from '../../rules/cards/zone-shift.js';
import type { CardFileRow, CardRow } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import type { ListedFile } from './card-listing.js';

export interface KnownCard {
  readonly row: CardRow;
  /** Files that were read before and are the same now, by path. */
  readonly contents: ReadonlyMap<SourcePath, ContentHash>;
}

/** So many files of a card are read again before it is believed to be the one that it looks like. */
const samples = 3;

/** What a listing tells of its card. */
export interface SeenCard {
  readonly files: readonly ListedFile[];
  /** Absent for a folder that is no volume of its own. */
  readonly volume: VolumeFacts | undefined;
  readonly name: string;
  readonly maker: string | undefined;
  /** False for a look that is to leave no trace. */
  readonly isKept: boolean;
}

/** The card that a listing is of; a new row where none was seen that it can be. */
export async function knowCard(deps: WorkDeps, root: string, seen: SeenCard): Promise<KnownCard> {
  const { cards } = deps.catalog;
  const at = deps.clock.now();
  const volume = seen.volume?.uuid;
  const volumeBytes = seen.volume?.totalBytes ?? 0;
  let emptied: CardRow | undefined;
  for (const row of cards.withVolume(volume, volumeBytes)) {
    const same = unchangedFiles(seen.files, cards.files(row.key));
    if (same.length === 0) {
      // The same file system with nothing left of what it held: its pictures were deleted, not formatted.
      if (volume !== undefined) emptied ??= row;
    } else if (await areWhatTheyWere(deps, root, same)) {
      if (seen.isKept) cards.seen(row.key, at);
      return { row, contents: new Map(same.map(({ path, b3 }) => [path, b3])) };
    }
  }
  const { name, maker, isKept } = seen;
  const card = { volume, volumeBytes, name, maker };
  if (!isKept) return { row: { ...card, key: -1, firstSeenAt: at, lastSeenAt: at }, contents: new Map() };
  if (emptied) cards.seen(emptied.key, at);
  return { row: emptied ?? cards.add(card, at), contents: new Map() };
}

interface KnownFile {
  readonly path: SourcePath;
  readonly b3: ContentHash;
}

/** Same path, same size, and the same time but for the zone in which FAT's clock is read. */
function unchangedFiles(files: readonly ListedFile[], rows: readonly CardFileRow[]): KnownFile[] {
  const known = new Map(rows.map((row) => [row.path, row]));
  const pairs = files.flatMap((file) => {
    const row = known.get(file.path);
    return row?.b3 !== undefined && row.bytes === file.bytes ? [{ file, row, b3: row.b3 }] : [];
  });
  const shift = zoneShiftUs(pairs.map(({ file, row }) => file.modifiedUs - row.modifiedUs));
  if (shift === undefined) return [];
  return pairs
    .filter(({ file, row }) => file.modifiedUs - row.modifiedUs === shift)
    .map(({ file: { path }, b3 }) => ({ path, b3 }));
}

/** The first, the last and one between, from the medium. */
async function areWhatTheyWere(deps: WorkDeps, root: string, files: readonly KnownFile[]): Promise<boolean> {
  const { native, signal } = deps;
  const places = [0, files.length - 1, Math.floor(files.length / 2)].slice(0, samples);
  const chosen = [...new Set(places)].flatMap((at) => files[at] ?? []);
  const items = chosen.map(({ path }) => ({ source: absolutePath(root, path), targets: [] }));
  const results = await native.transfer(items, { read: 'medium', ...(signal && { signal }) });
  return results.every((result, at) => !result.error && result.b3 === chosen[at]?.b3);
}
