/** Classic MHL 1.1, which came before ASC MHL and is still what some post houses ask for. */
import { element } from './xml.js';
import { readXml, XmlFault } from './xml-reader.js';

/**
 * `xxhash64be` is XXH64 as everybody writes it, `xxhash64` the same with its bytes turned round; some tools
 * write the one under the name of the other. `xxhash` is XXH32 as a decimal number.
 */
export const classicFormats = ['md5', 'sha1', 'xxhash64be', 'xxhash64', 'xxhash'] as const;
export type ClassicFormat = (typeof classicFormats)[number];

export interface ClassicFile {
  readonly path: string;
  readonly bytes: number;
  /** RFC 3339. */
  readonly modifiedAt?: string;
  readonly hashes: readonly { readonly format: ClassicFormat; readonly digest: string }[];
  readonly hashedAt?: string;
}

/** A file as it can be written: the schema wants all of it. */
export interface WholeClassicFile extends ClassicFile {
  readonly modifiedAt: string;
  readonly hashedAt: string;
}

export interface ClassicManifest {
  readonly username: string;
  readonly hostname: string;
  readonly tool: string;
  /** RFC 3339, whole seconds, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly files: Iterable<WholeClassicFile>;
}

/**
 * A manifest's file, piece by piece. Empty files and files without a hash are left out: the schema of this
 * format (1.1, by Pomfort) has no place for them, nor for a manifest without files.
 */
export function* writeClassicManifest(manifest: ClassicManifest): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<hashlist version="1.1">\n  <creatorinfo>\n';
  yield `    ${element('username', manifest.username)}\n`;
  yield `    ${element('hostname', manifest.hostname)}\n    ${element('tool', manifest.tool)}\n`;
  yield `    ${element('startdate', manifest.startedAt)}\n    ${element('finishdate', manifest.finishedAt)}\n`;
  yield '  </creatorinfo>\n';
  for (const file of manifest.files) {
    if (file.bytes === 0 || file.hashes.length === 0) continue;
    const lines = [
      element('file', file.path),
      element('size', String(file.bytes)),
      element('lastmodificationdate', file.modifiedAt),
      ...file.hashes.map(({ format, digest }) => element(format, digest)),
      element('hashdate', file.hashedAt),
    ];
    yield `  <hash>\n${lines.map((line) => `    ${line}\n`).join('')}  </hash>\n`;
  }
  yield '</hashlist>\n';
}

/** Reads a manifest of any tool. Throws {@link XmlFault} for what is none of version 1. */
export function readClassicManifest(pieces: Iterable<string>): ClassicFile[] {
  const files: ClassicFile[] = [];
  const path: string[] = [];
  let values = new Map<string, string>();
  readXml(pieces, {
    open(name, attributes) {
      if (path.length === 0 && (name !== 'hashlist' || !/^1\./.test(attributes['version'] ?? '')))
        throw new XmlFault('it is no manifest of MHL 1');
      if (name === 'hash') values = new Map();
      path.push(name);
    },
    close(name, text) {
      path.pop();
      if (path.at(-1) === 'hash') values.set(name, name === 'file' ? text : text.trim());
      if (name === 'hash') files.push(fileOf(values));
    },
  });
  return files;
}

function fileOf(values: ReadonlyMap<string, string>): ClassicFile {
  const modifiedAt = values.get('lastmodificationdate');
  const hashedAt = values.get('hashdate');
  return {
    path: values.get('file') ?? '',
    bytes: Number(values.get('size') ?? Number.NaN),
    ...(modifiedAt !== undefined && { modifiedAt }),
    hashes: classicFormats.flatMap((format) => {
      const digest = values.get(format);
      return digest === undefined ? [] : [{ format, digest }];
    }),
    ...(hashedAt !== undefined && { hashedAt }),
  };
}
