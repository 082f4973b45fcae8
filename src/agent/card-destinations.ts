/** Where the folders are that cards are copied to by themselves: on their own volume, or nowhere. */
import { join } from 'node:path';
import { factsOf } from '../platform/files.js';
import type { CardDestination } from '../rules/cards/card-rule.js';
import { onVolume } from './binding.js';
import { within } from './presence.js';
import { volumesNow } from './volumes-now.js';
import type { MountedVolume } from './volumes-now.js';

export interface DestinationsNow {
  /** Folders that are there, in the order in which they were set. */
  readonly here: readonly string[];
  /** As they were set: their volume is not mounted, or they are gone. */
  readonly away: readonly string[];
}

/** A volume that does not say who it is for so long counts as away. */
const patienceMs = 2000;

/**
 * Looks for each folder wherever its volume is mounted now. Another volume at its path is not it, nor is the
 * bare mount point: pictures would be written to the disk of the computer. Never throws.
 */
export async function destinationsNow(
  destinations: readonly CardDestination[],
  volumes: readonly MountedVolume[] = volumesNow(),
): Promise<DestinationsNow> {
  const found = await Promise.all(
    destinations.map(async (destination) => {
      const answer = await within(whereIs(destination, volumes), patienceMs).catch(() => 'late' as const);
      return { set: destination.folder, now: answer === 'late' ? undefined : answer.value };
    }),
  );
  return {
    here: found.flatMap(({ now }) => now ?? []),
    away: found.flatMap(({ set, now }) => (now === undefined ? [set] : [])),
  };
}

async function whereIs(
  { folder, volume, inside }: CardDestination,
  volumes: readonly MountedVolume[],
): Promise<string | undefined> {
  const there = await onVolume(folder, volumes);
  if (there.volume === volume && there.inside === inside && (await isFolder(folder))) return folder;
  if (volume === undefined || inside === undefined) return undefined;
  const found = new Set<string>();
  for (const mounted of volumes) {
    if (!mounted.keeps || (await mounted.uuid()) !== volume) continue;
    const path = join(mounted.mountPoint, inside);
    if (await isFolder(path)) found.add(path);
  }
  const [path] = found;
  // Two volumes with one number: which of them was meant cannot be told.
  return found.size === 1 ? path : undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await factsOf(path).catch(() => undefined))?.kind === 'folder';
}
