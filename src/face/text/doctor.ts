/** The text of an examination. */
import type { DoctorDocument } from '../documents/looking.js';
import { troubleLines } from './trouble-lines.js';

type Check = DoctorDocument['checks'][number];

export function text(document: DoctorDocument): string[] {
  const width = Math.max(0, ...document.checks.map((check) => word(check).length));
  const lines = document.checks.map(
    (check) => `${word(check).padEnd(width)}  ${check.name}: ${check.sentence}`,
  );
  return [...lines, ...troubleLines(document)];
}

function word({ result }: Check): string {
  switch (result) {
    case 'good':
      return 'good';
    case 'attention':
      return 'look';
    case 'bad':
      return 'bad';
    case 'not-available':
      return 'none';
    case 'not-checked':
      return 'unknown';
    default:
      return result satisfies never;
  }
}
