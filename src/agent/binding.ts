/**
 * Where sources and vaults are now. A path is no proof: a vault is bound by its marker, a source by the UUID
 * of its volume, and both are found wherever their volume is mounted.
 */
import { join, relative, sep } from 'node:path';
import { GlassineError } from '../base/errors.js';
import type { Problem } from '../base/errors.js';
import type { SourceSetting, VaultSetting } from '../base/settings.js';
import { factsOf } from '../platform/files.js';
import { vaultFolderName } from '../store/vault/layout.js';
import type { Config } from './config.js';
import type { Installation } from './installation.js';
import { checkPlaces, liesIn } from './places.js';
import type { Places } from './places.js';
import { markerAt, within } from './presence.js';
import type { FoundMarker } from './presence.js';
import { volumesNow } from './volumes-now.js';
import type { MountedVolume } from './volumes-now.js';

/** Where a place lies on the volume it is on. */
export type OnVolume = Pick<VaultSetting, 'volume' | 'inside'>;

export interface Bound extends Places {
  /** Vaults that must not be used as things are, by their ids, and why. */
  readonly refused: ReadonlyMap<string, Problem>;
}

/** The volume that a path is on: the deepest mount point above it. */
export function volumeUnder(path: string, volumes: readonly MountedVolume[]): MountedVolume | undefined {
  const above = volumes.filter(({ mountPoint }) => liesIn(mountPoint, path));
  return above.reduce<MountedVolume | undefined>(
    (deepest, volume) => (deepest && deepest.mountPoint.length > volume.mountPoint.length ? deepest : volume),
    undefined,
  );
}

/** What is remembered of a path, so that it is found again at another mount point. */
export async function onVolume(
  path: string,
  volumes?: readonly MountedVolume[],
  uuidOf: (volume: MountedVolume) => Promise<string | undefined> = (volume) => volume.uuid(),
): Promise<OnVolume> {
  const volume = volumeUnder(path, volumes ?? volumesNow());
  if (!volume) return {};
  const uuid = await uuidOf(volume);
  const inside = relative(volume.mountPoint, path).split(sep).join('/');
  return { ...(uuid !== undefined && { volume: uuid }), inside };
}

/**
 * Looks for places. What it found holds until something is mounted or unmounted, or set otherwise: asked
 * again before that it looks at no volume.
 */
export class Binder {
  readonly #volumesNow: () => MountedVolume[];
  /** Looks at paths that have not answered yet: a volume that hangs is asked once. */
  readonly #pending = new Map<string, Promise<unknown>>();
  #known: { readonly key: string; readonly bound: Bound } | undefined;

  constructor(volumes: () => MountedVolume[] = volumesNow) {
    this.#volumesNow = volumes;
  }

