/**
 * Our own folder under `Incoming/`: names for half-written files, and clearing away what nobody waits for.
 */
import { lstat, readdir } from 'node:fs/promises';
import type { Clock } from '../../base/time.js';
import { isAbsent } from '../../platform/files.js';
import type { Native, Step } from '../../platform/native.js';
import type { EffectiveLine } from './arrange-plan.js';
import { incomingFolder, placeIn } from './layout.js';
import { machineError } from './vault-errors.js';

export interface IncomingOptions {
  readonly root: string;
  readonly writer: string;
  readonly native: Native;
  readonly clock: Clock;
}

export class Incoming {
  readonly #options: IncomingOptions;
  readonly #folder: string;
  /** Names of the ledger's last batch: one that came again could be taken for the file of then. */
  readonly #used: ReadonlySet<string>;
  readonly #session: string;
  #count = 0;

  constructor(options: IncomingOptions, unsettled: readonly EffectiveLine[]) {
    this.#options = options;
    this.#folder = incomingFolder(options.writer);
    this.#used = new Set(namesWaitedFor(unsettled));
    this.#session = Math.max(0, Math.floor(options.clock.now() / 1000)).toString(16);
  }

  /** A new name, relative to the vault's root. */
  name(): string {
    for (;;) {
      this.#count += 1;
      const name = `${this.#folder}/${this.#session}-${this.#count.toString(16)}`;
      if (!this.#used.has(name)) return name;
    }
  }

  /** Removes every file that `unfinished` lines do not wait for. Throws errors of the machine. */
  async clear(unfinished: readonly EffectiveLine[]): Promise<void> {
    const waitedFor = new Set(namesWaitedFor(unfinished));
    const steps: Step[] = [];
    for (const name of await this.#names()) {
      const place = `${this.#folder}/${name}`;
      const isCase = unfinished.length > 0 && name.startsWith('case-');
      if (waitedFor.has(place) || isCase) continue;
      const path = placeIn(this.#options.root, place);
      steps.push({ do: (await lstat(path)).isDirectory() ? 'removeFolder' : 'remove', path });
    }
    if (steps.length === 0) return;
    const results = await this.#options.native.arrange(steps);
    // A folder that a stranger put here and filled is the stranger's.
    const failure = results.find(
      (result) => result && !['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(result.code),
    );
    if (failure) throw machineError(failure);
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(placeIn(this.#options.root, this.#folder));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }
}

function namesWaitedFor(lines: readonly EffectiveLine[]): string[] {
  return lines.flatMap((line) => (line.do === 'keep' && line.from !== undefined ? [line.from] : []));
}
