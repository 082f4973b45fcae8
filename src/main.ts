#!/usr/bin/env node
/** The roof: takes what the process was given, introduces everybody, and is the last to hear of a fault. */
import { basename, relative } from 'node:path';
import type { InstallationParts } from './agent/installation.js';
import { systemClock } from './base/time.js';
import type { VolumeWatch } from './base/volumes.js';
import { runCommandLine } from './face/cli/cli.js';
import { faultSentence } from './face/sentences.js';
import { findHome, makeHome } from './platform/home.js';
import { programVersion } from './platform/version.js';

const home = findHome();
const stop = new AbortController();

// Once: who presses Ctrl-C again means it, and nothing kept is lost by it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
// `glassine ls | head` is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70));
process.on('uncaughtException', (error) => void fault(error));

async function parts(): Promise<InstallationParts> {
  const [{ native }, { openLog }, { growSlowly }] = await Promise.all([
    import('./platform/native.js'),
    import('./platform/log.js'),
    import('./platform/memory.js'),
  ]);
  growSlowly();
  return { home, native, clock: systemClock, log: openLog(home.logFile) };
}

/** Volumes by looking, and sooner where the USB bus tells of a plug. */
async function watchVolumes(): Promise<VolumeWatch> {
  const [{ VolumeWatcher }, { listenForUsbPlugs }] = await Promise.all([
    import('./platform/volume-watch.js'),
    import('./platform/usb-plugs.js'),
  ]);
  return new VolumeWatcher({ clock: systemClock, listenForPlugs: listenForUsbPlugs });
}

async function fault(error: unknown): Promise<void> {
  const said = error instanceof Error ? error : new Error(String(error));
  await makeHome(home).catch(() => undefined);
  const { openLog } = await import('./platform/log.js');
  openLog(home.logFile).error('a fault', { error: said.message, stack: said.stack });
  console.error(faultSentence(said.message, home.logFile));
  process.exit(70);
}

/** How a person calls this again: by name when installed, else as this process was called. */
function commandOf(script: string): string {
  const name =
    basename(script) === 'glassine' ? 'glassine' : `node ${relative(process.cwd(), script) || script}`;
  return home.portable ? `GLASSINE_HOME=${home.dataFolder} ${name}` : name;
}

try {
  const code = await runCommandLine({
    args: process.argv.slice(2),
    folder: process.cwd(),
    home,
    version: programVersion(),
    command: commandOf(process.argv[1] ?? 'glassine'),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    errIsTerminal: process.stderr.isTTY,
    signal: stop.signal,
    parts,
    watchFolder: async () => (await import('./platform/watch.js')).watchFolder,
    watchVolumes,
  });
  // Pipes are written behind our back: what was said must arrive before the end.
  process.stdout.write('', () => process.exit(code));
} catch (error) {
  await fault(error);
}
