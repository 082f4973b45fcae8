/** What a receipt leaves out on purpose: patterns as in `.gitignore`, as ASC MHL takes them from there. */
import ignore from 'ignore';
import { isEscaped, type SourcePath } from '../../base/paths.js';

/**
 * Says of a path, relative to the folder of the receipt, whether it is left out. The last pattern that fits
 * counts, cases differ, and what lies in a folder that is left out is left out too. Names that are not UTF-8
 * fit no pattern.
 */
export function ignoring(patterns: readonly string[]): (path: SourcePath) => boolean {
  const rules = ignore({ ignorecase: false }).add([...patterns]);
  return (path) => path !== '' && !isEscaped(path) && rules.ignores(path);
}
