/** The text of what was found about receipts. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { ReceiptDocument } from '../documents/receipts.js';
import { listed, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

const mostNamed = 20;

export function text(document: ReceiptDocument): string[] {
  const { did, written, folder } = document;
  const where = written === undefined ? [] : [`Written: ${printable(`${folder}/${written}`)}`];
  if (did === 'export') return [...where, ...troubleLines(document)];
  return [
    summary(document),
    ...document.receipts.map(receiptLine),
    ...badLines(document),
    ...troubleLines(document),
    ...besides(document),
    ...where,
  ];
}

function summary({ outcome, checked, bytes, bad, problems = [], incomplete = [] }: ReceiptDocument): string {
  const read = `${describeCount(checked, 'file')} checked (${describeBytes(bytes)})`;
  if (outcome === 'good') return `${read}, all as the receipts say.`;
  const wrong = [
    ...(bad.length > 0 ? [`${describeCount(bad.length)} not good`] : []),
    ...(problems.length > 0 ? [`${describeCount(problems.length, 'receipt')} damaged`] : []),
    ...(incomplete.length > 0 ? [`${describeCount(incomplete.length)} not covered`] : []),
  ];
  return `${read}; ${listed(wrong)}:`;
}

const kinds = { 'asc-mhl': 'ASC MHL', 'classic-mhl': 'classic MHL', b3sum: 'list of b3sum' } as const;

function receiptLine({
  kind,
  path,
  files,
  generation,
  order,
  tool,
}: ReceiptDocument['receipts'][number]): string {
  const more = [
    ...(generation === undefined ? [] : [`generation ${generation}`]),
    ...(tool === undefined || tool === '' ? [] : [`by ${printable(tool)}`]),
    ...(order === undefined ? [] : [`XXH64 ${order}`]),
  ];
  return [`${printable(path)}: ${kinds[kind]}`, describeCount(files, 'file'), ...more].join(', ');
}

function badLines({ bad }: ReceiptDocument): string[] {
  const named = bad.slice(0, mostNamed).map(({ message }) => message);
  const more = bad.length - named.length;
  return more === 0 ? named : [...named, `... and ${describeCount(more)} more; --json names them all.`];
}

function besides({ ignored, unchained }: ReceiptDocument): string[] {
  return [
    ...aside(ignored, 'left out by the receipts on purpose, not checked'),
    ...aside(unchained, 'in no chain, not read'),
  ];
}

function aside(paths: readonly string[], what: string): string[] {
  const [example = ''] = paths;
  if (paths.length === 0) return [];
  const some = paths.length === 1 ? printable(example) : `${printable(example)} and others`;
  return [`${describeCount(paths.length, 'file')} ${what}: ${some}`];
}
