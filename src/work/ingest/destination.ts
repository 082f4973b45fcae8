/** A place that an ingest copies to: the job's folder there, and what of it is known. */
import path from 'node:path';
import { GlassineError, type Problem, problem } from '../../base/errors.js';
import { absolutePath, joinPath } from '../../base/paths.js';
import { deviceOf } from '../../platform/devices.js';
import { entryAt } from '../../platform/entries.js';
import type { FsPath } from '../../platform/native.js';
import { portableName } from '../../rules/cards/naming.js';
import { foldKey } from '../../rules/stored-names.js';
import type { CardCopyRow } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { isPart, TargetFolder } from '../parts/target-folder.js';

/** A destination that was looked at, and not touched. */
export interface Place {
  /** As the person named it. */
  readonly name: string;
  /** The job's folder; it need not be there. */
  readonly root: string;
  readonly device: string | undefined;
  readonly volume: string | undefined;
  /** Names in the job's folder, as volumes compare them. */
  readonly taken: Set<string>;
}

export interface Destination extends Place {
  readonly folder: TargetFolder;
  /** The job's folder was made for this ingest. */
  readonly isNew: boolean;
  /** Its row in the catalog, once the ingest has one. */
  key: number;
  copied: number;
  bytes: number;
  /** Why it is out for the rest of this ingest. */
  problem: Problem | undefined;
}

export interface Opened {
  readonly destinations: readonly Destination[];
  /** Why others could not be opened. */
  readonly failed: readonly { readonly name: string; readonly problem: Problem }[];
}

/**
 * Opens each destination, making the job's folder. One that lies on the card, in a vault, or in the place of
 * another is refused like one that cannot be written to.
 */
export async function openDestinations(
  deps: WorkDeps,
  names: readonly string[],
  where: Where & { readonly away: readonly string[] },
): Promise<Opened> {
  const destinations: Destination[] = [];
  const failed: { name: string; problem: Problem }[] = [];
  for (const name of where.away) failed.push({ name, problem: problem('destination-away', name).problem });
  for (const name of names) {
    try {
      const made = await openOne(deps, name, where);
      if (destinations.some(({ root }) => root === made.root)) throw problem('destination-twice', name);
      destinations.push(made);
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      failed.push({ name, problem: error.problem });
    }
  }
  return { destinations, failed };
}

interface Where {
  readonly job: string;
  readonly cardRoot: string;
  readonly vaultFolders: readonly string[];
}

async function openOne(
  deps: WorkDeps,
  name: string,
  { job, cardRoot, vaultFolders }: Where,
): Promise<Destination> {
  const root = jobFolder(name, job);
  if (root.startsWith(cardRoot.endsWith(path.sep) ? cardRoot : cardRoot + path.sep))
    throw problem('destination-on-card', name);
  const isNew = (await entryAt(root).catch(() => undefined)) === undefined;
  const folder = await TargetFolder.open(deps.native, root, vaultFolders);
  const place = await lookAt(deps, name, folder.root);
  return { ...place, folder, isNew, key: -1, copied: 0, bytes: 0, problem: undefined };
}

function jobFolder(name: string, job: string): string {
  return path.join(path.resolve(name), portableName(job));
}

/** What is known of each destination without making anything in it: for plans. */
export function lookAtPlaces(deps: WorkDeps, names: readonly string[], job: string): Promise<Place[]> {
  return Promise.all(names.map((name) => lookAt(deps, name, jobFolder(name, job))));
}

async function lookAt(deps: WorkDeps, name: string, root: string): Promise<Place> {
  const there = await nearestFolder(root);
  const facts = await deps.native.volumeOf(there).catch(() => undefined);
  const device = await deviceOf(deps.native, there);
  return { name, root, device, volume: facts?.uuid, taken: await namesBelow(deps, root) };
}

/** The folder, or the first one above it that is there. */
export async function nearestFolder(folder: string): Promise<string> {
  const above = path.dirname(folder);
  const isThere = (await entryAt(folder).catch(() => undefined)) !== undefined;
  return isThere || above === folder ? folder : await nearestFolder(above);
}

/** Half-written files that an ingest left which was cut short: nobody wrote to them for so long. */
const staleMs = 10 * 60_000;

/** Every name in the job's folder, as volumes compare them; what was left half-written goes. */
async function namesBelow({ native, clock }: WorkDeps, root: string): Promise<Set<string>> {
  const taken = new Set<string>();
  const parts: FsPath[] = [];
  for await (const { folder, entries } of native.walk(root, { onError: () => undefined })) {
    for (const { name } of entries) {
      if (isPart(name)) parts.push(absolutePath(root, joinPath(folder, name)));
      else if (name !== '') taken.add(foldKey(joinPath(folder, name)));
    }
  }
  const stale: FsPath[] = [];
  for (const part of parts) {
    // Not its own time, which is that of the picture as soon as it is written.
    const changedNs = (await entryAt(part).catch(() => undefined))?.changedNs;
    if (changedNs !== undefined && clock.now() - Number(changedNs / 1_000_000n) > staleMs) stale.push(part);
  }
  if (stale.length > 0) await native.arrange(stale.map((path) => ({ do: 'remove', path }) as const));
  return taken;
}

/** Whether a copy lies where it was put, as it was put there, as far as that shows without reading it. */
export async function isStillThere(copy: Pick<CardCopyRow, 'root' | 'path' | 'bytes'>): Promise<boolean> {
  const found = await entryAt(absolutePath(copy.root, copy.path)).catch(() => undefined);
  return found?.kind === 'file' && found.bytes === copy.bytes;
}
