/**
 * Where bytes lie that a ledger has kept while its renames are not finished: for readers who may not finish
 * them.
 */
import { lstatSync } from 'node:fs';
import { isAbsent } from '../../platform/files.js';
import type { LedgerLine } from '../ledger/lines.js';
import { placeIn, waitingRoom } from './layout.js';

export class Whereabouts {
  readonly #root: string;
  readonly #finders = new Map<string, () => string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Remembers lines of a writer that no `settled` covers. */
  add(writer: string, lines: readonly LedgerLine[]): void {
    for (const line of lines) {
      if (line.do !== 'keep' && line.do !== 'retire' && line.do !== 'move') continue;
      const { stored, aside } = line;
      if (stored === undefined) continue;
      if (aside !== undefined) this.#finders.set(aside, () => this.#first([aside, stored]));
      if (line.do === 'keep' && line.from !== undefined) {
        const { from } = line;
        this.#finders.set(stored, () => this.#first([from, stored]));
      } else if (line.do === 'move') {
        const { from } = line;
        const room = waitingRoom(writer, line);
        const isMoved = (): boolean => this.#holds(stored) && (aside === undefined || this.#holds(aside));
        this.#finders.set(stored, () => (isMoved() ? stored : this.#first([room, from, stored])));
      }
    }
  }

  /** The place, relative to the root, where the bytes are that belong at `stored`. */
  find(stored: string): string {
    return this.#finders.get(stored)?.() ?? stored;
  }

  /** The first place that holds a file, else the last. */
  #first(places: readonly string[]): string {
    return places.find((place) => this.#holds(place)) ?? places.at(-1) ?? '';
  }

  #holds(place: string): boolean {
    try {
      return !lstatSync(placeIn(this.#root, place)).isDirectory();
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }
}
