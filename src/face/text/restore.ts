/** The text of a restore. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { RestoreDocument } from '../documents/asking.js';
import { localTime, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: RestoreDocument): string[] {
  const { restored, bytes, to, at, incomplete = [] } = document;
  const when = at === undefined ? '' : ` as of ${localTime(at)}`;
  const done =
    `${describeCount(restored, 'file')}${when} (${describeBytes(bytes)}), checked, in ` + `${printable(to)}.`;
  const left = incomplete.length === 0 ? [] : [`${describeCount(incomplete.length)} could not be restored:`];
  const names = document.renamed.map(
    ({ path, name }) => `${printable(path)} is called ${printable(name)} there.`,
  );
  return [done, ...names, ...left, ...troubleLines(document)];
}
