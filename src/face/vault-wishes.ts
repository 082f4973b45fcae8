/** What a person says about a vault, from the words they typed: checked, and named with the remedy where wrong. */
import {
  allowedGroup,
  allowedName,
  isAllowedGroup,
  isAllowedName,
  noGroup as noWord,
} from '../agent/config.js';
import { problem } from '../base/errors.js';
import { media } from '../base/settings.js';
import { choiceOf, flagOf, optionalTextOf, spanOf } from './args.js';
import type { Args } from './args.js';
import type { VaultWish } from './new-vault.js';

/** Throws `usage` where something cannot be said of a vault. */
export function wishOf(args: Args): VaultWish {
  const name = optionalTextOf(args, 'name');
  const medium = choiceOf(args, 'medium', media);
  const place = nameOf(args, 'place');
  const dueDays = daysOf(args);
  const group = groupOf(args);
  return {
    ...(name !== undefined && { name }),
    ...(medium !== undefined && { medium }),
    ...(place !== undefined && { place }),
    ...(flagOf(args, 'offSite') && { offSite: true }),
    ...(dueDays !== undefined && { dueDays }),
    ...(group !== undefined && { group }),
  };
}

const dayMs = 86_400_000;
const mostDays = 3650;

/** Whole days, at least one. */
function daysOf(args: Args): number | undefined {
  const dueMs = spanOf(args, 'due');
  if (dueMs === undefined) return undefined;
  const days = Math.max(1, Math.round(dueMs / dayMs));
  if (days <= mostDays) return days;
  throw problem('usage', `A vault can be due after 1 to ${mostDays} days; say 30d for a month.`);
}

function nameOf(args: Args, what: string): string | undefined {
  const name = optionalTextOf(args, what);
  if (name === undefined || isAllowedName(name)) return name;
  throw problem('usage', `"${name}" cannot be a ${what}; it must be ${allowedName}.`);
}

function groupOf(args: Args): string | undefined {
  const group = optionalTextOf(args, 'group');
  if (group === undefined || isAllowedGroup(group)) return group;
  throw problem('usage', `"${group}" cannot be a group; it must be ${allowedGroup}.`);
}

/** What `vault set` changes: a value, or that there is none any more. */
export interface Changes {
  readonly set: VaultWish;
  readonly without: readonly ('place' | 'dueDays' | 'group' | 'offSite')[];
}

/** Throws `usage`, also where nothing is to be changed. */
export function changesOf(args: Args): Changes {
  const isNone = (what: string): boolean => args[what] === noWord;
  const given = Object.entries(args).filter(([what, value]) => what !== 'name' && value !== noWord);
  const set = wishOf(Object.fromEntries(given));
  if (flagOf(args, 'offSite') && flagOf(args, 'atHome'))
    throw problem('usage', 'A vault is away from home or at home: say --off-site or --at-home, not both.');
  const without = [
    ...(isNone('place') ? (['place'] as const) : []),
    ...(isNone('due') ? (['dueDays'] as const) : []),
    ...(isNone('group') ? (['group'] as const) : []),
    ...(flagOf(args, 'atHome') ? (['offSite'] as const) : []),
  ];
  if (Object.keys(set).length + without.length === 0) throw problem('usage', whatCanBeSet);
  return { set, without };
}

const whatCanBeSet =
  'Please say what is new about it: --place, --medium, --due, --group, --off-site or --at-home.';
