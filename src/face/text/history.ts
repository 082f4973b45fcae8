/** The text of a file's history: a line for each version, newest first, and where it is kept. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { HistoryDocument } from '../documents/asking.js';
import { columns, localTime, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

type Version = HistoryDocument['versions'][number];

export function text(document: HistoryDocument): string[] {
  const { path, versions } = document;
  const rows = versions.map((version) => [
    localTime(version.keptAt),
    version.kind === 'file' ? describeBytes(version.bytes) : version.kind,
    until(version),
    vaultsOf(version),
  ]);
  const first = `${printable(path)}: ${describeCount(versions.length, 'version')}`;
  return [first, ...columns(rows, [1]).map((line) => `  ${line}`), ...troubleLines(document)];
}

function until({ current, untilAt }: Version): string {
  return current || untilAt === undefined ? 'now' : `until ${localTime(untilAt)}`;
}

/** Several copies in one vault are one place. */
function vaultsOf({ vaults }: Version): string {
  const best = new Map<string, string[]>();
  for (const vault of vaults) {
    const { name, place, state, evidence, damagedAt } = vault;
    const where = state === 'retired' ? [place, state].filter((word) => word !== undefined) : [];
    const word = damagedAt === undefined ? evidence : 'damaged';
    const said = best.get(name);
    if (said?.[0] !== 'proven') best.set(name, [word, ...where]);
  }
  if (best.size === 0) return 'in no vault';
  return [...best].map(([name, words]) => printable(`${name} (${words.join(', ')})`)).join(', ');
}
