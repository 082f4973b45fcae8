/**
 * Which sources and vaults are there right now: a stat or two for each, no handle kept, nothing read twice.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SourceSetting, VaultSetting } from '../base/settings.js';
import { factsOf, readText } from '../platform/files.js';

/** What one look found. Another `mark` is another thing at the same path. */
interface Seen {
  readonly mark: string | undefined;
  readonly present: boolean;
}

type Look<P> = (place: P, before: Seen | undefined) => Promise<Seen>;

export interface Changes<P> {
  readonly came: readonly P[];
  /** Their ids. What is replaced by another of its kind at the same path has gone and come. */
  readonly went: readonly string[];
}

const absent: Seen = { mark: undefined, present: false };

/**
 * Follows places of one kind. A path that hangs, as on a network share, does not hold up looks at the others.
 */
export class Presence<P extends { readonly id: string }> {
  readonly #look: Look<P>;
  readonly #seen = new Map<string, Seen>();
  readonly #busy = new Set<string>();
  #came: P[] = [];
  #went: string[] = [];

  constructor(look: Look<P>) {
    this.#look = look;
  }

  isPresent(id: string): boolean {
    return this.#seen.get(id)?.present ?? false;
  }

  /**
   * Looks once at each place; one that takes longer than `patienceMs` is told by a later look. Never throws.
   */
  async look(places: readonly P[], patienceMs = 500): Promise<Changes<P>> {
    const ids = new Set(places.map((place) => place.id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#note({ id }, absent);
    const looks = places.filter((place) => !this.#busy.has(place.id)).map((place) => this.#lookAt(place));
    if (looks.length > 0) await withPatience(Promise.all(looks), patienceMs);
    const changes = { came: this.#came, went: this.#went };
    this.#came = [];
    this.#went = [];
    return changes;
  }

  async #lookAt(place: P): Promise<void> {
    this.#busy.add(place.id);
    try {
      // A place that cannot even be looked at, for an I/O error or for rights, is not there.
      const seen = await this.#look(place, this.#seen.get(place.id)).catch(() => absent);
      this.#note(place, seen, place);
    } finally {
      this.#busy.delete(place.id);
    }
  }

  #note({ id }: { readonly id: string }, seen: Seen, place?: P): void {
    const before = this.#seen.get(id) ?? absent;
    const isAnother = before.mark !== seen.mark;
    if (before.present && (!seen.present || isAnother)) this.#went.push(id);
    if (seen.present && place && (!before.present || isAnother)) this.#came.push(place);
    if (place) this.#seen.set(id, seen);
    else this.#seen.delete(id);
  }
}

async function withPatience(work: Promise<unknown>, patienceMs: number): Promise<void> {
  const giveUp = new AbortController();
  const patience = delay(patienceMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
  await Promise.race([work, patience]);
  giveUp.abort();
}

/**
 * A source is there when its root is a folder. Whether it lies on the right volume is for each pass to say.
 */
export async function lookAtSource(source: SourceSetting): Promise<Seen> {
  const facts = await factsOf(source.root);
  return facts?.kind === 'folder' ? { mark: facts.identity, present: true } : absent;
}

/**
 * A vault is there when its marker is, and has the right id. The marker is only read when it is another file.
 */
export async function lookAtVault(vault: VaultSetting, before: Seen | undefined): Promise<Seen> {
  const file = join(vault.folder, 'vault.json');
  const facts = await factsOf(file);
  if (facts?.kind !== 'file' || facts.bytes > 65_536) return absent;
  if (facts.mark === before?.mark) return before;
  return { mark: facts.mark, present: idIn(await readText(file)) === vault.id };
}

function idIn(text: string | undefined): unknown {
  try {
    return (JSON.parse(text ?? '') as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
