/**
 * What was last seen of the physical device and the room of each source and vault: coverage counts devices,
 * and people ask how full a drive is, also while it is away.
 */
import { readText, writeTextAtomically } from '../platform/files.js';
import { deviceOf } from '../platform/devices.js';
import type { Installation } from './installation.js';

export interface PlaceSeen {
  /** A name for the physical device. */
  readonly device?: string;
  readonly freeBytes?: number;
  readonly totalBytes?: number;
}

/** Room is remembered anew when it changed by more than this part of all there is: not at every look. */
const worthWriting = 0.001;

/**
 * What is known of places, by the ids of sources and vaults. Those that are connected are looked at, and
 * remembered for when not.
 */
export async function placesSeen(
  installation: Pick<Installation, 'native' | 'home'>,
  connected: readonly { readonly id: string; readonly path: string }[],
): Promise<ReadonlyMap<string, PlaceSeen>> {
  const { native, home } = installation;
  const remembered = await readSeen(home.devicesFile);
  let changed = false;
  for (const { id, path } of connected) {
    const before = remembered.get(id);
    const device = (await deviceOf(native, path)) ?? before?.device;
    const volume = await native.volumeOf(path).catch(() => undefined);
    const room = volume ?? before;
    const seen = {
      ...(device !== undefined && { device }),
      ...(room?.freeBytes !== undefined && { freeBytes: room.freeBytes }),
      ...(room?.totalBytes !== undefined && { totalBytes: room.totalBytes }),
    };
    changed ||= isNews(before, seen);
    remembered.set(id, seen);
  }
  // Only a memory aid: where it cannot be written, what is away counts as unknown, which is the careful side.
  if (changed) await writeSeen(home.devicesFile, remembered).catch(() => undefined);
  return remembered;
}

/** As {@link placesSeen}: the devices alone, where they are known. */
export async function devicesSeen(
  installation: Pick<Installation, 'native' | 'home'>,
  connected: readonly { readonly id: string; readonly path: string }[],
): Promise<ReadonlyMap<string, string>> {
  const devices = new Map<string, string>();
  for (const [id, { device }] of await placesSeen(installation, connected)) {
    if (device !== undefined) devices.set(id, device);
  }
  return devices;
}

function isNews(before: PlaceSeen | undefined, seen: PlaceSeen): boolean {
  if (before?.device !== seen.device || before?.totalBytes !== seen.totalBytes) return true;
  const change = Math.abs((before?.freeBytes ?? 0) - (seen.freeBytes ?? 0));
  return change > (seen.totalBytes ?? 0) * worthWriting;
}

async function readSeen(file: string): Promise<Map<string, PlaceSeen>> {
  try {
    const value: unknown = JSON.parse((await readText(file)) ?? '{}');
    return new Map(Object.entries(value ?? {}).map(([id, seen]) => [id, placeOf(seen)]));
  } catch {
    return new Map();
  }
}

/** What an older version wrote is the name of the device alone. */
function placeOf(value: unknown): PlaceSeen {
  if (typeof value === 'string') return { device: value };
  const { device, freeBytes, totalBytes } = (value ?? {}) as Record<string, unknown>;
  return {
    ...(typeof device === 'string' && { device }),
    ...(typeof freeBytes === 'number' && { freeBytes }),
    ...(typeof totalBytes === 'number' && { totalBytes }),
  };
}

function writeSeen(file: string, seen: ReadonlyMap<string, PlaceSeen>): Promise<void> {
  return writeTextAtomically(file, JSON.stringify(Object.fromEntries(seen), undefined, 2) + '\n');
}
