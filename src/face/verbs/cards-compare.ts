/** `cards compare`: two cards side by side, as information. */
import { resolve } from 'node:path';
import { toRfc3339 } from '../../base/time.js';
import { type ComparedCard, compareTwo, type TwoCards } from '../../work/ingest/compare-two.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { textOf } from '../args.js';
import type { Args } from '../args.js';
import type { CardsDocument } from '../documents/cards.js';
import type { ComparisonPart } from '../documents/comparison.js';
import { leftAndTroubles } from '../troubles.js';

/** Each card is a folder, or what one that was seen before is called. */
export async function compare(app: App, args: Args): Promise<Omit<CardsDocument, 'did' | 'settings'>> {
  const named = (which: string): { folder: string; name: string } => {
    const name = textOf(args, which);
    return { folder: resolve(app.folder, name), name };
  };
  const asked = { first: named('first'), second: named('second') };
  const found = await work(app, 'cards', (deps) => compareTwo(deps, asked));
  const { incomplete } = found;
  return {
    outcome: incomplete.length === 0 ? 'good' : 'incomplete',
    cards: [],
    comparison: partOf(found),
    ...leftAndTroubles({ incomplete }),
  };
}

function partOf({ first, second, comparison, gaps }: TwoCards): ComparisonPart {
  const { same, sameByContent, inOtherForms, different, onlyOnFirst, onlyOnSecond } = comparison;
  return {
    ...{ first: cardPart(first), second: cardPart(second), same: same.length, sameByContent },
    ...{ inOtherForms: [...inOtherForms], different: [...different] },
    ...{ onlyOnFirst: [...onlyOnFirst], onlyOnSecond: [...onlyOnSecond] },
    gaps: gaps.map(({ from, to, missing }) => ({ from, to, missing })),
  };
}

function cardPart({ name, maker, volume, root, seenAt, files }: ComparedCard): ComparisonPart['first'] {
  return {
    ...{ name, files, seenAt: toRfc3339(seenAt) },
    ...(maker !== undefined && { maker }),
    ...(volume !== undefined && { volume }),
    ...(root !== undefined && { root }),
  };
}
