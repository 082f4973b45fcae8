/** What the texts of all documents share: what was left, what is wrong, and whether to name it all. */
import { describeCount } from '../../rules/people-times.js';
import type { AnyDocument, Left, Trouble } from '../documents/outcome.js';
import { printable } from '../words.js';

/** More than this would push the answer off the screen; `--json` tells all. */
const mostNamed = 20;

/** A line for each thing that was left, or is wrong; the last says how many are not named. */
export function troubleLines(document: AnyDocument): string[] {
  const { incomplete = [], problems = [] } = document;
  return [...firstOf(problems.map(sentence)), ...firstOf(incomplete.map(leftLine))];
}

function sentence(trouble: Trouble): string {
  return trouble.message;
}

/** The sentence of a file names it already; one that does not is told with its name. */
function leftLine({ path, message }: Left): string {
  return message.includes(printable(path)) ? message : `${printable(path)}: ${message}`;
}

function firstOf(lines: readonly string[]): string[] {
  const named = lines.slice(0, mostNamed);
  const more = lines.length - named.length;
  return more === 0 ? named : [...named, `... and ${describeCount(more)} more; --json names them all.`];
}
