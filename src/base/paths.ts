/** Paths inside a source: one canonical string for any byte sequence a file system can hold. */

/**
 * A path relative to the root of its source, `/` between names, no leading or trailing `/`, `""` for the
 * root.
 *
 * File names are bytes. A path whose bytes are valid UTF-8 is that text, unchanged. Any other path is written
 * as `/` followed by the path with every byte that is not printable ASCII, and `%`, percent-escaped; the
 * leading `/`, which no relative path has, is the flag. So the mapping is one to one, every value is
 * well-formed Unicode that SQLite, JSON and terminals carry unharmed, and ordinary names stay ordinary.
 */
export type SourcePath = string;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The canonical form of the bytes of a relative path. */
export function pathFromBytes(bytes: Uint8Array): SourcePath {
  return decode(bytes) ?? `/${escapeBytes(bytes)}`;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x25;
    text += plain ? String.fromCharCode(byte) : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return text;
}

/** Whether a path's bytes are not UTF-8, so that its text is percent-escaped. */
export function isEscaped(path: SourcePath): boolean {
  return path.startsWith('/');
}

/**
 * The bytes of a path, as the file system holds them. Throws `RangeError` on what {@link pathFromBytes} never
 * gives.
 */
export function pathBytes(path: SourcePath): Buffer {
  if (!isEscaped(path)) return Buffer.from(path, 'utf8');
  const bytes: number[] = [];
  for (let at = 1; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) throw new RangeError(`unescaped byte in path at ${at}: ${path}`);
    if (path[at] !== '%') {
      bytes.push(code);
      continue;
    }
    const hex = path.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) throw new RangeError(`malformed escape in path at ${at}: ${path}`);
    bytes.push(Number.parseInt(hex, 16));
    at += 2;
  }
  return Buffer.from(bytes);
}

/**
 * Where a link points, as text. Unlike a {@link SourcePath} it may be absolute, so the flag of an escaped one
 * is `//`; a target that begins with two slashes of its own is escaped too.
 */
export function targetFromBytes(bytes: Uint8Array): string {
  const text = decode(bytes);
  return text === undefined || text.startsWith('//') ? `//${escapeBytes(bytes)}` : text;
}

/** The bytes of a link's target. */
export function targetBytes(target: string): Buffer {
  return target.startsWith('//') ? pathBytes(target.slice(1)) : Buffer.from(target, 'utf8');
}

/** `path` inside `folder`; either may be escaped. */
export function joinPath(folder: SourcePath, name: SourcePath): SourcePath {
  if (folder === '' || folder === '/') return name;
  if (!isEscaped(folder) && !isEscaped(name)) return name === '' ? folder : `${folder}/${name}`;
  if (name === '') return folder;
  return pathFromBytes(Buffer.concat([pathBytes(folder), Buffer.from('/'), pathBytes(name)]));
}

/**
 * The folder and the last name of a path. Both are canonical on their own: a clean folder of a bad name is
 * clean.
 */
export function splitPath(path: SourcePath): { folder: SourcePath; name: SourcePath } {
  if (!isEscaped(path)) {
    const cut = path.lastIndexOf('/');
    return cut < 0 ? { folder: '', name: path } : { folder: path.slice(0, cut), name: path.slice(cut + 1) };
  }
  const bytes = pathBytes(path);
  const cut = bytes.lastIndexOf(0x2f);
  if (cut < 0) return { folder: '', name: path };
  return { folder: pathFromBytes(bytes.subarray(0, cut)), name: pathFromBytes(bytes.subarray(cut + 1)) };
}

/**
 * The absolute path of `path` below `root`: a string where it can be one, else bytes. What Node's `fs` and
 * the addon both take.
 */
export function absolutePath(root: string, path: SourcePath): string | Buffer {
  if (path === '') return root;
  const separator = root.endsWith('/') ? '' : '/';
  if (!isEscaped(path)) return root + separator + path;
  return Buffer.concat([Buffer.from(root + separator), pathBytes(path)]);
}

/** Whether `path` is `folder` or lies below it. */
export function isInside(folder: SourcePath, path: SourcePath): boolean {
  if (folder === '') return true;
  return (
    path === folder ||
    path.startsWith(folder.endsWith('/') ? folder : `${folder}/`) ||
    insideByBytes(folder, path)
  );
}

function insideByBytes(folder: SourcePath, path: SourcePath): boolean {
  if (!isEscaped(path) || isEscaped(folder) === isEscaped(path)) return false;
  const outer = pathBytes(folder);
  const inner = pathBytes(path);
  return (
    inner.length > outer.length &&
    inner[outer.length] === 0x2f &&
    inner.subarray(0, outer.length).equals(outer)
  );
}
