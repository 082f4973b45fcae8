/** Everything a job needs, for real, in a temporary folder: a source, drives with vaults, a catalog. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { SourceSetting, VaultSetting } from '../../src/base/settings.js';
import { type Clock, systemClock } from '../../src/base/time.js';
import { native, type Native } from '../../src/platform/native.js';
import { Catalog } from '../../src/store/catalog/catalog.js';
import { createVault } from '../../src/store/vault/create-vault.js';
import { backup, type BackupOptions, type BackupReport } from '../../src/work/backup/backup.js';
import type { WorkDeps } from '../../src/work/deps.js';
import { temporaryFolder } from './trees.js';

export interface Drive {
  readonly setting: VaultSetting;
  /** Where the vault shows the source's newest versions. */
  readonly pictures: string;
  /** Carries the drive away, or brings it back. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
}

export class Workbench {
  readonly source: SourceSetting;
  readonly root: string;
  readonly drives: Drive[] = [];
  deps: WorkDeps;

  constructor(
    readonly folder: string,
    readonly t: ExecutionContext,
  ) {
    this.root = path.join(folder, 'A');
    this.source = { id: randomUUID(), name: 'Photos', root: this.root };
    this.deps = this.#install();
  }

  #install(): WorkDeps {
    const catalog = Catalog.open(path.join(this.folder, `catalog-${randomUUID()}.sqlite`));
    this.t.teardown(() => catalog.close());
    const clock = new SteppingClock();
    const scratchFolder = path.join(this.folder, 'scratch');
    return {
      native,
      catalog,
      clock,
      writer: randomUUID(),
      computer: 'desk',
      listener: () => undefined,
      scratchFolder,
    };
  }

  /** A new catalog that has to learn everything from the ledgers; the same installation otherwise. */
  forgetCatalog(): void {
    this.deps = { ...this.#install(), writer: this.deps.writer };
  }

  /** A new drive with a new vault, in `parent` when that is given. */
  async addDrive(name: string, parent = path.join(this.folder, name)): Promise<Drive> {
    await mkdir(parent, { recursive: true });
    const { root, marker } = await createVault(parent, this.deps);
    const away = `${parent} (away)`;
    const drive = {
      setting: { id: marker.id, name, folder: root },
      pictures: path.join(root, 'Pictures', this.source.name),
      unplug: () => rename(parent, away),
      plug: () => rename(away, parent),
    };
    this.drives.push(drive);
    return drive;
  }

  backup(options: Partial<BackupOptions> = {}): Promise<BackupReport> {
    const vaults = this.drives.map((drive) => drive.setting);
    return backup(this.deps, { sources: [this.source], vaults, ...options });
  }

  get sourceKey(): number {
    return this.deps.catalog.source(this.source.id)?.key ?? -1;
  }
}

/** Real time, but never the same twice: so that "before" and "after" mean something in a fast test. */
class SteppingClock implements Clock {
  #last = 0;

  now(): number {
    this.#last = Math.max(systemClock.now(), this.#last + 1);
    return this.#last;
  }
}

export async function workbench(t: ExecutionContext): Promise<Workbench> {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'A'));
  await mkdir(path.join(folder, 'scratch'));
  return new Workbench(folder, t);
}

/** The real addon, with something happening before each transfer. */
export function meanwhile(happens: (transfers: number) => Promise<void> | void): Native {
  let transfers = 0;
  return {
    ...native,
    transfer: async (items, options) => {
      await happens(++transfers);
      return await native.transfer(items, options);
    },
  };
}
