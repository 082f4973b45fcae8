/**
 * Which sources and vaults are there right now: a stat or two for each, no handle kept, nothing read twice.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SourceSetting, VaultSetting } from '../base/settings.js';
import { factsOf, readText } from '../platform/files.js';
import type { FileFacts } from '../platform/files.js';
import { markerName } from '../store/vault/layout.js';

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
    if (looks.length > 0) await within(Promise.all(looks), patienceMs);
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

/** The answer, unless it takes longer than `patienceMs`. */
export async function within<T>(work: Promise<T>, patienceMs: number): Promise<'late' | { value: T }> {
  const giveUp = new AbortController();
  const patience = delay(patienceMs, 'late' as const, { signal: giveUp.signal }).catch(() => 'late' as const);
  try {
    return await Promise.race([work.then((value) => ({ value })), patience]);
  } finally {
    giveUp.abort();
  }
}

/**
 * A source is there when its root is a folder. Whether it lies on the right volume is for each pass to say.
 */
export async function lookAtSource(source: SourceSetting): Promise<Seen> {
  const facts = await factsOf(source.root);
  // One that is mounted elsewhere has gone and come, though it is the same folder.
  return facts?.kind === 'folder' ? { mark: `${facts.identity} ${source.root}`, present: true } : absent;
}

/**
 * A vault is there when its marker is, and has the right id. The marker is only read when it is another file.
 */
export async function lookAtVault(vault: VaultSetting, before: Seen | undefined): Promise<Seen> {
  const facts = await markerFactsAt(vault.folder);
  if (!facts) return absent;
  const mark = `${facts.mark} ${vault.folder}`;
  if (mark === before?.mark) return before;
  return { mark, present: idIn(await readText(join(vault.folder, markerName))) === vault.id };
}

/** A marker in a folder. */
export interface FoundMarker {
  readonly folder: string;
  readonly id: string;
  /** The same for one file, whatever path leads to it. */
  readonly identity: string;
}

/** The marker in a folder, as far as it says whose it is; `undefined` where there is none. */
export async function markerAt(folder: string): Promise<FoundMarker | undefined> {
  const facts = await markerFactsAt(folder);
  const id = facts && idIn(await readText(join(folder, markerName)));
  return typeof id === 'string' ? { folder, id, identity: facts?.identity ?? '' } : undefined;
}

async function markerFactsAt(folder: string): Promise<FileFacts | undefined> {
  const facts = await factsOf(join(folder, markerName));
  return facts?.kind === 'file' && facts.bytes <= 65_536 ? facts : undefined;
}

function idIn(text: string | undefined): unknown {
  try {
    return (JSON.parse((text ?? '').replace(/^\uFEFF/, '')) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
