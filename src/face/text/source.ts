/** The text of the protected folders. */
import type { SourceDocument } from '../documents/settings.js';
import { columns, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: SourceDocument): string[] {
  const { did, name = '', sources } = document;
  const rest = troubleLines(document);
  switch (did) {
    case 'add': {
      const root = sources.find((source) => source.name === name)?.root ?? '';
      return [`${printable(name)} is protected from now on: ${printable(root)}`, ...rest];
    }
    case 'remove':
      return [
        `${printable(name)} is no longer watched; every version kept of it stays in its vaults.`,
        ...rest,
      ];
    case 'list':
      if (sources.length === 0)
        return ['Nothing is protected yet; name a folder with: glassine source add <folder>'];
      return [...columns(sources.map(row)), ...rest];
    default:
      return did satisfies never;
  }
}

function row(source: SourceDocument['sources'][number]): string[] {
  return [printable(source.name), printable(source.root), source.connected ? '' : 'not there right now'];
}
