/** The text of a verification. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { VerifyDocument } from '../documents/keeping.js';
import { printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: VerifyDocument): string[] {
  const { bad } = document;
  const lines = [
    summary(document),
    ...bad.map(({ message }) => message),
    ...document.vaults.flatMap(vaultLines),
  ];
  // What keeps a vault from being looked at is told of the vault and of what was left: once is enough.
  return [...new Set([...lines, ...troubleLines(document)])];
}

function summary({ outcome, checked, bytes, bad }: VerifyDocument): string {
  const read = `${describeCount(checked, 'copy', 'copies')} read back (${describeBytes(bytes)})`;
  if (bad.length > 0) return `${read}; ${describeCount(bad.length)} not good:`;
  return checked === 0 && outcome !== 'good' ? 'Nothing could be read back.' : `${read}, all good.`;
}

function vaultLines(vault: VerifyDocument['vaults'][number]): string[] {
  const { left, problems, strangers } = vault;
  const name = printable(vault.name);
  const lines = problems.map((trouble) => trouble.message);
  if (left > 0) lines.push(`${name}: ${describeCount(left, 'copy', 'copies')} left for another time.`);
  if (strangers && strangers.files > 0) {
    const [example = ''] = strangers.names;
    const some = strangers.files === 1 ? printable(example) : `${printable(example)} and others`;
    lines.push(
      `${name}: ${describeCount(strangers.files, 'file')} not kept by Glassine, left alone: ${some}`,
    );
  }
  return lines;
}
