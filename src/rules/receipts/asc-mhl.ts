/** ASC MHL (specification 1.0, schema 2.0): what its manifests and chains say, and how they are written. */
import { element, isXmlText } from './xml.js';

/** In the order in which the schema wants them. */
export const mhlFormats = ['c4', 'md5', 'sha1', 'xxh128', 'xxh3', 'xxh64'] as const;
export type MhlFormat = (typeof mhlFormats)[number];

export type MhlAction = 'original' | 'verified' | 'failed';

export interface MhlHash {
  readonly format: MhlFormat;
  readonly digest: string;
  readonly action?: MhlAction;
  /** RFC 3339. */
  readonly at?: string;
}

export interface MhlFile {
  /** Relative to the folder that holds `ascmhl/`, with `/`. */
  readonly path: string;
  readonly bytes?: number;
  readonly modifiedAt?: string;
  readonly hashes: readonly MhlHash[];
  readonly previousPath?: string;
}

/** Of everything below a folder: `content` without, `structure` with the names. */
export interface MhlFolderHashes {
  readonly content: readonly MhlHash[];
  readonly structure: readonly MhlHash[];
}

export interface MhlFolder extends MhlFolderHashes {
  readonly path: string;
  readonly modifiedAt?: string;
  readonly previousPath?: string;
}

export type MhlProcess = 'transfer' | 'in-place' | 'flatten';

export interface Manifest {
  readonly createdAt: string;
  readonly hostname: string;
  readonly tool: { readonly name: string; readonly version: string };
  readonly comment?: string;
  readonly process: MhlProcess;
  readonly root?: MhlFolderHashes;
  /** As in `.gitignore`. */
  readonly ignore: readonly string[];
  readonly files: Iterable<MhlFile>;
  readonly folders: Iterable<MhlFolder>;
}

/** A manifest's file, piece by piece. Every text in it has to be {@link isXmlText}. */
export function* writeManifest(manifest: Manifest): Generator<string> {
  const { createdAt, hostname, tool, comment, root, ignore } = manifest;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0">\n';
  yield '  <creatorinfo>\n';
  yield `    ${element('creationdate', createdAt)}\n    ${element('hostname', hostname)}\n`;
  yield `    ${element('tool', tool.name, { version: tool.version })}\n`;
  if (comment !== undefined) yield `    ${element('comment', comment)}\n`;
  yield '  </creatorinfo>\n  <processinfo>\n';
  yield `    ${element('process', manifest.process)}\n`;
  if (root) yield `    <roothash>\n${folderHashes(root)}    </roothash>\n`;
  if (ignore.length > 0)
    yield `    <ignore>\n${ignore.map((each) => `      ${element('pattern', each)}\n`).join('')}    </ignore>\n`;
  yield '  </processinfo>\n';
  // The schema wants one entry at least, where there is the element.
  let opening = '  <hashes>\n';
  for (const entry of entriesOf(manifest)) {
    yield opening + entry;
    opening = '';
  }
  if (opening === '') yield '  </hashes>\n';
  yield '</hashlist>\n';
}

function* entriesOf({ files, folders }: Manifest): Generator<string> {
  for (const file of files) yield fileEntry(file);
  for (const folder of folders) yield folderEntry(folder);
}

function fileEntry({ path, bytes, modifiedAt, hashes, previousPath }: MhlFile): string {
  const attributes = { size: bytes, lastmodificationdate: modifiedAt };
  const previous = previousPath === undefined ? '' : `      ${element('previousPath', previousPath)}\n`;
  const head = `    <hash>\n      ${element('path', path, attributes)}\n`;
  return `${head}${hashLines(hashes, '      ')}${previous}    </hash>\n`;
}

function folderEntry({ path, modifiedAt, previousPath, ...hashes }: MhlFolder): string {
  const head = `      ${element('path', path, { lastmodificationdate: modifiedAt })}\n`;
  const previous = previousPath === undefined ? '' : `      ${element('previousPath', previousPath)}\n`;
  return `    <directoryhash>\n${head}${folderHashes(hashes)}${previous}    </directoryhash>\n`;
}

function folderHashes({ content, structure }: MhlFolderHashes): string {
  const of = (name: string, hashes: readonly MhlHash[]): string =>
    `      <${name}>\n${hashLines(hashes, '        ')}      </${name}>\n`;
  return of('content', content) + of('structure', structure);
}

function hashLines(hashes: readonly MhlHash[], indent: string): string {
  const inOrder = mhlFormats.flatMap((format) => hashes.filter((hash) => hash.format === format));
  return inOrder
    .map(
      ({ format, digest, action, at }) => indent + element(format, digest, { action, hashdate: at }) + '\n',
    )
    .join('');
}

/** One manifest of a history, and what its file's bytes must be. */
export interface Generation {
  readonly number: number;
  /** The manifest's name in `ascmhl/`. */
  readonly name: string;
  readonly c4: string;
}

/** The file `ascmhl_chain.xml`: all generations, the first one first. */
export function writeChain(generations: readonly Generation[]): string {
  const entries = generations.map(
    ({ number, name, c4 }) =>
      `  <hashlist sequencenr="${number}">\n    ${element('path', name)}\n    ${element('c4', c4)}\n  </hashlist>\n`,
  );
  const head =
    '<?xml version="1.0" encoding="UTF-8"?>\n<ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0">\n';
  return `${head}${entries.join('')}</ascmhldirectory>\n`;
}

/** The folder that holds the manifests and the chain of the folder it lies in. */
export const historyFolder = 'ascmhl';
export const chainName = 'ascmhl_chain.xml';

/** So many bytes of a folder's name leave room for the rest of a manifest's name, however long it is. */
const mostNameBytes = 180;

/**
 * The name of a generation's manifest. `folder`: what the folder that it speaks of is called; `at`: UTC, as
 * RFC 3339. What no XML can say of the folder's name is left out.
 */
export function manifestName(number: number, folder: string, at: string): string {
  const stamp = at.replace(/^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d).*$/, '$1_$2$3$4Z');
  let name = '';
  for (const character of folder) {
    if (character < ' ' || !isXmlText(character)) continue;
    if (Buffer.byteLength(name + character) > mostNameBytes) break;
    name += character;
  }
  return `${String(number).padStart(4, '0')}_${name === '' ? 'root' : name}_${stamp}.mhl`;
}

/** What is never part of a history, as tools write it into every manifest. */
export const alwaysIgnored: readonly string[] = ['.DS_Store', historyFolder, `${historyFolder}/`];
