/** Watching volumes come and go: their table is read twice a second, and more often after a hint. */
import type { Clock } from '../base/time.js';
import type { Volume, VolumeEvent, VolumeWatch } from '../base/volumes.js';
import { nextLookInMs } from '../rules/look-pace.js';
import { volumeTable } from './volume-list.js';
import type { VolumeTable } from './volume-list.js';

/** Begins to listen for plugs; `onPlug` is called at each. */
export type ListenForPlugs = (onPlug: () => void) => Promise<{ close(): void }>;

export interface VolumeWatcherOptions {
  readonly clock: Clock;
  /** Default: those of this computer. */
  readonly table?: VolumeTable;
  /** What hints that a volume is about to come; default nothing. */
  readonly listenForPlugs?: ListenForPlugs;
}

/**
 * A look that finds the same text as before costs microseconds; the volumes themselves are only asked when
 * something changed, and those that may be pulled out whether they still answer.
 */
export class VolumeWatcher implements VolumeWatch {
  readonly #options: VolumeWatcherOptions;
  #table: VolumeTable | undefined;
  #text: string | undefined;
  #present: readonly Volume[] = [];
  #tell: (event: VolumeEvent) => void = () => undefined;
  #plugs: { close(): void } | undefined;
  #hintedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: VolumeWatcherOptions) {
    this.#options = options;
  }

  get volumes(): readonly Volume[] {
    return this.#present;
  }

  async start(tell: (event: VolumeEvent) => void): Promise<void> {
    this.#table = this.#options.table ?? (await volumeTable());
    // Without hints volumes are found all the same, a little later.
    this.#plugs = await this.#options.listenForPlugs?.(() => this.hint()).catch(() => undefined);
    this.#lookNow();
    await this.#looking;
    this.#tell = tell;
  }

  hint(): void {
    this.#hintedAt = this.#options.clock.now();
    if (!this.#looking) this.#lookNow();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#plugs?.close();
    await this.#looking;
  }

  #schedule(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const untilMs = nextLookInMs(this.#options.clock.now(), this.#hintedAt);
    this.#timer = setTimeout(() => this.#lookNow(), untilMs);
  }

  #lookNow(): void {
    clearTimeout(this.#timer);
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      this.#schedule();
    });
  }

  async #look(): Promise<void> {
    const table = this.#table;
    if (!table || this.#stopped) return;
    // A look that fails tells nothing, and the next one comes soon.
    const now = await this.#volumesNow(table).catch(() => this.#present);
    const before = this.#present;
    this.#present = now;
    for (const volume of before) if (!has(now, volume)) this.#say({ kind: 'vanished', volume });
    for (const volume of now) if (!has(before, volume)) this.#say({ kind: 'appeared', volume });
  }

  async #volumesNow(table: VolumeTable): Promise<readonly Volume[]> {
    const text = table.text();
    if (text !== this.#text || !table.isWhole) {
      const volumes = await table.list();
      this.#text = text;
      return volumes;
    }
    const gone = await table.gone(this.#present);
    return gone.size === 0 ? this.#present : this.#present.filter(({ id }) => !gone.has(id));
  }

  #say(event: VolumeEvent): void {
    if (!this.#stopped) this.#tell(event);
  }
}

function has(volumes: readonly Volume[], { id }: Volume): boolean {
  return volumes.some((volume) => volume.id === id);
}
