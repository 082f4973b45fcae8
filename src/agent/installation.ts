/** One installation in one home: who it is, what is set, and its history, opened when first needed. */
import { join } from 'node:path';
import { GlassineError } from '../base/errors.js';
import type { Problem } from '../base/errors.js';
import type { Listener } from '../base/events.js';
import { toStamp } from '../base/time.js';
import type { Clock } from '../base/time.js';
import { makeFolder, renameFile } from '../platform/files.js';
import type { Home } from '../platform/home.js';
import type { Log } from '../platform/log.js';
import type { Native } from '../platform/native.js';
import { Catalog } from '../store/catalog/catalog.js';
import type { WorkDeps } from '../work/deps.js';
import { ConfigStore } from './config-store.js';
import { readIdentity } from './identity.js';
import type { Identity } from './identity.js';

export interface InstallationParts {
  readonly home: Home;
  readonly native: Native;
  readonly clock: Clock;
  readonly log: Log;
}

export class Installation {
  readonly home: Home;
  readonly native: Native;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  readonly config: ConfigStore;
  /** Vaults that no job may open as things are, by their ids, and why. */
  refused: ReadonlyMap<string, Problem> = new Map();
  #catalog: Catalog | undefined;

  private constructor(parts: InstallationParts, identity: Identity, config: ConfigStore) {
    this.home = parts.home;
    this.native = parts.native;
    this.clock = parts.clock;
    this.log = parts.log;
    this.identity = identity;
    this.config = config;
  }

  /**
   * The home's folders exist. Throws `config-invalid` (unless that is to be looked into), `home-unwritable`.
   */
  static async open(
    parts: InstallationParts,
    options: { evenIfWrong?: boolean } = {},
  ): Promise<Installation> {
    const config = await ConfigStore.open(parts.home.configFile, options);
    const identity = await readIdentity(parts.home.identityFile);
    await makeFolder(parts.home.scratchFolder, { onlyOwner: true });
    return new Installation(parts, identity, config);
  }

  /** The history. Throws what `Catalog.open` throws. */
  get catalog(): Catalog {
    return this.openCatalog();
  }

  /** Opens the history where it is not open yet. Throws what `Catalog.open` throws. */
  openCatalog(): Catalog {
    this.#catalog ??= Catalog.open(this.home.catalogFile);
    return this.#catalog;
  }

  /** Whether this is the history that is open: not one that was closed or set aside meanwhile. */
  hasOpen(catalog: Catalog): boolean {
    return this.#catalog === catalog;
  }

  /**
   * Opens the history; a damaged one is set aside, to be looked into, and a new one made, which the ledgers
   * of the vaults fill. Only for who holds the home's lock. True when that was needed.
   */
  async mendCatalog(): Promise<boolean> {
    try {
      this.openCatalog();
      return false;
    } catch (error) {
      if (!(error instanceof GlassineError) || error.code !== 'catalog-damaged') throw error;
      this.log.error('the history is damaged', { problem: error.problem });
    }
    await this.setCatalogAside();
    this.openCatalog();
    return true;
  }

  /** Closes the history and moves its files out of the way, under the moment's name. */
  async setCatalogAside(): Promise<void> {
    this.#catalog?.close();
    this.#catalog = undefined;
    const aside = join(this.home.dataFolder, `history (damaged ${toStamp(this.clock.now())}).sqlite`);
    for (const suffix of ['', '-wal', '-shm']) {
      await renameFile(this.home.catalogFile + suffix, aside + suffix).catch(() => undefined);
    }
  }

  /** What a job is handed. */
  deps(listener: Listener, signal?: AbortSignal): WorkDeps {
    const { native, clock, catalog, identity, home, refused } = this;
    const { writer, computer } = identity;
    const scratchFolder = home.scratchFolder;
    const own = { native, clock, catalog, writer, computer, listener, scratchFolder, refused };
    return { ...own, ...(signal && { signal }) };
  }

  close(): void {
    this.#catalog?.close();
    this.#catalog = undefined;
  }
}
