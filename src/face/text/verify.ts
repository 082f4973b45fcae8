/** The text of a verification. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { VerifyDocument } from '../documents/keeping.js';
import { printable } from '../words.js';
import { troubleLines } from './common.js';

export function text(document: VerifyDocument): string[] {
  const { checked, bytes, bad } = document;
  const read = `${describeCount(checked, 'copy', 'copies')} read back (${describeBytes(bytes)})`;
  const first = bad.length === 0 ? `${read}, all good.` : `${read}; ${describeCount(bad.length)} not good:`;
  return [
    first,
    ...bad.map(({ vault, message }) => `${printable(vault)}: ${message}`),
    ...document.vaults.flatMap(vaultLines),
    ...troubleLines(document),
  ];
}

function vaultLines({ name, left, problems }: VerifyDocument['vaults'][number]): string[] {
  const lines = problems.map((trouble) => `${printable(name)}: ${trouble.message}`);
  if (left > 0) lines.push(`${printable(name)}: ${describeCount(left, 'copy', 'copies')} left for another time`);
  return lines;
}
