/** Carries out plans in a vault's folders: makes folders, looks, renames in the addon's thread, flushes. */
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { errnoOf } from '../../base/errors.js';
import type { Clock } from '../../base/time.js';
import { isAbsent } from '../../platform/files.js';
import type { Native, Step, SystemError } from '../../platform/native.js';
import { asideName, foldKey } from '../../rules/stored-names.js';
import {
  type EffectiveLine,
  expectedBefore,
  type Found,
  foldersNeeded,
  placesOf,
  planArrangement,
  type PlannedStep,
} from './arrange-plan.js';
import { foldersAbove, folderOf, incomingFolder, placeIn, waitingRoom } from './layout.js';
import type { NameRules } from './types.js';
import { machineError } from './vault-errors.js';

/** Folders known to exist are remembered up to this number, then looked up again. */
const foldersRemembered = 4_096;
const mostRounds = 4;
const looksAtOnce = 64;

export interface ArrangerOptions {
  readonly root: string;
  readonly writer: string;
  readonly native: Native;
  readonly clock: Clock;
  readonly rules: NameRules;
  /** Throws when the vault is no longer there: "nothing found" must not be taken for "all done". */
  readonly check: () => Promise<void>;
}

export class Arranger {
  readonly #options: ArrangerOptions;
  readonly #folders = new Set<string>();
  readonly #keptFolders = new Set<string>();
  /** Folders whose names changed since they were flushed. */
  readonly #touched = new Set<string>();

  constructor(options: ArrangerOptions) {
    this.#options = options;
  }

