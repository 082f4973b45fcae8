/**
 * Copies that other programs made: pictures in a protected folder with the bytes of a picture on the card. A
 * look at sizes and times finds what may be one; it is one when it was read from its medium.
 */
import { absolutePath, type SourcePath } from '../../base/paths.js';
import type { SourceSetting } from '../../base/settings.js';
import type { ContentHash } from '../../base/types.js';
import { couldBeSameTime } from '../../rules/cards/zone-shift.js';
import type { WorkDeps } from '../deps.js';
import type { ListedFile } from './card-listing.js';

/** A file of a source, by what the last pass knew of it. */
export interface FoundCopy {
  /** The source's root. */
  readonly root: string;
  /** Below the root. */
  readonly path: SourcePath;
  readonly b3: ContentHash;
  readonly bytes: number;
  readonly modifiedUs: number;
}

export class FoundCopies {
  readonly #bySize = new Map<number, FoundCopy[]>();
  readonly #byContent = new Map<ContentHash, FoundCopy[]>();

  /** What `sources` hold that has the size of one of the files, as far as the catalog knows its content. */
  constructor(
    readonly deps: WorkDeps,
    sources: readonly SourceSetting[],
    files: readonly ListedFile[],
  ) {
    const sizes = [...new Set(files.map(({ bytes }) => bytes).filter((bytes) => bytes > 0))];
    for (const { id, root } of sources) {
      const row = deps.catalog.source(id);
      const found = row ? deps.catalog.scan.ofSizes(row.key, sizes) : [];
      for (const { path, bytes, modifiedUs, b3 } of found) {
        if (b3 === undefined) continue;
        const copy = { root, path, b3, bytes, modifiedUs };
        push(this.#bySize, bytes, copy);
        push(this.#byContent, b3, copy);
      }
    }
  }

  /** Whether a file of the card looks like one of them: it is worth reading before it is copied. */
  looksLike({ bytes, modifiedUs }: ListedFile): boolean {
    const sames = this.#bySize.get(bytes) ?? [];
    return sames.some((copy) => couldBeSameTime(copy.modifiedUs, modifiedUs));
  }

  /** Those with these contents that have them still, read from their medium. */
  async proven(contents: ReadonlySet<ContentHash>): Promise<FoundCopy[]> {
    const { native, signal } = this.deps;
    const copies = [...contents].flatMap((b3) => this.#byContent.get(b3) ?? []);
    if (copies.length === 0) return [];
    const items = copies.map(({ root, path, bytes }) => ({
      ...{ source: absolutePath(root, path), targets: [], bytes },
    }));
    const results = await native.transfer(items, { read: 'medium', ...(signal && { signal }) });
    return copies.filter(({ b3 }, at) => {
      const result = results[at];
      return result !== undefined && !result.error && !result.changed && result.b3 === b3;
    });
  }
}

function push<K>(map: Map<K, FoundCopy[]>, key: K, copy: FoundCopy): void {
  const sames = map.get(key);
  if (sames) sames.push(copy);
  else map.set(key, [copy]);
}
