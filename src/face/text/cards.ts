/** The text of what is known of cards. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { CardsDocument } from '../documents/cards.js';
import { verdictLine } from '../verdicts.js';
import { localTime, printable } from '../words.js';

export function text({ cards, delivered }: CardsDocument): string[] {
  const said = delivered === undefined ? [] : [`${printable(delivered.job)} is delivered.`];
  if (cards.length === 0) return [...said, 'No card was copied yet; see: glassine ingest --help'];
  return [...said, ...cards.flatMap(cardLines)];
}

function cardLines(card: CardsDocument['cards'][number]): string[] {
  const maker = card.maker === undefined ? '' : ` (${printable(card.maker)})`;
  const jobs = card.jobs.map((job) => printable(job)).join(', ');
  const held = `${describeCount(card.files, 'file')}, ${describeBytes(card.bytes)}`;
  return [
    `${printable(card.name)}${maker}, seen ${localTime(card.lastSeenAt)}: ${held}; ${jobs}`,
    `  ${verdictLine(card.verdict)}`,
  ];
}