  /**
   * Makes everything ready that can fail for want of room, before a batch is written to the ledger: the
   * folders, and
   * the times of the files that wait. Throws errors of the machine, and takes back the folders it made.
   */
  async prepare(lines: readonly EffectiveLine[]): Promise<void> {
    const made: string[] = [];
    const leaving = placesLeft(lines);
    try {
      const needed = foldersNeeded(lines);
      await this.#makeMissing(needed, made);
      for (const folder of needed) await this.#ensureFolder(folder, { made, leaving });
      await this.#clearMoves(lines, leaving);
      await this.#prepareIncoming(lines);
    } catch (error) {
      this.#folders.clear();
      for (const folder of made.reverse()) await rmdir(this.#place(folder)).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Something that no ledger knows must not be taken for a file that was moved already: it goes away
   * beforehand.
   */
  async #clearMoves(lines: readonly EffectiveLine[], leaving: ReadonlySet<string>): Promise<void> {
    const places = lines.flatMap((line) => {
      const comesToNew = line.do === 'move' && line.aside === undefined && !leaving.has(line.stored);
      return comesToNew && !this.#sameName(line.from, line.stored) ? [line.stored] : [];
    });
    const found = await this.look(places);
    for (const [place, what] of found) if (what === 'file') await this.#displace(place);
  }

  async #prepareIncoming(lines: readonly EffectiveLine[]): Promise<void> {
    const steps: PlannedStep[] = [];
    for (const line of lines) {
      if (line.do !== 'keep' || line.from === undefined) continue;
      const { from: path, modified: modifiedUs, xattrs } = line;
      steps.push({ do: 'attributes', path, modifiedUs, ...(xattrs && { xattrs }) });
    }
    if (steps.length === 0) return;
    // A line names bytes that are durable, and so must be the name under which they wait.
    const folder = incomingFolder(this.#options.writer);
    const flush: Step = { do: 'flushFolder', path: this.#place(folder) };
    const results = await this.#options.native.arrange([...steps.map((step) => this.#step(step)), flush]);
    results.forEach((failure, index) => {
      const step = steps[index];
      if (failure && (failure.code === 'ENOENT' || !step || !isHarmless(step, failure)))
        throw machineError(failure);
    });
  }

  /**
   * Brings the folders up to lines that the ledger holds, and flushes them. `prepared`: the lines were
   * written just now,
   * nothing of them was done. Throws errors of the machine; then what is left to do is found by calling it
   * again.
   */
  async finish(lines: readonly EffectiveLine[], prepared: boolean): Promise<void> {
    if (!prepared) {
      // What was found done may have been done and not flushed before a crash.
      for (const place of placesOf(lines, this.#waitingRoom)) this.#touched.add(folderOf(place));
    }
    for (let round = 0; ; round++) {
      const optimistic = prepared && round === 0;
      const failure = await this.#round(lines, optimistic, prepared);
      if (!failure) break;
      if (round === mostRounds || !mayBeSolvedByLooking(failure)) throw machineError(failure);
      this.#folders.clear();
      await this.#options.check();
    }
    if (!prepared) await this.#options.check();
  }

  async #round(
    lines: readonly EffectiveLine[],
    optimistic: boolean,
    prepared: boolean,
  ): Promise<SystemError | undefined> {
    const found = optimistic ? expectedBefore(lines) : await this.look(placesOf(lines, this.#waitingRoom));
    const strangers = optimistic ? new Map<string, string>() : await this.#strangerNames(lines, found);
    const steps = planArrangement({
      ...{ lines, keptFolders: this.#keptFolders, waitingRoom: this.#waitingRoom },
      // At least one driver of FAT volumes gives a renamed file the time of now.
      timesAreSet: prepared && !this.#options.rules.refusedCharacters.includes('?'),
      at: (place) => found.get(place) ?? 'nothing',
      strangerName: (place) => strangers.get(place) ?? asideName(place, this.#options.clock.now()),
      sameName: (a, b) => this.#sameName(a, b),
    });
    return await this.#perform(steps, { flush: true });
  }

  async #strangerNames(
    lines: readonly EffectiveLine[],
    found: ReadonlyMap<string, Found>,
  ): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const { stored } of lines.filter((line) => line.do === 'keep' || line.do === 'move')) {
      if (stored !== undefined && found.get(stored) !== 'nothing')
        names.set(stored, await this.freeAside(stored));
    }
    return names;
  }

  readonly #waitingRoom = (line: { readonly n: number }): string => waitingRoom(this.#options.writer, line);

  #sameName(a: string, b: string): boolean {
    return foldKey(a, this.#options.rules) === foldKey(b, this.#options.rules);
  }

  /**
   * Performs every step; the first failure that means something, if any. `flush`: then the folders that
   * changed, in the same errand of the addon's thread.
   */
  async #perform(planned: readonly PlannedStep[], { flush = false } = {}): Promise<SystemError | undefined> {
    let first: SystemError | undefined;
    let waiting: PlannedStep[] = [];
    const send = async (folders: readonly string[] = []): Promise<void> => {
      const steps = waiting;
      waiting = [];
      if (steps.length + folders.length === 0) return;
      const flushes = folders.map((folder): Step => ({ do: 'flushFolder', path: this.#place(folder) }));
      const errand = [...steps.map((step) => this.#step(step)), ...flushes];
      const results = await this.#options.native.arrange(errand);
      steps.forEach((step, index) => {
        const failure = results[index];
        if (failure && !isHarmless(step, failure)) first ??= failure;
        if (step.do === 'removeFolder' && !failure) this.#folders.clear();
      });
      // The system tells of a failed flush once: it counts even where a rename has to be tried again.
      await this.#flushed(results.slice(steps.length));
    };
    for (const step of planned) {
      this.#touch(step);
      if (step.do !== 'folder') waiting.push(step);
      else if (!this.#folders.has(step.path)) {
        await send();
        await this.#ensureFolder(step.path);
      }
    }
    await send(flush ? this.#foldersToFlush() : []);
    if (flush && !first) this.#touched.clear();
    return first;
  }

  #touch(step: PlannedStep): void {
    if (step.do === 'rename') this.#touched.add(folderOf(step.from)).add(folderOf(step.to));
    if (step.do === 'remove' || step.do === 'removeFolder') this.#touched.add(folderOf(step.path));
  }

  #step(step: PlannedStep): Step {
    if (step.do === 'rename') return { do: 'rename', from: this.#place(step.from), to: this.#place(step.to) };
    return { ...step, path: this.#place(step.path) };
  }

  #place(stored: string): string {
    return placeIn(this.#options.root, stored);
  }

  /**
   * Makes what is missing of these folders and those above them, many at once: one after the other each waits
   * for the medium twice. Leaves everything to {@link #ensureFolder} where something is in the way of any.
   */
  async #makeMissing(folders: Iterable<string>, made: string[]): Promise<void> {
    const unknown = new Set<string>();
    for (const folder of folders) {
      if (this.#folders.has(folder)) continue;
      for (const each of [...foldersAbove(folder), folder]) if (!this.#folders.has(each)) unknown.add(each);
    }
    const found = await this.look(unknown);
    if ([...found.values()].includes('file')) return;
    if (this.#folders.size + unknown.size > foldersRemembered) this.#folders.clear();
    for (const [folder, what] of found) if (what === 'folder') this.#folders.add(folder);
    // Those with nothing missing above them, then those in them.
    const left = new Set([...unknown].filter((folder) => found.get(folder) === 'nothing'));
    while (left.size > 0) {
      const next = [...left].filter((folder) => !left.has(folderOf(folder))).slice(0, looksAtOnce);
      for (const folder of next) left.delete(folder);
      const there = await this.#makeEach(next, made);
      for (const folder of left)
        if (there.some((above) => folder.startsWith(`${above}/`))) left.delete(folder);
    }
  }

  /**
   * Returns those where something is by now, a folder of another spelling perhaps, or a link that leads out
   * of the vault: they are left to {@link #ensureFolder}, with all that is to be in them.
   */
  async #makeEach(folders: readonly string[], made: string[]): Promise<string[]> {
    const there: string[] = [];
    const results = await Promise.allSettled(folders.map((folder) => mkdir(this.#place(folder))));
    for (const [at, folder] of folders.entries()) {
      if (results[at]?.status !== 'fulfilled') continue;
      made.push(folder);
      this.#touched.add(folderOf(folder));
      this.#folders.add(folder);
    }
    for (const [at, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      if (errnoOf(result.reason) !== 'EEXIST') throw result.reason;
      there.push(folders[at] ?? '');
    }
    return there;
  }

  /**
   * Makes a folder and those above it, one by one from below the vault's root, which is never made. What
   * stands in the
   * way and is no folder (a link might lead anywhere) is put aside, unless it is about to leave by itself.
   */
  async #ensureFolder(
    folder: string,
    { made = [], leaving = new Set() }: { made?: string[]; leaving?: ReadonlySet<string> } = {},
  ): Promise<void> {
    if (this.#folders.has(folder)) return;
    for (const each of [...foldersAbove(folder), folder]) {
      if (this.#folders.has(each)) continue;
      const kind = await this.#foundAt(each);
      if (kind === 'file') {
        if (leaving.has(each)) return;
        await this.#displace(each);
      }
      if (kind !== 'folder') {
        await mkdir(this.#place(each));
        made.push(each);
        this.#touched.add(folderOf(each));
      }
      if (this.#folders.size >= foldersRemembered) this.#folders.clear();
      this.#folders.add(each);
    }
  }

  async #foundAt(place: string): Promise<Found> {
    try {
      return (await lstat(this.#place(place))).isDirectory() ? 'folder' : 'file';
    } catch (error) {
      if (isAbsent(error)) return 'nothing';
      throw error;
    }
  }

  /** Puts something that no ledger knows out of the way, under `Versions/`. */
  async #displace(place: string): Promise<void> {
    const to = await this.freeAside(place);
    await this.#ensureFolder(folderOf(to));
    const failure = await this.#perform([{ do: 'rename', from: place, to }]);
    if (failure) throw machineError(failure);
  }

  /** A name under `Versions/` that nothing has, for what lies at a place and was found now. */
  async freeAside(place: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const name = asideName(place, this.#options.clock.now(), { attempt, rules: this.#options.rules });
      if ((await this.#foundAt(name)) === 'nothing') return name;
    }
  }

  /** What lies at each of these places. */
  async look(places: Iterable<string>): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    const all = [...places];
    for (let at = 0; at < all.length; at += looksAtOnce) {
      const some = all.slice(at, at + looksAtOnce);
      const kinds = await Promise.all(some.map((place) => this.#foundAt(place)));
      some.forEach((place, index) => found.set(place, kinds[index] ?? 'nothing'));
    }
    return found;
  }

  /** Where a file came to before where it came from: without a journal it rather has two names than none. */
  #foldersToFlush(): string[] {
    const order = ['Versions', 'Pictures', 'Incoming'];
    const rank = (folder: string): number => order.indexOf(folder.split('/')[0] ?? '');
    return [...this.#touched].sort((a, b) => rank(a) - rank(b));
  }

  async #flushed(results: readonly (SystemError | null)[]): Promise<void> {
    // A folder may have been tidied away since, or given way to a file.
    const isGone = (result: SystemError | null): boolean =>
      result?.code === 'ENOENT' || result?.code === 'ENOTDIR';
    const failure = results.find((result) => result && !isGone(result));
    if (failure) throw machineError(failure);
    if (results.some(isGone)) await this.#options.check();
  }
}

/** Places that lines empty for good. */
function placesLeft(lines: readonly EffectiveLine[]): Set<string> {
  return new Set(
    lines.flatMap((line) => (line.do === 'move' ? line.from : line.do === 'keep' ? [] : (line.stored ?? []))),
  );
}

/** Failures that change nothing about where the pictures are. */
function isHarmless(step: PlannedStep, failure: SystemError): boolean {
  const { code } = failure;
  if (step.do === 'removeFolder') return ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY'].includes(code);
  if (step.do === 'remove') return code === 'ENOENT';
  if (step.do === 'attributes')
    return ['ENOENT', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(code);
  return false;
}

function mayBeSolvedByLooking(failure: SystemError): boolean {
  return ['EEXIST', 'ENOENT', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'].includes(errnoOf(failure) ?? '');
}
