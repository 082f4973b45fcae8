/**
 * From ledger lines to changes of names: a pure plan, the same for a batch just committed and for one that a
 * crash cut
 * short. Every change is idempotent: planned again from what lies where, it goes on where it stopped.
 */
import type { KeepLine, LedgerLine, MoveLine, PruneLine, RetireLine } from '../ledger/lines.js';
import { foldersAbove, folderOf } from './layout.js';

/**
 * A change of names; paths are relative to the vault's root. `folder` stands for the folders above it as
 * well.
 */
export type PlannedStep =
  | { readonly do: 'folder' | 'remove' | 'removeFolder'; readonly path: string }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | {
      readonly do: 'attributes';
      readonly path: string;
      readonly modifiedUs: number;
      readonly mode?: number;
      readonly xattrs?: Readonly<Record<string, string>>;
    };

/** Lines that change folders. */
export type EffectiveLine = KeepLine | RetireLine | MoveLine | PruneLine;

export function isEffective(line: { readonly do: LedgerLine['do'] }): line is EffectiveLine {
  return line.do === 'keep' || line.do === 'retire' || line.do === 'move' || line.do === 'prune';
}

/** What lies at a place; `file` is anything but a folder. */
export type Found = 'file' | 'folder' | 'nothing';

export interface PlanInput {
  readonly lines: readonly EffectiveLine[];
  /** What lies where before the first step. */
  readonly at: (place: string) => Found;
  /** A free name under `Versions/` for something at `place` that no ledger knows. */
  readonly strangerName: (place: string) => string;
  /** Whether two places are one to the volume because it does not tell case or normal form apart. */
  readonly sameName: (a: string, b: string) => boolean;
  /** Where a file waits while its name changes only in case, or turns into a folder of that name. */
  readonly waitingRoom: (line: MoveLine) => string;
  /** Empty folders that are kept: not to be tidied away. Brought up to date by the plan. */
  readonly keptFolders: Set<string>;
  /** True when times were set before the lines were written, and the renames do not change them. */
  readonly timesAreSet: boolean;
}

/** What a batch is expected to find: every rename still to be done, nothing in the way. */
export function expectedBefore(lines: readonly EffectiveLine[]): Map<string, Found> {
  const found = new Map<string, Found>();
  const expect = (place: string | undefined, isThere: boolean): void => {
    if (place !== undefined && !found.has(place)) found.set(place, isThere ? 'file' : 'nothing');
  };
  for (const line of lines) {
    if (line.do === 'keep' || line.do === 'move') expect(line.from, true);
    if (line.do === 'keep' || line.do === 'move') expect(line.stored, line.aside !== undefined);
    else expect(line.stored, true);
    if (line.do !== 'prune') expect(line.aside, false);
  }
  return found;
}

/** Every place that decides what is left to do for these lines. */
export function placesOf(
  lines: readonly EffectiveLine[],
  waitingRoom: PlanInput['waitingRoom'],
): Set<string> {
  const places = new Set(expectedBefore(lines).keys());
  for (const line of lines) if (line.do === 'move') places.add(waitingRoom(line));
  return places;
}

/** The folders that the plan of these lines will need. */
export function foldersNeeded(lines: readonly EffectiveLine[]): Set<string> {
  const folders = new Set<string>();
  for (const line of lines) {
    if (line.do !== 'prune' && line.aside !== undefined) folders.add(folderOf(line.aside));
    if (line.do === 'keep' && line.kind === 'folder' && line.stored !== undefined) folders.add(line.stored);
    else if ((line.do === 'keep' || line.do === 'move') && line.stored !== undefined)
      folders.add(folderOf(line.stored));
  }
  return folders;
}

/** The steps that bring the folders up to `lines`, in order; none that was done already. */
export function planArrangement(input: PlanInput): PlannedStep[] {
  const plan = new Plan(input);
  input.lines.forEach((line, index) => {
    plan.take(line, index);
  });
  return plan.finish();
}

class Plan {
  readonly #input: PlanInput;
  readonly #steps: PlannedStep[] = [];
  readonly #now = new Map<string, Found>();
  /** Folders that may have become empty. */
  readonly #emptied = new Set<string>();
  /** Lines that put a file at a place, by that place. */
  readonly #occupants = new Map<string, { index: number; line: KeepLine | MoveLine }[]>();

  constructor(input: PlanInput) {
    this.#input = input;
    input.lines.forEach((line, index) => {
      if ((line.do !== 'keep' && line.do !== 'move') || line.stored === undefined || line.from === undefined)
        return;
      const earlier = this.#occupants.get(line.stored) ?? [];
      this.#occupants.set(line.stored, [...earlier, { index, line }]);
    });
  }

  take(line: EffectiveLine, index: number): void {
    switch (line.do) {
      case 'keep':
        return line.kind === 'folder' ? this.#keepFolder(line) : this.#keep(line);
      case 'retire':
        return this.#retire(line, index);
      case 'move':
        return this.#move(line, index);
      case 'prune':
        return this.#prune(line);
      default:
        line satisfies never;
    }
  }

  finish(): PlannedStep[] {
    this.#tidy(() => true);
    return this.#steps;
  }

