/** Retention rules as people write them, and back: "12 a day, 4 weekly, 3 monthly", "daily for 30 days". */
import { problem } from '../base/errors.js';
import { parseDuration } from './people-times.js';
import type { Counts, Period, RetentionRule, ThinStep } from './retention.js';

/** A rule in a configuration: the words people use, or counts, and how long removed files stay. */
export interface RetentionConfig extends Counts {
  readonly keep?: string;
  readonly removedForDays?: number;
}

/** What {@link parseRetention} understands, for messages. */
export const retentionForms =
  '"for ever"; "all for 1 day, hourly for 2 days, daily for 30 days, weekly for a year, monthly for ever"; ' +
  '"12 a day, 4 weekly, 3 monthly" or "12/4/3"; "last 5, 7 daily"; and "removed for 90 days"';

const periods: readonly Period[] = ['hour', 'day', 'week', 'month', 'year'];
const adverbs = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const dayMs = 86_400_000;
/** A thousand years: who wants more means "for ever". */
const longestMs = 365_000 * dayMs;

/** How far "12 a day" reaches unless it says so: to where the next rung of the ladder takes over. */
const reachMs: Readonly<Record<Period, number>> = {
  hour: dayMs / 24,
  day: dayMs,
  week: 7 * dayMs,
  month: 31 * dayMs,
  year: 366 * dayMs,
};

interface Draft {
  steps: ThinStep[];
  /** Steps such as "12 a day" that do not say how far they reach. */
  ladder: { every: Period; most: number }[];
  counts: { -readonly [K in keyof Counts]: Counts[K] };
  removed: { forMs: number | undefined } | undefined;
}

/**
 * Reads a rule. Parts are separated by commas, "and" or "then", and a version stays when any part asks for
 * it:
 * - `for ever`: everything (so does an empty rule);
 * - `all for 1 day`, `daily for 30 days`, `12 a day for 2 weeks`, `monthly for ever`: by time;
 * - `last 5`, `7 daily`, `4 weekly`: counting back from the newest, as restic does;
 * - `12 a day`: up to 12 of each day, as far back as the next longer rung begins to count (a week before "4
 *   weekly"), for ever when there is none; `12/4/3` is short for "12 a day, 4 weekly, 3 monthly";
 * - `removed for 90 days`: how long at least the last version of a removed file stays; for ever unless given.
 *
 * Throws `rule-unreadable`.
 */
export function parseRetention(input: string | RetentionConfig): RetentionRule {
  const config: RetentionConfig = typeof input === 'string' ? { keep: input } : input;
  const draft: Draft = { steps: [], ladder: [], counts: {}, removed: undefined };
  for (const part of partsOf(config.keep ?? '')) {
    if (!readPart(part, draft)) throw unreadable(part);
  }
  for (const name of ['last', ...adverbs] as const) {
    const count = config[name];
    if (count === undefined) continue;
    if (!Number.isSafeInteger(count) || count < 1) throw unreadable(`${name}: ${count}`);
    draft.counts[name] = count;
  }
  const days = config.removedForDays;
  if (days !== undefined && !(days >= 0)) throw unreadable(`removedForDays: ${days}`);
  const removedForMs = days === undefined ? draft.removed?.forMs : days * dayMs;
  const steps = [
    ...draft.steps,
    ...draft.ladder.map((rung) => ({ ...rung, forMs: ladderReach(rung.every, draft) })),
  ];
  const forever: ThinStep = { every: 'all', most: 1, forMs: undefined };
  const isEmpty = steps.length === 0 && Object.keys(draft.counts).length === 0;
  return { steps: isEmpty ? [forever] : steps, counts: draft.counts, removedForMs };
}

/** A rule in words that {@link parseRetention} reads back as the same rule. */
export function describeRetention(rule: RetentionRule): string {
  const parts = rule.steps.map(describeStep);
  const counts = describeCounts(rule.counts);
  if (counts !== '') parts.push(counts);
  if (rule.removedForMs !== undefined) parts.push(`removed for ${spanWords(rule.removedForMs)}`);
  return parts.join(', ');
}

/** "daily for 30 days", "12 a day for 7 days", "all for ever". */
export function describeStep(step: ThinStep): string {
  const every = step.every === 'all' ? 'all' : adverbOf(step.every);
  const what =
    step.most > 1 && step.every !== 'all'
      ? `${step.most} ${step.every === 'hour' ? 'an' : 'a'} ${step.every}`
      : every;
  return `${what} for ${step.forMs === undefined ? 'ever' : spanWords(step.forMs)}`;
}

/** "last 5, 7 daily, 4 weekly". */
export function describeCounts(counts: Counts): string {
  const parts = adverbs.filter((name) => (counts[name] ?? 0) > 0).map((name) => `${counts[name]} ${name}`);
  return ((counts.last ?? 0) > 0 ? [`last ${counts.last}`, ...parts] : parts).join(', ');
}

