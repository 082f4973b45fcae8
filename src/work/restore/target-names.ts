/** What restored files are called where they go: as they were, unless the volume cannot hold that name. */
import {
  isEscaped,
  joinPath,
  pathBytes,
  pathFromBytes,
  type SourcePath,
  splitPath,
} from '../../base/paths.js';
import { TextSet } from '../../base/text-set.js';
import { collisionName, foldKey, shortHash, storedName } from '../../rules/stored-names.js';
import type { TargetRules } from '../parts/target-folder.js';

/** A name for a path, relative to the target folder. */
export interface TargetName {
  readonly target: SourcePath;
  /** It is not the one that was wanted. */
  readonly renamed: boolean;
}

/** Gives out names; never one twice, however little the volume tells names apart. */
export class TargetNames {
  readonly #rules: TargetRules;
  /** What was taken for a file that is not there would be renamed, and told so, and restored all the same. */
  readonly #files = new TextSet();
  readonly #folders = new Set<string>();
  /** The folders given out, by the path that was wanted. */
  readonly #folderOf = new Map<SourcePath, TargetName>([['', { target: '', renamed: false }]]);

  constructor(rules: TargetRules) {
    this.#rules = rules;
  }

  /** A name for a file or link. */
  file(wanted: SourcePath): TargetName {
    const given = this.#free(wanted, (key) => this.#files.has(key) || this.#folders.has(key));
    this.#files.add(this.#key(given.target));
    return given;
  }

  /** A name for a folder. Folders that the volume does not tell apart become one. */
  folder(wanted: SourcePath): TargetName {
    const known = this.#folderOf.get(wanted);
    if (known) return known;
    const given = this.#free(wanted, (key) => this.#files.has(key));
    this.#folders.add(this.#key(given.target));
    this.#folderOf.set(wanted, given);
    return given;
  }

  #free(wanted: SourcePath, isTaken: (key: string) => boolean): TargetName {
    const { folder, name } = splitPath(wanted);
    const above = this.folder(folder);
    const plain = this.#held(name);
    let held = plain;
    for (let attempt = 1; isTaken(this.#key(joinPath(above.target, held))); attempt++) {
      const hash = (bytes: Uint8Array) =>
        shortHash(Buffer.concat([bytes, Buffer.from(`${wanted} ${attempt}`)]));
      held = collisionName(isEscaped(plain) ? storedName(plain, this.#rules) : plain, this.#rules, hash);
    }
    return { target: joinPath(above.target, held), renamed: above.renamed || held !== name };
  }

  #held(name: SourcePath): SourcePath {
    if (isEscaped(name) && this.#rules.anyBytes && isPlainName(name)) return name;
    return storedName(name, this.#rules) || 'unnamed';
  }

  #key(target: SourcePath): string {
    return foldKey(target, this.#rules);
  }
}

/**
 * Whether a percent-escaped name truly is one name of bytes. A ledger may come from anywhere: it could spell
 * "..".
 */
function isPlainName(name: SourcePath): boolean {
  const bytes = pathBytes(name);
  return pathFromBytes(bytes) === name && !bytes.includes(0) && !bytes.includes(0x2f) && bytes.length <= 255;
}
