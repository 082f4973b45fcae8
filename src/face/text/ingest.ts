/** The text of an ingest. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { IngestDocument } from '../documents/cards.js';
import { verdictLine } from '../verdicts.js';
import { printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

const mostPlanned = 20;

export function text(document: IngestDocument): string[] {
  return [
    headline(document),
    ...(document.dryRun ? plan(document) : document.destinations.map(destinationLine)),
    ...document.vaults.map(vaultLine),
    ...notes(document),
    ...troubleLines(document),
    ...(document.verdict ? [`${printable(document.card.name)}: ${verdictLine(document.verdict)}`] : []),
  ];
}

function headline({ dryRun, card, files, bytes, copied, bytesCopied, skipped }: IngestDocument): string {
  const maker = card.maker === undefined ? '' : ` (${printable(card.maker)})`;
  const held = `${describeCount(files, 'file')}, ${describeBytes(bytes)}`;
  const what = `${printable(card.name)}${maker} holds ${held}`;
  const before = skipped.length === 0 ? '' : `; ${describeCount(skipped.length)} copied before`;
  if (dryRun) return `${what}${before}. Nothing was written.`;
  const now = `${describeCount(copied)} copied now (${describeBytes(bytesCopied)}), read back and compared`;
  return `${what}: ${now}${before}.`;
}

function destinationLine({ path, outcome, copied, problem }: IngestDocument['destinations'][number]): string {
  const state = outcome === 'good' ? 'complete' : outcome === 'failed' ? 'nothing copied' : 'not complete';
  const why = problem === undefined ? '' : ` ${problem.message}`;
  return `${printable(path)}: ${state}, ${describeCount(copied, 'file')} came now.${why}`;
}

function vaultLine({ name, kept, problem }: IngestDocument['vaults'][number]): string {
  const rest = problem === undefined ? '' : ` The rest follows with the next backup: ${problem.message}`;
  return `${printable(name)}: ${describeCount(kept, 'file')} kept with the same reading of the card.${rest}`;
}

function plan({ planned = [], destinations }: IngestDocument): string[] {
  const shown = planned
    .slice(0, mostPlanned)
    .map(({ path, to }) => `  ${printable(path)} -> ${printable(to)}`);
  const more = planned.length - shown.length;
  return [
    ...destinations.map(
      ({ path, copied }) => `${printable(path)}: ${describeCount(copied, 'file')} to copy.`,
    ),
    ...shown,
    ...(more > 0 ? [`  ... and ${describeCount(more)} more; --json names them all.`] : []),
  ];
}

function notes({ left, gaps, empty, undated }: IngestDocument): string[] {
  const thrown = left.filter(({ why }) => why === 'thrown-away');
  const lines: string[] = [];
  if (left.length > 0)
    lines.push(`${describeCount(left.length, 'file')} that a computer left on the card were not copied.`);
  if (thrown.length > 0)
    lines.push(`${describeCount(thrown.length)} of them are pictures in a wastebasket: ${named(thrown)}`);
  if (empty.length > 0) lines.push(`Empty on the card: ${empty.map((path) => printable(path)).join(', ')}`);
  if (undated.length > 0)
    lines.push(
      `${describeCount(undated.length, 'picture')} named after the time of the file, not of the shot.`,
    );
  for (const { from, to, missing } of gaps)
    lines.push(missing === 1 ? `No ${from} on the card.` : `No ${from} to ${to} on the card.`);
  return lines;
}

function named(files: readonly { readonly path: string }[]): string {
  return files.map(({ path }) => printable(path)).join(', ');
}
