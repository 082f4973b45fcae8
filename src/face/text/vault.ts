/** The text of the places that keep. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { VaultDocument } from '../documents/settings.js';
import { columns, listed, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: VaultDocument): string[] {
  return [...first(document), ...document.notes, ...troubleLines(document)];
}

function first(document: VaultDocument): string[] {
  const { did, vaults } = document;
  const name = printable(document.name ?? '');
  const folder = printable(vaults.find((vault) => vault.name === document.name)?.folder ?? '');
  switch (did) {
    case 'add':
      return [`${name} keeps everything from now on: ${folder}`];
    case 'adopt':
      return [`${name} is known here now: ${folder}`, ...found(document)];
    case 'rebuild':
      return [`${name} was read anew, ${readFrom(document)}.`, ...found(document)];
    case 'remove':
      return [`${name} is no longer used; everything in it stays as it is.`];
    case 'set':
      return columns(vaults.filter((vault) => vault.name === document.name).map(row));
    case 'retire':
      return [
        `${name} is put away: nothing new is kept there from now on. What it holds stays, can be found, and is ` +
          `asked for when it is needed.`,
      ];
    case 'activate':
      return [`${name} is used again, and gets what it lacks when it is plugged in.`];
    case 'list':
      if (vaults.length === 0)
        return ['No place keeps anything yet; name one with: glassine vault add <folder>'];
      return columns(vaults.map(row));
    default:
      return did satisfies never;
  }
}

function readFrom({ rebuilt }: VaultDocument): string {
  if (rebuilt?.from !== 'files') return 'from its ledgers, which are sound';
  const aside = rebuilt.setAside.map(printable);
  return `from every file in it${aside.length > 0 ? `; its old ledger is kept as ${listed(aside)}` : ''}`;
}

function found({ found: what }: VaultDocument): string[] {
  if (!what) return [];
  const files = `${describeCount(what.files, 'version')} (${describeBytes(what.bytes)})`;
  const sources = what.sources.map(({ name, computer }) => `${printable(name)} (${printable(computer)})`);
  return [sources.length === 0 ? `It holds ${files}.` : `It holds ${files} of ${listed(sources)}.`];
}

function row(vault: VaultDocument['vaults'][number]): string[] {
  const where = [vault.place ?? '', vault.offSite === true ? 'away from home' : ''].filter(
    (word) => word !== '',
  );
  const present = vault.connected ? 'connected' : 'away';
  const state = vault.state === 'retired' ? `retired, ${present}` : present;
  const due = vault.dueDays === undefined ? '' : `due every ${describeCount(vault.dueDays, 'day')}`;
  const turns = vault.group === undefined ? '' : `takes turns in ${printable(vault.group)}`;
  return [
    printable(vault.name),
    printable(vault.folder),
    vault.medium ?? '',
    printable(where.join(', ')),
    state,
    due,
    turns,
  ];
}