  #at(place: string): Found {
    return this.#now.get(place) ?? this.#input.at(place);
  }

  #keepFolder({ stored, modified }: KeepLine): void {
    if (stored === undefined) return;
    this.#settleIn(stored);
    this.#input.keptFolders.add(stored);
    this.#steps.push(
      { do: 'folder', path: stored },
      { do: 'attributes', path: stored, modifiedUs: modified },
    );
  }

  #keep(line: KeepLine): void {
    const { stored, from, aside } = line;
    if (stored === undefined) return;
    if (from === undefined) return this.#setAttributes(line, stored);
    if (this.#at(from) === 'file') {
      this.#clear(stored, aside);
      this.#rename(from, stored);
    }
    if (!this.#input.timesAreSet && this.#at(stored) === 'file') this.#setAttributes(line, stored);
  }

  #setAttributes(line: KeepLine, path: string): void {
    const { modified: modifiedUs, mode, xattrs } = line;
    this.#steps.push({
      ...{ do: 'attributes', path, modifiedUs },
      ...(mode !== undefined && line.kind === undefined && { mode: vaultMode(mode) }),
      ...(xattrs && { xattrs }),
    });
  }

  #retire({ kind, stored, aside }: RetireLine, index: number): void {
    if (stored === undefined) return;
    if (kind === 'folder') {
      this.#input.keptFolders.delete(stored);
      this.#vacated(`${stored}/`);
      return;
    }
    const isToDo = this.#at(stored) === 'file' && !this.#isTakenOver(stored, index);
    if (isToDo && aside !== undefined && this.#at(aside) === 'nothing') this.#rename(stored, aside);
    this.#vacated(stored);
  }

  #move(line: MoveLine, index: number): void {
    const { from, stored, aside } = line;
    const isSame = this.#input.sameName(from, stored);
    const isToDo = this.#at(from) === 'file' && !this.#isTakenOver(from, index);
    if (isSame || from.startsWith(`${stored}/`) || stored.startsWith(`${from}/`)) {
      // The new name is in the old one's way: by way of a third, whose presence tells how far it went.
      const room = this.#input.waitingRoom(line);
      if (isToDo && this.#at(room) === 'nothing') this.#rename(from, room);
      this.#vacated(from);
      if (this.#at(room) === 'file') {
        if (!isSame) this.#clear(stored, aside);
        this.#rename(room, stored);
      }
    } else if (isToDo) {
      this.#clear(stored, aside);
      this.#rename(from, stored);
    }
    this.#vacated(from);
    if (this.#at(stored) === 'file') {
      this.#steps.push({ do: 'attributes', path: stored, modifiedUs: line.modified });
    }
  }

  #prune({ stored }: PruneLine): void {
    if (this.#at(stored) === 'file') this.#steps.push({ do: 'remove', path: stored });
    this.#now.set(stored, 'nothing');
    this.#vacated(stored);
  }

  /**
   * Empties a place: what lies there goes `aside`, or, when the ledger knows nothing of it, out of the way.
   */
  #clear(stored: string, aside: string | undefined): void {
    this.#settleIn(stored);
    if (this.#at(stored) === 'nothing') return;
    const isKnown = aside !== undefined && this.#at(aside) === 'nothing';
    this.#rename(stored, isKnown ? aside : this.#input.strangerName(stored));
  }

  #rename(from: string, to: string): void {
    this.#steps.push({ do: 'folder', path: folderOf(to) }, { do: 'rename', from, to });
    this.#now.set(to, this.#at(from));
    this.#now.set(from, 'nothing');
  }

  /** Whether what lies at `place` now was put there by a later line of the same batch, which is done. */
  #isTakenOver(place: string, index: number): boolean {
    return (this.#occupants.get(place) ?? []).some((later) => later.index > index && this.#isDone(later));
  }

  #isDone({ line, index }: { line: KeepLine | MoveLine; index: number }): boolean {
    const { from } = line;
    if (from === undefined) return false;
    const isThere = line.do === 'keep' || this.#input.at(line.stored) === 'file';
    if (this.#input.at(from) !== 'file') return isThere;
    return line.do === 'move' && isThere && this.#isTakenOver(from, index);
  }

  #vacated(place: string): void {
    // `Pictures/<source>` stays, however empty.
    for (const folder of foldersAbove(place).slice(2)) this.#emptied.add(folder);
  }

  /**
   * Something comes to `place`: folders that have to give way for it go first, those above it are not empty.
   */
  #settleIn(place: string): void {
    this.#tidy((folder) => folder === place || folder.startsWith(`${place}/`));
    for (const folder of foldersAbove(place)) this.#emptied.delete(folder);
  }

  #tidy(which: (folder: string) => boolean): void {
    const folders = [...this.#emptied].filter(
      (folder) => which(folder) && !this.#input.keptFolders.has(folder),
    );
    for (const folder of folders.sort((a, b) => b.length - a.length)) {
      this.#steps.push({ do: 'removeFolder', path: folder });
      this.#emptied.delete(folder);
    }
  }
}

/**
 * The mode of a stored file: never more open to others than at its source, and always its owner's to read.
 */
export function vaultMode(mode: number): number {
  return (mode & 0o666) | 0o600;
}