  /** Every place as it is set, at the path where it is now; as it was where it is nowhere. Never throws. */
  async look(places: Places, patienceMs = 500): Promise<Bound> {
    const volumes = this.#volumesNow();
    const { sources, vaults } = places;
    const mounts = volumes.map(({ mountPoint, mount }) => [mountPoint, mount]);
    const key = JSON.stringify([mounts, sources, vaults]);
    if (this.#known?.key === key) return this.#known.bound;
    const search = new Search(volumes, this.#pending, patienceMs);
    const refused = new Map<string, Problem>();
    const [foundSources, foundVaults] = await Promise.all([
      Promise.all(sources.map((source) => search.source(source).catch(() => source))),
      Promise.all(
        vaults.map(async (vault) => {
          const found = await search.vault(vault).catch(() => vault);
          if (!isProblem(found)) return found;
          refused.set(vault.id, found);
          return vault;
        }),
      ),
    ]);
    const bound = { sources: foundSources, vaults: foundVaults, refused };
    this.#known = search.isWhole ? { key, bound } : undefined;
    return bound;
  }
}

function isProblem(found: VaultSetting | Problem): found is Problem {
  return 'code' in found;
}

/** One look at every volume. */
class Search {
  /** False where a volume did not answer in time. */
  isWhole = true;
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(
    readonly volumes: readonly MountedVolume[],
    readonly pending: Map<string, Promise<unknown>>,
    readonly patienceMs: number,
  ) {}

  /** Asks about a path once, and gives up on one that hangs. */
  async #ask<T>(what: string, path: string, question: (path: string) => Promise<T>): Promise<T | undefined> {
    const key = `${what} ${path}`;
    let answer = (this.#asked.get(key) ?? this.pending.get(key)) as Promise<T | undefined> | undefined;
    if (!answer) {
      answer = question(path).catch(() => undefined);
      this.pending.set(key, answer);
      void answer.finally(() => this.pending.delete(key));
    }
    this.#asked.set(key, answer);
    const told = await within(answer, this.patienceMs);
    if (told === 'late') this.isWhole = false;
    return told === 'late' ? undefined : told.value;
  }

  async vault(vault: VaultSetting): Promise<VaultSetting | Problem> {
    const claims = await this.#claims(vault);
    const [first, second] = claims;
    if (!first) return vault;
    if (second) {
      return {
        code: 'vault-cloned',
        subject: vault.name,
        facts: { folder: first.folder, other: second.folder },
      };
    }
    const place = await onVolume(first.folder, this.volumes, this.#uuidOf);
    const { folder, volume } = vault;
    const isElsewhere = first.folder !== folder && place.volume !== undefined && volume !== undefined;
    if (isElsewhere && place.volume !== volume)
      return { code: 'vault-cloned', subject: vault.name, facts: { other: first.folder } };
    return { ...vault, ...place, folder: first.folder };
  }

  /** The vaults with this id, each once, however many ways lead there; the one where it was comes first. */
  async #claims({ id, folder, inside }: VaultSetting): Promise<FoundMarker[]> {
    const folders = this.volumes
      .filter(({ keeps }) => keeps)
      .flatMap(({ mountPoint }) => [
        join(mountPoint, vaultFolderName),
        ...(inside === undefined ? [] : [join(mountPoint, inside)]),
      ]);
    const found = await Promise.all(
      [...new Set([folder, ...folders])].map((path) => this.#ask('marker', path, markerAt)),
    );
    const claims = new Map<string, FoundMarker>();
    for (const marker of found) {
      if (marker?.id === id && !claims.has(marker.identity)) claims.set(marker.identity, marker);
    }
    return [...claims.values()];
  }

  /** A source whose volume has no UUID is where it was, or nowhere: nothing could prove another place. */
  async source(source: SourceSetting): Promise<SourceSetting> {
    const { volume: uuid, root, inside } = source;
    if (uuid === undefined) return source;
    const here = await onVolume(root, this.volumes, this.#uuidOf);
    if (here.volume === uuid && (await this.#folderAt(root)) !== undefined) return { ...source, ...here };
    if (inside === undefined) return source;
    const found = new Map<string, string>();
    for (const volume of this.volumes) {
      if (!volume.keeps || (await this.#uuidOf(volume)) !== uuid) continue;
      const path = join(volume.mountPoint, inside);
      const identity = await this.#folderAt(path);
      if (identity !== undefined && !found.has(identity)) found.set(identity, path);
    }
    const [path] = found.values();
    // Two volumes with one UUID: which of them is the source cannot be told, so it waits.
    return path === undefined || found.size > 1 ? source : { ...source, root: path };
  }

  readonly #uuidOf = (volume: MountedVolume): Promise<string | undefined> =>
    this.#ask('uuid', volume.mountPoint, () => volume.uuid());

  async #folderAt(path: string): Promise<string | undefined> {
    const facts = await this.#ask('folder', path, factsOf);
    return facts?.kind === 'folder' ? facts.identity : undefined;
  }
}

/**
 * Finds every place, and lets what is set say where it is: in force at once, and with `write` in the file
 * too. A place that would come to lie inside another one stays where it was, and a vault is refused for it.
 */
export async function bindPlaces(
  installation: Pick<Installation, 'config' | 'refused'>,
  binder: Binder,
  options: { readonly write: boolean; readonly patienceMs?: number },
): Promise<void> {
  const { config } = installation;
  const { refused, ...found } = await binder.look(config.current, options.patienceMs);
  const problems = new Map(refused);
  const fits: Change[] = [];
  let next = config.current;
  for (const change of changesTo(config.current, found)) {
    const changed = change.apply(next);
    try {
      checkPlaces(changed);
      next = changed;
      fits.push(change);
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      if (change.isVault) problems.set(change.id, error.problem);
    }
  }
  installation.refused = problems;
  if (fits.length === 0) return;
  const all = (current: Config): Config => fits.reduce((before, change) => change.apply(before), current);
  await config.place(all, options);
}

/** What is new about one place. */
interface Change {
  readonly id: string;
  readonly isVault: boolean;
  apply(config: Config): Config;
}

function changesTo(config: Config, found: Places): Change[] {
  const changes: Change[] = [];
  for (const source of config.sources) {
    const { root, ...place } = found.sources.find(({ id }) => id === source.id) ?? source;
    if (root === source.root && isSame(place, source)) continue;
    const apply = (current: Config): Config => ({
      ...current,
      sources: current.sources.map((each) =>
        each.id === source.id ? { ...each, root, ...kept(place) } : each,
      ),
    });
    changes.push({ id: source.id, isVault: false, apply });
  }
  for (const vault of config.vaults) {
    const { folder, ...place } = found.vaults.find(({ id }) => id === vault.id) ?? vault;
    if (folder === vault.folder && isSame(place, vault)) continue;
    const apply = (current: Config): Config => ({
      ...current,
      vaults: current.vaults.map((each) =>
        each.id === vault.id ? { ...each, folder, ...kept(place) } : each,
      ),
    });
    changes.push({ id: vault.id, isVault: true, apply });
  }
  return changes;
}

function isSame(a: OnVolume, b: OnVolume): boolean {
  return a.volume === b.volume && a.inside === b.inside;
}

function kept({ volume, inside }: OnVolume): OnVolume {
  return { ...(volume !== undefined && { volume }), ...(inside !== undefined && { inside }) };
}
