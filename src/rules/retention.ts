/** Which versions of a file are kept, each with its reasons; `retain` carries it out. */
import { describeSpan } from './people-times.js';
import { describeCounts, describeStep } from './retention-text.js';
import { toWall, utcZone } from './zone.js';
import type { Zone } from './zone.js';

export { describeRetention, parseRetention } from './retention-text.js';
export type { RetentionConfig } from './retention-text.js';

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/**
 * Thinning by time: of each period, the last `most` versions that were alive in it; with `all`, every
 * version. It reaches `forMs` back from now (`undefined`: for ever). A version is as old as the moment it was
 * replaced, so an original of ten years ago that was edited today is as safe as it would be in a daily
 * snapshot.
 */
export interface ThinStep {
  readonly every: 'all' | Period;
  readonly most: number;
  readonly forMs: number | undefined;
}

/**
 * Counting back from the newest: `last` versions, and the newest version of each of so many hours, days,
 * weeks, months and years in which one was kept. While a rung has room left, the oldest version has it.
 */
export interface Counts {
  readonly last?: number;
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
}

/** What to keep: a version stays when any step or count asks for it. Neither: everything, for ever. */
export interface RetentionRule {
  readonly steps: readonly ThinStep[];
  readonly counts: Counts;
  /** How long a version stays at least after its file was removed at the source; `undefined`: for ever. */
  readonly removedForMs: number | undefined;
  /** Whose midnights begin a day. UTC unless given. */
  readonly zone?: Zone;
}

export const keepForever: RetentionRule = {
  steps: [{ every: 'all', most: 1, forMs: undefined }],
  counts: {},
  removedForMs: undefined,
};

/** A version of one file, as the catalog has it. */
export interface RetainedVersion {
  readonly key: number;
  /** When it was kept, ms. */
  readonly since: number;
  /** When it was replaced or removed, ms; `undefined` for the current one. */
  readonly until: number | undefined;
}

export interface RetentionDecision {
  readonly key: number;
  readonly keep: boolean;
  /** Why it stays: all reasons; why it goes: what each step of the rule says. Never empty. */
  readonly reasons: string[];
}

/**
 * Decides about all versions of one file at `nowMs`; answers in the order given. Weeks begin on Monday (ISO
 * 8601). The current version always stays. So does one whose file was removed at the source, for
 * `removedForMs`; after that it is a version like others.
 */
export function decideRetention(
  versions: readonly RetainedVersion[],
  rule: RetentionRule,
  nowMs: number,
): RetentionDecision[] {
  const newestFirst = versions.toSorted((a, b) => b.since - a.since || b.key - a.key);
  const placed = newestFirst.map((version, rank) => ({
    version,
    next: newestFirst[rank - 1],
    rank,
    newestFirst,
  }));
  const context = { nowMs, zone: rule.zone ?? utcZone };
  const counted = countReasons(newestFirst, rule.counts, context.zone);
  const decided = new Map<number, RetentionDecision>();
  for (const each of placed) {
    const keep = [...protections(each, rule, nowMs), ...(counted.get(each.version.key) ?? [])];
    const verdicts = stepsOf(rule).map((step) => judge(each, step, context));
    keep.push(...reasonsOf(verdicts, 'keep'));
    const go = reasonsOf(verdicts, 'go');
    if (hasCounts(rule.counts)) go.push(`not among ${describeCounts(rule.counts)}`);
    // That a step does not reach so far back explains something only where no other step says more.
    if (go.length === 0) go.push(...reasonsOf(verdicts, 'older'));
    const { key } = each.version;
    decided.set(key, { key, keep: keep.length > 0, reasons: keep.length > 0 ? keep : go });
  }
  return versions.map(({ key }) => decided.get(key)).filter((decision) => decision !== undefined);
}

/** A version among those of its file. */
interface Placed {
  readonly version: RetainedVersion;
  /** The one kept after it. */
  readonly next: RetainedVersion | undefined;
  readonly rank: number;
  readonly newestFirst: readonly RetainedVersion[];
}

interface Context {
  readonly nowMs: number;
  readonly zone: Zone;
}

function stepsOf(rule: RetentionRule): readonly ThinStep[] {
  return rule.steps.length === 0 && !hasCounts(rule.counts) ? keepForever.steps : rule.steps;
}

/** What keeps a version whatever the steps say. */
function protections({ version, next }: Placed, rule: RetentionRule, nowMs: number): string[] {
  if (version.until === undefined) return ['current'];
  // What was replaced ends when the next one begins; a gap means that the file was gone in between.
  if (next && next.since <= version.until) return [];
  const { removedForMs } = rule;
  if (removedForMs === undefined) return ['removed at the source: for ever'];
  return nowMs - version.until < removedForMs
    ? [`removed at the source: for ${describeSpan(removedForMs)}`]
    : [];
}

