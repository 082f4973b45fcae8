/** The text of a search. */
import { describeBytes } from '../../rules/people-times.js';
import type { FindDocument } from '../documents/asking.js';
import { holderText } from '../holders.js';
import { columns, listed, localTime, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: FindDocument): string[] {
  const { words, matches, more } = document;
  if (matches.length === 0)
    return [`Nothing has ${listed(words.map((word) => `"${printable(word)}"`))} in its path.`];
  const rows = matches.map((match) => [
    describeBytes(match.bytes),
    localTime(match.modifiedAt),
    printable(match.path) + (match.current ? '' : ' (removed)'),
    match.holders.length === 0 ? 'in no vault' : `in ${listed(match.holders.map(holderText))}`,
  ]);
  const rest = more ? ['There is more; add another word.'] : [];
  return [...columns(rows, [0]), ...rest, ...troubleLines(document)];
}
