/** What is done by itself when a card comes: a person's rule, for all cards or for one. */
import type { SafetyPolicy } from './verdict.js';

/** `ask`: it is told that the card is here, and nothing is copied. */
export const cardRules = ['always', 'ask', 'never'] as const;
export type CardRule = (typeof cardRules)[number];

/** A folder that cards are copied to by themselves, and where on its volume it lies. */
export interface CardDestination {
  /** Absolute: where it was last seen. */
  readonly folder: string;
  /** The UUID of its file system, where that has one. */
  readonly volume?: string;
  /** Its path below the mount point of that volume, `/` between names; empty for the volume itself. */
  readonly inside?: string;
}

/** What tells one card from another: the number of its file system, else what people call it. */
export interface CardIdentity {
  readonly name: string;
  readonly volume?: string | undefined;
}

/** One card for which another rule counts. */
export interface CardException {
  readonly name: string;
  readonly volume?: string;
  readonly rule: CardRule;
}

export interface CardSettings {
  readonly rule: CardRule;
  readonly destinations: readonly CardDestination[];
  /** How pictures are named, as rules/cards/naming reads it; absent: as on the card. */
  readonly template?: string;
  /** When a card may be formatted; absent: two copies. */
  readonly safeWhen?: SafetyPolicy;
  readonly exceptions: readonly CardException[];
}

export const noCardSettings: CardSettings = { rule: 'ask', destinations: [], exceptions: [] };

/** Whether an exception is about a card. One that has a number is known by it alone: names are shared. */
export function isAbout(exception: Pick<CardException, 'name' | 'volume'>, card: CardIdentity): boolean {
  if (exception.volume !== undefined || card.volume !== undefined) return exception.volume === card.volume;
  return exception.name === card.name;
}

/** The rule that counts for a card. Without a place to copy it to nothing can be done by itself. */
export function ruleFor({ rule, destinations, exceptions }: CardSettings, card: CardIdentity): CardRule {
  const own = exceptions.find((exception) => isAbout(exception, card))?.rule ?? rule;
  return own === 'always' && destinations.length === 0 ? 'ask' : own;
}

/** The settings with another rule for one card; `undefined`: it is treated as all others are. */
export function withException(
  settings: CardSettings,
  { name, volume }: CardIdentity,
  rule: CardRule | undefined,
): CardSettings {
  const others = settings.exceptions.filter((exception) => !isAbout(exception, { name, volume }));
  const own = rule === undefined ? [] : [{ name, ...(volume !== undefined && { volume }), rule }];
  return { ...settings, exceptions: [...others, ...own] };
}
