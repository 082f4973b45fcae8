/**
 * On which physical device each source and vault was last seen: coverage counts devices, also while they are
 * away.
 */
import { readText, writeTextAtomically } from '../platform/files.js';
import { deviceOf } from '../platform/devices.js';
import type { Installation } from './installation.js';

/**
 * Devices by the ids of sources and vaults. Those that are connected are looked at, and remembered for when
 * not.
 */
export async function devicesSeen(
  installation: Installation,
  connected: readonly { readonly id: string; readonly path: string }[],
): Promise<ReadonlyMap<string, string>> {
  const { native, home } = installation;
  const remembered = await readDevices(home.devicesFile);
  let changed = false;
  for (const { id, path } of connected) {
    const device = await deviceOf(native, path);
    if (device === undefined || remembered.get(id) === device) continue;
    remembered.set(id, device);
    changed = true;
  }
  // Only a memory aid: where it cannot be written, what is away counts as unknown, which is the careful side.
  if (changed) await writeDevices(home.devicesFile, remembered).catch(() => undefined);
  return remembered;
}

async function readDevices(file: string): Promise<Map<string, string>> {
  try {
    const value: unknown = JSON.parse((await readText(file)) ?? '{}');
    const entries = Object.entries(value ?? {}).filter(([, device]) => typeof device === 'string');
    return new Map(entries as [string, string][]);
  } catch {
    return new Map();
  }
}

function writeDevices(file: string, devices: ReadonlyMap<string, string>): Promise<void> {
  return writeTextAtomically(file, JSON.stringify(Object.fromEntries(devices), undefined, 2) + '\n');
}
