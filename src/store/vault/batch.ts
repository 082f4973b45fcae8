/** What a batch of lines must be before it is written: checked, and its names under `Versions/` made free. */
import assert from 'node:assert';
import { asideName, parseAside } from '../../rules/stored-names.js';
import { isPlace } from '../ledger/line-shape.js';
import type { NewLine } from '../ledger/lines.js';
import type { Found } from './arrange-plan.js';
import { folderOf, incomingFolder } from './layout.js';
import type { NameRules } from './types.js';

/**
 * Asserts what every caller owes: places inside their folders, and none used twice but emptied first, then
 * filled.
 */
export function assertBatch(lines: readonly NewLine[], writer: string): void {
  const filled = new Set<string>();
  const emptied = new Set<string>();
  const inside = (place: string | undefined, folder: string): void => {
    assert(
      place === undefined || (isPlace(place) && place.startsWith(`${folder}/`)),
      `${place} is not in ${folder}`,
    );
  };
  const empty = (place: string | undefined): void => {
    if (place === undefined) return;
    assert(!filled.has(place) && !emptied.has(place), `${place} is used twice in one batch`);
    emptied.add(place);
  };
  const fill = (place: string | undefined): void => {
    if (place === undefined) return;
    assert(!filled.has(place), `${place} is filled twice in one batch`);
    filled.add(place);
  };
  for (const line of lines) {
    if (line.do === 'keep' || line.do === 'retire' || line.do === 'move') {
      inside(line.stored, 'Pictures');
      inside(line.aside, 'Versions');
    }
    if (line.do === 'keep') {
      inside(line.from, incomingFolder(writer));
      const isPlaced = line.from !== undefined && line.stored !== undefined;
      assert(isPlaced || line.aside === undefined, 'only what comes to a place puts aside what lies there');
      if (line.from !== undefined && line.aside !== undefined) empty(line.stored);
      if (line.from !== undefined) fill(line.stored);
    } else if (line.do === 'move') {
      inside(line.from, 'Pictures');
      if (line.aside !== undefined) empty(line.stored);
      empty(line.from);
      fill(line.stored);
    } else if (line.do === 'retire') {
      empty(line.stored);
    } else if (line.do === 'prune') {
      inside(line.stored, 'Versions');
      empty(line.stored);
    }
    if ('aside' in line) fill(line.aside);
  }
}

/**
 * The lines with every `aside` free: a name that something has, which no ledger knew, gets its number. An
 * occupied name
 * would be taken for a rename that was done already.
 */
export async function withFreeAsides(
  lines: readonly NewLine[],
  options: { readonly rules: NameRules; readonly look: (places: string[]) => Promise<Map<string, Found>> },
): Promise<NewLine[]> {
  const asides = lines.flatMap((line) => ('aside' in line ? [line.aside] : []));
  const taken = await options.look(asides);
  const given = new Set(asides);
  const isTaken = async (place: string): Promise<boolean> =>
    (await options.look([place])).get(place) !== 'nothing';
  const result: NewLine[] = [];
  for (const line of lines) {
    if (!('aside' in line) || taken.get(line.aside) === 'nothing') {
      result.push(line);
      continue;
    }
    let aside = line.aside;
    for (let attempt = 2; given.has(aside) || (await isTaken(aside)); attempt++) {
      aside = numbered(line.aside, attempt, options.rules);
    }
    given.add(aside);
    result.push({ ...line, aside });
  }
  return result;
}

function numbered(aside: string, attempt: number, rules: NameRules): string {
  const folder = folderOf(aside);
  const parsed = parseAside(aside.slice(folder.length + 1));
  if (!parsed) return `${aside} ${attempt}`;
  return `${folder}/${asideName(parsed.name, parsed.keptAt, { attempt, rules })}`;
}