/** What one step says of a version; `older`: the step does not reach so far back. */
interface Verdict {
  readonly says: 'keep' | 'go' | 'older';
  readonly reason: string;
}

function reasonsOf(verdicts: readonly Verdict[], says: Verdict['says']): string[] {
  return verdicts.filter((verdict) => verdict.says === says).map((verdict) => verdict.reason);
}

function judge(placed: Placed, step: ThinStep, context: Context): Verdict {
  const name = describeStep(step);
  const { version } = placed;
  const fromMs = step.forMs === undefined ? Number.NEGATIVE_INFINITY : context.nowMs - step.forMs;
  if ((version.until ?? Number.POSITIVE_INFINITY) <= fromMs)
    return { says: 'older', reason: `${name}: older` };
  if (step.every === 'all') return { says: 'keep', reason: name };
  const { zone } = context;
  const every = step.every;
  // The last period it was alive in; a version that never ended is alive now.
  const endMs = version.until === undefined ? context.nowMs : Math.max(version.since, version.until - 1);
  const last = periodOf(endMs, every, zone);
  const inPeriod = describePeriod(endMs, every, zone);
  // It is among the last of that period unless as many newer ones began before the period was over.
  const pushing = placed.newestFirst[placed.rank - step.most];
  if (!pushing || periodOf(pushing.since, every, zone) > last) {
    return { says: 'keep', reason: `${name}: ${inPeriod}` };
  }
  // Replaced too often in that period, but perhaps the last one alive in the one before it.
  const livedBefore = periodOf(version.since, every, zone) < last;
  const reachesBefore = fromMs === Number.NEGATIVE_INFINITY || periodOf(fromMs, every, zone) < last;
  if (livedBefore && reachesBefore) {
    return { says: 'keep', reason: `${name}: the last before ${inPeriod}` };
  }
  return { says: 'go', reason: `${name}: replaced within ${inPeriod}` };
}

const rungs = [
  ['hourly', 'hour'],
  ['daily', 'day'],
  ['weekly', 'week'],
  ['monthly', 'month'],
  ['yearly', 'year'],
] as const;

function hasCounts(counts: Counts): boolean {
  return (counts.last ?? 0) > 0 || rungs.some(([rung]) => (counts[rung] ?? 0) > 0);
}

/** Reasons by version key, for the versions that a count asks for. */
function countReasons(
  newestFirst: readonly RetainedVersion[],
  counts: Counts,
  zone: Zone,
): Map<number, string[]> {
  const reasons = new Map<number, string[]>();
  const keep = (version: RetainedVersion, reason: string): void => {
    reasons.set(version.key, [...(reasons.get(version.key) ?? []), reason]);
  };
  newestFirst
    .slice(0, counts.last ?? 0)
    .forEach((version, at) => keep(version, `last ${counts.last}: number ${at + 1}`));
  for (const [rung, period] of rungs) {
    const most = counts[rung] ?? 0;
    let used = 0;
    let lastPeriod: number | undefined;
    newestFirst.forEach((version, rank) => {
      const at = periodOf(version.since, period, zone);
      const isOldest = rank === newestFirst.length - 1;
      if (used >= most || (at === lastPeriod && !isOldest)) return;
      used += 1;
      const what = at === lastPeriod ? 'the oldest' : describePeriod(version.since, period, zone);
      keep(version, `${most} ${rung}: ${what}`);
      lastPeriod = at;
    });
  }
  return reasons;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The number of the period a moment lies in; later periods have higher numbers. */
function periodOf(ms: number, period: Period, zone: Zone): number {
  const wallMs = toWall(ms, zone);
  const day = Math.floor(wallMs / dayMs);
  switch (period) {
    case 'hour':
      return Math.floor(wallMs / hourMs);
    case 'day':
      return day;
    case 'week':
      // 1970 began on a Thursday.
      return Math.floor((day + 3) / 7);
    case 'month':
      return new Date(wallMs).getUTCFullYear() * 12 + new Date(wallMs).getUTCMonth();
    case 'year':
      return new Date(wallMs).getUTCFullYear();
    default:
      return period satisfies never;
  }
}

/** "2026-11-21", "2026-11-21 18h", "week of 2026-11-16", "2026-11", "2026": local time. */
function describePeriod(ms: number, period: Period, zone: Zone): string {
  const wallMs = toWall(ms, zone);
  const text = new Date(wallMs).toISOString();
  switch (period) {
    case 'hour':
      return `${text.slice(0, 10)} ${text.slice(11, 13)}h`;
    case 'day':
      return text.slice(0, 10);
    case 'week':
      return `week of ${new Date((periodOf(ms, 'week', zone) * 7 - 3) * dayMs).toISOString().slice(0, 10)}`;
    case 'month':
      return text.slice(0, 7);
    case 'year':
      return text.slice(0, 4);
    default:
      return period satisfies never;
  }
}
