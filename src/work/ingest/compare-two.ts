/** Two cards side by side, such as those of the two slots of one camera: here, or known from before. */
import path from 'node:path';
import { type Problem, problem } from '../../base/errors.js';
import { realPath } from '../../platform/files.js';
import {
  type CardComparison,
  type CardFrame,
  compareCards,
  gapsOverBoth,
  type NumberGap,
} from '../../rules/cards/frames.js';
import type { CardRow } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { isThere, listCard } from './card-listing.js';
import { volumeAt } from './begin.js';
import { knowCard } from './known-card.js';

/** A card as a person names it. */
export interface NamedCard {
  /** Where it is, if it is a folder. */
  readonly folder: string;
  /** What it is called, or the number of its file system, if it was seen before. */
  readonly name: string;
}

export interface ComparedCard {
  readonly name: string;
  readonly maker: string | undefined;
  readonly volume: string | undefined;
  /** Absent for one that is known from before alone. */
  readonly root?: string;
  /** When it was like that, ms. */
  readonly seenAt: number;
  readonly files: number;
}

export interface TwoCards {
  readonly first: ComparedCard;
  readonly second: ComparedCard;
  readonly comparison: CardComparison;
  readonly gaps: readonly NumberGap[];
  /** What could not be looked at. */
  readonly incomplete: readonly Problem[];
}

/**
 * Compares two cards. A folder is looked at as it is now; any other name is a card's that was seen before, as
 * it was then. Nothing is remembered of it. Throws `card-unknown`, `card-gone`, `stopped`, and `usage` where
 * a name can mean several cards, or both mean one.
 */
export async function compareTwo(
  deps: WorkDeps,
  named: { readonly first: NamedCard; readonly second: NamedCard },
): Promise<TwoCards> {
  const [first, second] = await whichCards(deps, [named.first, named.second]);
  const isOne = 'row' in first && 'row' in second && first.row.key === second.row.key;
  if (isOne) throw problem('usage', `${named.first.name} and ${named.second.name} are one card; name two.`);
  const a = await lookAt(deps, first);
  const b = await lookAt(deps, second);
  // Two that are taken for one are mirrors of each other, and what was read of one was not read of the other.
  const isMirror = a.key >= 0 && a.key === b.key;
  const frames = isMirror ? b.frames.map((frame) => ({ ...frame, b3: undefined })) : b.frames;
  const pathsOf = (look: Look): string[] => look.frames.map((frame) => frame.path);
  return {
    ...{ first: a.card, second: b.card },
    comparison: compareCards(a.frames, frames),
    gaps: gapsOverBoth(pathsOf(a), pathsOf(b)),
    incomplete: [...a.incomplete, ...b.incomplete],
  };
}

/** Where a card is, or what is remembered of it. */
type Which = { readonly root: string } | { readonly row: CardRow };

async function whichCards(
  deps: WorkDeps,
  [first, second]: readonly [NamedCard, NamedCard],
): Promise<[Which, Which]> {
  const here = async ({ folder }: NamedCard): Promise<{ readonly root: string } | undefined> => {
    const root = await realPath(folder).catch(() => undefined);
    return root !== undefined && (await isThere(root)) ? { root } : undefined;
  };
  const a = await here(first);
  const b = await here(second);
  if (a && a.root === b?.root)
    throw problem('usage', `${first.name} and ${second.name} are one folder; name two.`);
  // Cards of one camera are mostly called alike: who names both so means these two.
  const alike = first.name === second.name ? rowsOf(deps, first.name) : [];
  const [latest, before] = alike.length === 2 ? alike : [];
  return [
    a ?? { row: latest ?? oneRow(deps, first.name) },
    b ?? { row: before ?? oneRow(deps, second.name) },
  ];
}

function rowsOf({ catalog }: WorkDeps, name: string): CardRow[] {
  return catalog.cards.all().filter((card) => card.name === name || card.volume === name);
}

function oneRow(deps: WorkDeps, name: string): CardRow {
  const [row, ...others] = rowsOf(deps, name);
  if (!row) throw problem('card-unknown', name);
  if (others.length === 0) return row;
  const numbers = [row, ...others].map(({ volume }) => volume ?? 'one without a number').join(', ');
  throw problem('usage', `Several cards are called ${name}; say which by its number: ${numbers}.`);
}

interface Look {
  /** The card's row, -1 for one that was never seen before. */
  readonly key: number;
  readonly card: ComparedCard;
  readonly frames: readonly CardFrame[];
  readonly incomplete: readonly Problem[];
}

async function lookAt(deps: WorkDeps, which: Which): Promise<Look> {
  if ('row' in which) {
    const { key, name, maker, volume, lastSeenAt: seenAt } = which.row;
    const frames = deps.catalog.cards.files(key);
    return { key, frames, card: { name, maker, volume, seenAt, files: frames.length }, incomplete: [] };
  }
  const { root } = which;
  const facts = await volumeAt(deps, root);
  const { files, recognition, incomplete } = await listCard(deps, root, facts);
  const { maker } = recognition;
  const seen = { files, volume: facts, name: path.basename(root), maker, isKept: false };
  const { row, contents } = await knowCard(deps, root, seen);
  const { name, volume } = row;
  const seenAt = deps.clock.now();
  const frames = files.map((file): CardFrame => ({ ...file, b3: contents.get(file.path) }));
  return {
    ...{ key: row.key, frames, incomplete },
    card: { name, maker, volume, root, seenAt, files: files.length },
  };
}
