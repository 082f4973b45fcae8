/** What every row has at hand: sizes, programs, corpora, the stores that keep them, and a place to write. */
import { Corpus } from './corpora.js';
import type { CorpusName } from './corpora.js';
import type { Sizes } from './options.js';
import type { Programs } from './programs.js';
import { BorgStore } from './stores/borg.js';
import { GlassineStore } from './stores/glassine.js';
import { RcloneStore, RsyncStore } from './stores/plain.js';
import { ResticStore } from './stores/restic.js';
import type { Store } from './stores/store.js';

export interface Stores {
  readonly glassine: GlassineStore;
  readonly restic: ResticStore;
  readonly borg: BorgStore;
  readonly rsync: RsyncStore;
  readonly rclone: RcloneStore;
}

export interface Setting {
  readonly folder: string;
  readonly sizes: Sizes;
  readonly programs: Programs;
  readonly say: (line: string) => void;
}

export class Bench {
  readonly folder: string;
  readonly sizes: Sizes;
  readonly programs: Programs;
  readonly say: (line: string) => void;
  readonly #corpora = new Map<CorpusName, Corpus>();
  readonly #stores = new Map<CorpusName, Stores>();

  constructor({ folder, sizes, programs, say }: Setting) {
    this.folder = folder;
    this.sizes = sizes;
    this.programs = programs;
    this.say = say;
  }

  corpus(name: CorpusName): Corpus {
    const corpus = this.#corpora.get(name) ?? new Corpus(name, this.folder, this.sizes);
    this.#corpora.set(name, corpus);
    return corpus;
  }

  /** What each program keeps of a corpus; it outlives a row, so that a first backup is made only once. */
  stores(name: CorpusName): Stores {
    const { programs } = this;
    const corpus = this.corpus(name);
    const stores = this.#stores.get(name) ?? {
      glassine: new GlassineStore(corpus, programs),
      restic: new ResticStore(corpus, programs),
      borg: new BorgStore(corpus, programs),
      rsync: new RsyncStore(corpus, programs),
      rclone: new RcloneStore(corpus, programs),
    };
    this.#stores.set(name, stores);
    return stores;
  }

  /** Those of the stores whose program is here. */
  present(stores: readonly Store[]): Store[] {
    return stores.filter((store) => this.programs.missing(store.needs).length === 0);
  }

  /** Forgets a corpus, and all that was kept of it. */
  async remove(name: CorpusName): Promise<void> {
    this.#stores.delete(name);
    const corpus = this.#corpora.get(name);
    this.#corpora.delete(name);
    await corpus?.remove();
  }
}
