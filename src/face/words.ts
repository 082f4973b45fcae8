/** How moments, names and tables are written for people. Numbers and spans are rules/people-times. */
import { fromRfc3339 } from '../base/time.js';

/** `2026-11-21 18:26:03` in the time of this computer, from a moment as documents hold it. */
export function localTime(moment: string): string {
  const ms = fromRfc3339(moment);
  if (ms === undefined) return moment;
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/**
 * A name as a terminal may show it: control characters, which could move the cursor or end a line, and marks
 * that turn the direction of writing are shown as escapes.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu, (character) => {
    const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return short[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** An argument as a person may paste it into a shell. */
export function quoted(argument: string): string {
  const safe = printable(argument);
  if (/^[\w@%+=:,./-]+$/.test(safe)) return safe;
  return `'${safe.replaceAll("'", "'\\''")}'`;
}

/**
 * `source/path/inside`, which every verb accepts; a path that is not UTF-8 is percent-escaped after two
 * slashes.
 */
export function placeOf(source: string, path: string): string {
  return path === '' ? source : `${source}/${path}`;
}

/** Rows in columns, two spaces between; numbers, told by `right`, end flush. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const space = ' '.repeat((widths[at] ?? 0) - width(cell));
        return right.includes(at) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;

/** Near enough for names: one column a character, two for the wide scripts, none for marks above a letter. */
function width(text: string): number {
  let total = 0;
  for (const character of text) if (!/\p{Mn}/u.test(character)) total += wide.test(character) ? 2 : 1;
  return total;
}
