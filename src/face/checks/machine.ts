/** Checks of the computer: what Glassine stands on. */
import { hashKernels, nodeVersion, watchLimits } from '../../platform/examine.js';
import { hasUsbBus, listenForUsbPlugs } from '../../platform/usb-plugs.js';
import { listVolumes } from '../../platform/volume-list.js';
import { describeCount } from '../../rules/people-times.js';
import type { App } from '../app.js';
import { nameOfVolume } from '../../base/volumes.js';
import { listed, localTime, printable } from '../words.js';
import { toRfc3339 } from '../../base/time.js';
import type { Check } from './check.js';

const oldestNode = [20, 19] as const;

export function nodeCheck(version = nodeVersion()): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  const name = 'Node';
  if (isOld)
    return {
      name,
      result: 'bad',
      sentence: `${version} is too old; install ${oldestNode.join('.')} or newer.`,
    };
  return { name, result: 'good', sentence: version };
}

export function addonCheck(): Check {
  const name = 'Native part';
  try {
    const [kernel = 'none'] = hashKernels();
    return { name, result: 'good', sentence: `loaded; hashes with ${kernel}` };
  } catch (error) {
    return { name, result: 'bad', sentence: `cannot be loaded: ${String(error)}` };
  }
}

export async function watchCheck(app: App): Promise<Check> {
  const name = 'Watching';
  const limits = await watchLimits();
  const allowed = limits === undefined ? '' : `; the system allows ${describeCount(limits.folders)}`;
  const state = app.agent?.state();
  if (!state)
    return { name, result: 'not-checked', sentence: `no agent is running, so nothing is watched${allowed}` };
  const { watchedFolders, unwatchedFolders } = state;
  const watched = `${describeCount(watchedFolders, 'folder')} watched`;
  if (unwatchedFolders === 0) return { name, result: 'good', sentence: watched + allowed };
  const sentence =
    `${watched}, ${describeCount(unwatchedFolders)} looked at by the clock instead${allowed}. To raise ` +
    `the limit: ` +
    `sudo sysctl fs.inotify.max_user_watches=1048576`;
  return { name, result: 'attention', sentence };
}

/** A clock that is behind what it once showed was set back, or its battery is empty. */
export function clockCheck(app: App): Check {
  const { clock, catalog } = app.installation;
  const now = clock.now();
  const latest = Math.max(0, ...catalog.vaults().map((vault) => vault.lastSeenAt ?? 0));
  const shown = localTime(toRfc3339(now));
  const isBehind = now < latest - 60_000 || now < Date.UTC(2026, 0, 1);
  if (!isBehind) return { name: 'Clock', result: 'good', sentence: shown };
  const sentence =
    `shows ${shown}, which is before what was kept already; set it, or versions get ` + `wrong times.`;
  return { name: 'Clock', result: 'attention', sentence };
}

const byLooking = 'cards are found by looking at volumes';

/** Plugs only hint: without them everything is found a little later. */
export async function usbCheck(): Promise<Check> {
  const name = 'USB';
  if (!hasUsbBus()) return { name, result: 'not-available', sentence: `no USB bus: ${byLooking}` };
  try {
    const listener = await listenForUsbPlugs(() => undefined);
    listener.close();
    return { name, result: 'good', sentence: 'plugs are heard of at once' };
  } catch (error) {
    const sentence = `plugs are not heard of (${printable(String(error))}): ${byLooking}`;
    return { name, result: 'attention', sentence };
  }
}

/** What is mounted, without the system's own. */
export async function volumeCheck(): Promise<Check> {
  const volumes = (await listVolumes()).filter(({ system }) => !system);
  const names = volumes.map((volume) => `${printable(nameOfVolume(volume))} (${volume.bus})`);
  const sentence = names.length === 0 ? "none besides the system's own" : listed(names);
  return { name: 'Volumes', result: 'good', sentence };
}

export function notBuiltYet(): Check[] {
  return ['Tray', 'Notifications'].map((name) => {
    return { name, result: 'not-available', sentence: 'not built yet; see status instead' };
  });
}
