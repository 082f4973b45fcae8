/** Where the command line reads from and writes to; `main` hands in the process's own. */
import type { VolumeWatch } from '../../base/volumes.js';
import type { Home } from '../../platform/home.js';
import type { InstallationParts } from '../../agent/installation.js';
import type { WatchFolder } from '../../agent/watching.js';

export interface Io {
  /** Without the program and the script. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly home: Home;
  readonly version: string;
  /** How this program is called, for the commands that sentences name. */
  readonly command: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly errIsTerminal: boolean;
  /** The person pressed Ctrl-C, or the system asks to end. */
  readonly signal: AbortSignal;
  /** The machine below, made when first needed: most verbs are answered by a running agent. */
  readonly parts: () => Promise<InstallationParts>;
  readonly watchFolder: () => Promise<WatchFolder>;
  readonly watchVolumes: () => Promise<VolumeWatch>;
}
