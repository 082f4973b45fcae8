/** Where bytes lie that a ledger has kept while its renames are not finished: for readers who may not finish them. */
import { lstatSync } from 'node:fs';
import type { LedgerLine } from '../ledger/lines.js';
import { placeIn } from './layout.js';

type Finder = () => string;

export class Whereabouts {
  readonly #root: string;
  readonly #finders = new Map<string, Finder>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Remembers lines that no `settled` covers. */
  add(lines: readonly LedgerLine[]): void {
    for (const line of lines) {
      if (line.do === 'keep' && line.from !== undefined && line.stored !== undefined) {
        const { from, stored, aside } = line;
        this.#finders.set(stored, () => (this.#has(from) ? from : stored));
        if (aside !== undefined) this.#finders.set(aside, () => (this.#has(aside) ? aside : stored));
      } else if (line.do === 'retire' && line.stored !== undefined && line.aside !== undefined) {
        const { stored, aside } = line;
        this.#finders.set(aside, () => (this.#has(aside) ? aside : stored));
      } else if (line.do === 'move') {
        const { from, stored, aside } = line;
        const moved = (): boolean => this.#has(stored) && (aside === undefined || this.#has(aside));
        this.#finders.set(stored, () => (!moved() && this.#has(from) ? from : stored));
        if (aside !== undefined) this.#finders.set(aside, () => (this.#has(aside) ? aside : stored));
      }
    }
  }

  /** The place, relative to the root, where the bytes are that belong at `stored`. */
  find(stored: string): string {
    return this.#finders.get(stored)?.() ?? stored;
  }

  #has(place: string): boolean {
    return lstatSync(placeIn(this.#root, place), { throwIfNoEntry: false }) !== undefined;
  }
}
