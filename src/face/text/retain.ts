/** The text of thinning: every version that goes, with its reason. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { RetainDocument } from '../documents/keeping.js';
import { localTime, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: RetainDocument): string[] {
  const { rule, dryRun, removed, bytes, kept, versions } = document;
  const amount = `${describeCount(removed, 'version')} (${describeBytes(bytes)})`;
  const first =
    removed === 0
      ? `The rule is "${printable(rule)}": nothing goes.`
      : `The rule is "${printable(rule)}": ${amount} ${dryRun ? 'would go' : 'went'}, ` +
        `${describeCount(kept)} stay.`;
  const lines = versions.map((version) => {
    const { path, keptAt, vault, reasons } = version;
    return `${printable(path)} of ${localTime(keptAt)}, in ${printable(vault)}: ${reasons.join('; ')}`;
  });
  return [first, ...lines, ...troubleLines(document)];
}
