/** How a ledger line writes a source path: the text, and a flag where it is percent-escaped. */
import { isEscaped, type SourcePath } from '../../base/paths.js';

/** A ledger's `path` and its flag as one {@link SourcePath}. */
export function pathOfLine(path: string, raw: true | undefined): SourcePath {
  return raw ? `/${path}` : path;
}

/** The reverse of {@link pathOfLine}, ready to be spread into a line. */
export function lineOfPath(path: SourcePath): { path: string; raw?: true } {
  return isEscaped(path) ? { path: path.slice(1), raw: true } : { path };
}
