/** The text of what is known of cards. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { CardsDocument } from '../documents/cards.js';
import { verdictLine } from '../verdicts.js';
import { listed, localTime, printable } from '../words.js';
import { comparisonLines } from './comparison.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: CardsDocument): string[] {
  const { did, cards, delivered, comparison, settings } = document;
  if (comparison) return [...comparisonLines(comparison), ...troubleLines(document)];
  if (did === 'set') return settingLines(settings);
  const said = delivered === undefined ? [] : [`${printable(delivered.job)} is delivered.`];
  if (cards.length === 0) said.push('No card was copied yet; see: glassine ingest --help');
  return [...said, ...cards.flatMap(cardLines), ...settingLines(settings)];
}

type Settings = CardsDocument['settings'];

const rules: Readonly<Record<Settings['rule'], string>> = {
  always: 'is copied by itself',
  ask: 'is told of, and not copied by itself',
  never: 'is left alone',
};

function settingLines({ rule, destinations, template, exceptions }: Settings): string[] {
  const places = destinations.map(
    ({ folder, connected }) => `${printable(folder)}${connected ? '' : ' (not connected)'}`,
  );
  const where = places.length === 0 ? '' : `; where to: ${listed(places)}`;
  const names = template === undefined ? '' : `; named ${printable(template)}`;
  const others = exceptions.map(({ name, volume, rule: own }) => {
    const number = volume === undefined ? '' : ` (${printable(volume)})`;
    return `  ${printable(name)}${number} ${rules[own]}.`;
  });
  return [`A card that comes ${rules[rule]}${where}${names}.`, ...others];
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
