/** Reading ASC MHL manifests and chains, of any tool. */
import {
  type Generation,
  type Manifest,
  type MhlFile,
  type MhlFolder,
  type MhlFormat,
  mhlFormats,
  type MhlHash,
  type MhlProcess,
} from './asc-mhl.js';
import { readXml, XmlFault } from './xml-reader.js';

/** A manifest as it was read: what it leaves out is empty. */
export type ReadManifest = Omit<Manifest, 'files' | 'folders'> & {
  readonly files: readonly MhlFile[];
  readonly folders: readonly MhlFolder[];
  /** Manifests of histories in folders below, by path from this one's folder. */
  readonly references: readonly { readonly path: string; readonly c4: string }[];
};

const namespace = 'urn:ASC:MHL:v2.0';
const chainNamespace = 'urn:ASC:MHL:DIRECTORY:v2.0';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a manifest. Throws {@link XmlFault} for what is no manifest of ASC MHL 2.0. */
export function readManifest(pieces: Iterable<string>): ReadManifest {
  const reader = new ManifestReader();
  readXml(pieces, reader);
  return reader.result();
}

class ManifestReader {
  readonly #path: string[] = [];
  readonly #files: MhlFile[] = [];
  readonly #folders: MhlFolder[] = [];
  readonly #references: { path: string; c4: string }[] = [];
  readonly #ignore: string[] = [];
  readonly #head = { createdAt: '', hostname: '', tool: { name: '', version: '' } };
  #comment: string | undefined;
  #process: MhlProcess = 'in-place';
  #root: { content: MhlHash[]; structure: MhlHash[] } | undefined;
  /** The entry under way. */
  #entry = emptyEntry();
  #attributes: Readonly<Record<string, string>> = {};
  /** How deep we are in what a tool says for itself, where any element may stand. */
  #metadata = 0;

  open(name: string, attributes: Readonly<Record<string, string>>, uri: string): void {
    if (this.#path.length === 0 && (name !== 'hashlist' || uri !== namespace))
      throw new XmlFault('it is no manifest of ASC MHL 2.0');
    if (this.#metadata > 0 || name === 'metadata') {
      this.#metadata += 1;
      return;
    }
    if (isEntry(name)) this.#entry = emptyEntry();
    this.#path.push(name);
    this.#attributes = attributes;
    if (name === 'path') this.#entry.pathAttributes = attributes;
    if (name === 'tool') this.#head.tool.version = attributes['version'] ?? '';
  }

  close(name: string, text: string): void {
    if (this.#metadata > 0) {
      this.#metadata -= 1;
      return;
    }
    this.#path.pop();
    const parent = this.#path.at(-1) ?? '';
    if (parent === 'creatorinfo') this.#takeCreator(name, text);
    else if (parent === 'processinfo' && name === 'process') this.#process = processOf(text);
    else if (parent === 'ignore') this.#ignore.push(text);
    else if (isFormat(name)) this.#takeHash(parent, name, text);
    else if (name === 'path') this.#entry.path = text;
    else if (name === 'previousPath') this.#entry.previousPath = text;
    else if (isEntry(name)) this.#takeEntry(name);
  }

  #takeCreator(name: string, text: string): void {
    if (name === 'creationdate') this.#head.createdAt = text;
    if (name === 'hostname') this.#head.hostname = text;
    if (name === 'tool') this.#head.tool.name = text;
    if (name === 'comment') this.#comment = text;
  }

  #takeHash(parent: string, format: MhlFormat, digest: string): void {
    const { action, hashdate } = this.#attributes;
    const hash: Writable<MhlHash> = { format, digest: digest.trim() };
    if (action === 'original' || action === 'verified' || action === 'failed') hash.action = action;
    if (hashdate !== undefined) hash.at = hashdate;
    if (parent === 'content') this.#entry.content.push(hash);
    else if (parent === 'structure') this.#entry.structure.push(hash);
    else this.#entry.hashes.push(hash);
  }

  #takeEntry(name: string): void {
    const { path, pathAttributes, hashes, content, structure, previousPath } = this.#entry;
    const { size, lastmodificationdate: modifiedAt } = pathAttributes;
    const more = {
      ...(modifiedAt !== undefined && { modifiedAt }),
      ...(previousPath !== undefined && { previousPath }),
    };
    if (name === 'roothash') this.#root = { content, structure };
    if (name === 'directoryhash') this.#folders.push({ path, content, structure, ...more });
    if (name === 'hashlistreference')
      this.#references.push({ path, c4: hashes.find(({ format }) => format === 'c4')?.digest ?? '' });
    if (name !== 'hash') return;
    const bytes = size !== undefined && /^\d{1,15}$/.test(size) ? { bytes: Number(size) } : {};
    this.#files.push({ path, ...bytes, hashes, ...more });
  }

  result(): ReadManifest {
    return {
      ...this.#head,
      ...(this.#comment !== undefined && { comment: this.#comment }),
      process: this.#process,
      ...(this.#root && { root: this.#root }),
      ignore: this.#ignore,
      files: this.#files,
      folders: this.#folders,
      references: this.#references,
    };
  }
}

function emptyEntry() {
  return {
    path: '',
    pathAttributes: {} as Readonly<Record<string, string>>,
    hashes: [] as MhlHash[],
    content: [] as MhlHash[],
    structure: [] as MhlHash[],
    previousPath: undefined as string | undefined,
  };
}

function processOf(text: string): MhlProcess {
  return text === 'transfer' || text === 'flatten' ? text : 'in-place';
}

function isEntry(name: string): boolean {
  return name === 'hash' || name === 'directoryhash' || name === 'roothash' || name === 'hashlistreference';
}

function isFormat(name: string): name is MhlFormat {
  return (mhlFormats as readonly string[]).includes(name);
}

/** Reads a chain. Throws {@link XmlFault} for what is none. The generations are in their order in the file. */
export function readChain(text: string): Generation[] {
  const generations: Generation[] = [];
  let entry = { number: 0, name: '', c4: '' };
  let depth = 0;
  readXml([text], {
    open(name, attributes, uri) {
      if (depth === 0 && (name !== 'ascmhldirectory' || uri !== chainNamespace))
        throw new XmlFault('it is no chain of ASC MHL 2.0');
      depth += 1;
      if (name === 'hashlist') entry = { number: Number(attributes['sequencenr']), name: '', c4: '' };
    },
    close(name, content) {
      depth -= 1;
      if (name === 'path') entry.name = content;
      if (name === 'c4') entry.c4 = content.trim();
      if (name === 'hashlist') generations.push(entry);
    },
  });
  return generations;
}
