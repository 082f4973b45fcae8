/** The text of a folder as it was. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { LsDocument } from '../documents/asking.js';
import { holderText, isOnlyRetired } from '../holders.js';
import { columns, listed, localTime, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: LsDocument): string[] {
  const { entries, path } = document;
  if (entries.length === 0) {
    return [
      path === '' ? 'Nothing is protected yet.' : `${printable(path)} was empty.`,
      ...troubleLines(document),
    ];
  }
  return [...columns(entries.map(row), [0]), ...troubleLines(document)];
}

function row(entry: LsDocument['entries'][number]): string[] {
  const name = printable(entry.name);
  switch (entry.kind) {
    case 'file':
      return [describeBytes(entry.bytes), localTime(entry.modifiedAt ?? ''), name, onlyIn(entry)];
    case 'link':
      return [
        'link',
        localTime(entry.modifiedAt ?? ''),
        `${name} -> ${printable(entry.target ?? '')}`,
        onlyIn(entry),
      ];
    case 'folder':
      return [describeBytes(entry.bytes), describeCount(entry.files, 'file'), `${name}/`];
    case 'source': {
      const computer = entry.computer === undefined ? '' : ` (${printable(entry.computer)})`;
      return [describeBytes(entry.bytes), describeCount(entry.files, 'file'), `${name}/${computer}`];
    }
    default:
      return entry.kind satisfies never;
  }
}

/** Where a file can be had from nothing but a drive that is put away, the drive is named. */
function onlyIn({ holders = [] }: LsDocument['entries'][number]): string {
  return isOnlyRetired(holders) ? `only in ${listed(holders.map(holderText))}` : '';
}
