/** The text of two cards side by side. */
import { describeCount } from '../../rules/people-times.js';
import type { ComparisonPart } from '../documents/comparison.js';
import { localTime, printable } from '../words.js';

const mostNamed = 20;

export function comparisonLines(comparison: ComparisonPart): string[] {
  const { first, second, same, sameByContent, gaps } = comparison;
  return [
    cardLine('First', first),
    cardLine('Second', second),
    sameLine(same, sameByContent),
    ...group('on both in other forms, such as RAW and JPEG', comparison.inOtherForms),
    ...group('called alike on both, and not the same', comparison.different),
    ...group('on the first alone', comparison.onlyOnFirst),
    ...group('on the second alone', comparison.onlyOnSecond),
    ...gaps.map(({ from, to, missing }) =>
      missing === 1
        ? `No ${printable(from)} on either.`
        : `No ${printable(from)} to ${printable(to)} on either.`,
    ),
  ];
}

function cardLine(which: string, { name, maker, root, seenAt, files }: ComparisonPart['first']): string {
  const made = maker === undefined ? '' : ` (${printable(maker)})`;
  const where = root === undefined ? `as it was on ${localTime(seenAt)}` : printable(root);
  return `${which}: ${printable(name)}${made}, ${where}, ${describeCount(files, 'file')}`;
}

function sameLine(same: number, byContent: number): string {
  const shots = `${describeCount(same, 'shot')} on both`;
  if (same === 0) return `${shots}.`;
  if (byContent === same) return `${shots}, by their content.`;
  const looks = 'by name, size and time';
  if (byContent === 0) return `${shots}, ${looks}.`;
  return `${shots}: ${describeCount(byContent)} by their content, the others ${looks}.`;
}

function group(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, mostNamed).map((name) => printable(name));
  const more = names.length - shown.length;
  const rest = more > 0 ? `, and ${describeCount(more)} more; --json names them all` : '';
  return [`${describeCount(names.length, 'shot')} ${what}: ${shown.join(', ')}${rest}.`];
}
