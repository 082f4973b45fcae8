/**
 * Where files go in a vault: names under `Pictures/` and `Versions/` that nothing else has or is about to
 * get.
 */
import { splitPath, type SourcePath } from '../../base/paths.js';
import { entryAt } from '../../platform/entries.js';
import { namesIn } from '../../platform/files.js';
import {
  asideName,
  collisionName,
  flatPath,
  foldKey,
  shortHash,
  storedName,
  storedPath,
} from '../../rules/stored-names.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import type { Vault } from '../../store/vault/types.js';

/** So many folders are remembered as free to make; beyond that they are looked up again. */
const foldersRemembered = 4_096;

/** Shorter stored paths of a folder leave room for whatever name a file in it has. */
const longestOpen = 800;

export interface Place {
  readonly catalog: Catalog;
  readonly vault: Vault;
  readonly vaultKey: number;
  /** The source's folder in this vault. */
  readonly folder: string;
}

export class Placing {
  readonly #place: Place;
  /** Names given out in the batch under way, folded as the volume folds them. */
  readonly #given = new Set<string>();
  /** A folder in which nothing was stored before the batch under way: files mostly come folder by folder. */
  #fresh: string | undefined;
  /** The folder that files were placed in last, and what it is called in the vault. */
  #open: { readonly folder: SourcePath; readonly stored: string } | undefined;
  readonly #clearFolders = new Set<string>();
  /** For each folder, the names in it by what the volume takes them for. */
  readonly #spellings = new Map<string, Map<string, string>>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** The batch is over: the catalog knows the names that were given out, or nothing came to have them. */
  forgetGiven(): void {
    this.#given.clear();
    this.#fresh = undefined;
  }

  /** What lay in a folder has gone: what was in the way there may be so no longer. */
  forgetFolders(): void {
    this.#clearFolders.clear();
    this.#spellings.clear();
    this.#open = undefined;
  }

  /** A free name under `Pictures/` for a path that has none in this vault yet. */
  async picture(path: SourcePath): Promise<string> {
    const { vault } = this.#place;
    const plain = await this.#spelled(this.#plain(path));
    for (let attempt = 0; ; attempt++) {
      const hash = (bytes: Uint8Array) =>
        shortHash(Buffer.concat([bytes, Buffer.from(`${path} ${attempt}`)]));
      const candidate = attempt === 0 ? plain : collisionName(plain, vault.rules, hash);
      if (await this.#take(candidate)) return candidate;
    }
  }

  /**
   * On a volume that takes two spellings for one name, a folder is called what it was called first: what the
   * ledger says must also be so after the drive was copied to a volume that tells them apart.
   */
  async #spelled(stored: string): Promise<string> {
    const { vault } = this.#place;
    if (!this.#folds) return stored;
    const parts = stored.split('/');
    let folder = '';
    for (const part of parts.slice(0, -1)) {
      const names = this.#spellings.get(folder) ?? (await this.#spellingsIn(folder));
      const key = foldKey(part, vault.rules);
      const name = names.get(key) ?? part;
      names.set(key, name);
      folder = folder === '' ? name : `${folder}/${name}`;
    }
    return `${folder}/${parts.at(-1) ?? ''}`;
  }

  async #spellingsIn(folder: string): Promise<Map<string, string>> {
    const { vault } = this.#place;
    if (this.#spellings.size >= foldersRemembered) this.#spellings.clear();
    const found = await namesIn(vault.absolute(folder)).catch(() => []);
    const names = new Map(found.map((name) => [foldKey(name, vault.rules), name]));
    this.#spellings.set(folder, names);
    return names;
  }

  /** Where an empty folder is made; folders share their names with nothing but themselves. */
  async emptyFolder(path: SourcePath): Promise<string> {
    return (await this.#spelled(`${this.#plain(path, '/x')}/x`)).slice(0, -2);
  }

  #plain(path: SourcePath, below = ''): string {
    const { folder: sourceFolder, vault } = this.#place;
    const place = { prefix: 'Pictures', sourceFolder } as const;
    const { folder, name } = splitPath(path);
    if (folder === this.#open?.folder && below === '')
      return `${this.#open.stored}/${storedName(name, vault.rules)}`;
    const stored = storedPath(place, path, vault.rules);
    if (this.#isBlocked(stored + below)) return flatPath(place, path, vault.rules);
    const end = stored.lastIndexOf('/');
    if (below === '' && folder !== '' && end < longestOpen)
      this.#open = { folder, stored: stored.slice(0, end) };
    return stored;
  }

  /**
   * Whether, as things are, the file could not lie under its own name because another has that of a folder of
   * it.
   */
  isBlocked(path: SourcePath): boolean {
    const { folder, vault } = this.#place;
    return this.#isBlocked(storedPath({ prefix: 'Pictures', sourceFolder: folder }, path, vault.rules));
  }

  /** A free name under `Versions/` for what lies at `stored` and was kept at `keptAt` (ms). */
  async aside(stored: string, keptAt: number): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const candidate = asideName(stored, keptAt, { attempt, rules: this.#place.vault.rules });
      if (await this.#take(candidate)) return candidate;
    }
  }

  async #take(stored: string): Promise<boolean> {
    const { catalog, vault, vaultKey } = this.#place;
    const key = foldKey(stored, vault.rules);
    if (this.#given.has(key)) return false;
    if (!this.#isFresh(stored) && catalog.isTaken(vaultKey, stored)) return false;
    // Only the volume itself knows which names it takes for the same.
    if (this.#folds && (await entryAt(vault.absolute(stored)))) return false;
    this.#given.add(key);
    return true;
  }

  get #folds(): boolean {
    const { rules } = this.#place.vault;
    return !rules.caseSensitive || rules.normalizing;
  }

  #isFresh(stored: string): boolean {
    const { catalog, vaultKey } = this.#place;
    const folder = stored.slice(0, stored.lastIndexOf('/'));
    if (folder === this.#fresh) return true;
    if (this.#folds || catalog.hasStoredBelow(vaultKey, folder)) return false;
    this.#fresh = folder;
    return true;
  }

  /** Whether a folder of this path cannot be made because a file has its name. */
  #isBlocked(stored: string): boolean {
    const { catalog, vaultKey } = this.#place;
    const parts = stored.split('/');
    const folder = parts.slice(0, -1).join('/');
    if (this.#clearFolders.has(folder)) return false;
    for (let length = 3; length < parts.length; length++) {
      const row = catalog.storedAt(vaultKey, parts.slice(0, length).join('/'));
      if (row && row.kind !== 'folder') return true;
    }
    if (this.#clearFolders.size >= foldersRemembered) this.#clearFolders.clear();
    this.#clearFolders.add(folder);
    return false;
  }
}
