/** Lists of BLAKE3 hashes as `b3sum` writes and checks them. */
import type { ContentHash } from '../../base/types.js';

export interface SumLine {
  readonly path: string;
  readonly b3: ContentHash;
}

/**
 * Whether every `b3sum --check` can be told of a file of this name: half characters and CR they take in
 * turns, and `-` is what is typed.
 */
export function isSumName(path: string): boolean {
  return path !== '-' && !/[\0\r\ufffd\p{Cs}]/u.test(path);
}

/** One line, with its end. Names with a backslash or a line's end are escaped, and the line says so. */
export function writeSumLine({ path, b3 }: SumLine): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `${escaped === path ? '' : '\\'}${b3}  ${escaped}\n`;
}

/** What a list says; `undefined` in the place of lines that are none. */
export function readSums(text: string): (SumLine | undefined)[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map(readSumLine);
}

function readSumLine(line: string): SumLine | undefined {
  const found = /^(\\?)([0-9a-f]{64}) [ *](.+)$/is.exec(line);
  if (!found) return undefined;
  const [, escaped, b3 = '', name = ''] = found;
  const path = escaped ? unescape(name) : name;
  return path === undefined ? undefined : { path, b3: b3.toLowerCase() };
}

const unescaped: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r' };

function unescape(name: string): string | undefined {
  if (/\\(?![\\nr])/.test(name.replaceAll('\\\\', ''))) return undefined;
  return name.replaceAll(/\\(.)/gs, (_, letter: string) => unescaped[letter] ?? '');
}

/**
 * A list with more lines: those before stay as they are, unless they speak of a path that is spoken of anew.
 * Lines that are none stay too: they are somebody's.
 */
export function withSums(before: string, lines: readonly SumLine[]): string {
  const anew = new Set(lines.map(({ path }) => path));
  const kept = before.split('\n').filter((line) => {
    const read = line === '' ? undefined : readSumLine(line.replace(/\r$/, ''));
    return line !== '' && !(read && anew.has(read.path));
  });
  return kept.map((line) => `${line}\n`).join('') + lines.map(writeSumLine).join('');
}