function unreadable(part: string): Error {
  return problem('rule-unreadable', part, { facts: { allowed: retentionForms } });
}

function partsOf(text: string): string[] {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (/^\d+ ?\/ ?\d+ ?\/ ?\d+$/.test(words)) {
    const [day, week, month] = words.split('/').map((count) => count.trim());
    return [`${day} a day`, `${week} weekly`, `${month} monthly`];
  }
  const parts = words.split(/ ?[,;+] ?(?:and |then )?| and | then /);
  return parts.map((part) => part.replace(/^keep /, '')).filter((part) => part !== '');
}

/** False when the part says nothing we know. */
function readPart(part: string, draft: Draft): boolean {
  const removed = /^(?:removed|deleted)(?: files?)? (?:for (.+)|(forever))$/.exec(part);
  if (removed) {
    const reach = readReach(removed[1] ?? 'ever');
    if (!reach || draft.removed) return false;
    draft.removed = reach;
    return true;
  }
  if (/^(?:all|everything|every version)?(?: ?for ?ever)?$/.test(part)) {
    draft.steps.push({ every: 'all', most: 1, forMs: undefined });
    return true;
  }
  return readCount(part, draft) || readStep(part, draft);
}

function readCount(part: string, draft: Draft): boolean {
  const last = /^(?:(?:the )?(?:last|newest) (\d{1,6})|(\d{1,6}) (?:last|newest|versions))$/.exec(part);
  const rung = /^(\d{1,6}) ?x? ?(hourly|daily|weekly|monthly|yearly|annual)$/.exec(part);
  const count = Number(last?.[1] ?? last?.[2] ?? rung?.[1] ?? 0);
  const named = rung?.[2] === 'annual' ? 'yearly' : rung?.[2];
  const name = last ? ('last' as const) : adverbs.find((adverb) => adverb === named);
  if (name === undefined || count < 1 || draft.counts[name] !== undefined) return false;
  draft.counts[name] = count;
  return true;
}

function readStep(part: string, draft: Draft): boolean {
  const [, what = '', forWhat] = /^(.+?)(?: for (.+))?$/.exec(part.replace(/ forever$/, ' for ever')) ?? [];
  const every = readEvery(what);
  if (!every) return false;
  if (forWhat === undefined) {
    // "daily" alone could mean anything from a week to always; only "12 a day" belongs to a ladder.
    if (every.every === 'all' || !/^\d/.test(what)) return false;
    draft.ladder.push({ every: every.every, most: every.most });
    return true;
  }
  const reach = readReach(forWhat);
  // A step of no length would look like a rule and keep nothing.
  if (!reach || reach.forMs === 0) return false;
  draft.steps.push({ ...every, forMs: reach.forMs });
  return true;
}

/** "all", "daily", "every day", "one a day", "12 a day", "12 per day", "12/day". */
function readEvery(what: string): { every: 'all' | Period; most: number } | undefined {
  if (/^(?:all|everything|every version|all versions)$/.test(what)) return { every: 'all', most: 1 };
  const match = /^(?:(one|\d{1,6}) ?(?:an? |per |each |every |\/ ?)|every |each )(\w+)$/.exec(what);
  const period = periods.find((each) => (match ? each === match[2] : adverbOf(each) === what));
  const most = match?.[1] === undefined || match[1] === 'one' ? 1 : Number(match[1]);
  return period === undefined || most < 1 ? undefined : { every: period, most };
}

function readReach(text: string): { forMs: number | undefined } | undefined {
  if (text === 'ever' || text === 'always') return { forMs: undefined };
  try {
    const forMs = parseDuration(text);
    return forMs <= longestMs ? { forMs } : undefined;
  } catch {
    return undefined;
  }
}

function ladderReach(every: Period, draft: Draft): number | undefined {
  const longer = periods.slice(periods.indexOf(every) + 1);
  const named = new Set([...draft.ladder, ...draft.steps].map((rung) => rung.every));
  const next = longer.find((period) => named.has(period) || draft.counts[adverbOf(period)] !== undefined);
  return next === undefined ? undefined : reachMs[next];
}

function adverbOf(period: Period): (typeof adverbs)[number] {
  return period === 'day' ? 'daily' : `${period}ly`;
}

/** Exactly, in the largest unit that is. */
function spanWords(ms: number): string {
  const units = [
    ['day', dayMs],
    ['hour', dayMs / 24],
    ['minute', 60_000],
    ['second', 1000],
  ] as const;
  const [unit, unitMs] = units.find(([, each]) => ms % each === 0) ?? ['second', 1000];
  const count = ms / unitMs;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
