/** Times, spans, sizes and counts as people type and read them. */
import { problem } from '../base/errors.js';
import { fromRfc3339 } from '../base/time.js';
import { fromWall, localZone, toWall } from './zone.js';
import type { Zone } from './zone.js';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

type Unit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** Months and years as spans; as times ("2 months ago") they follow the calendar. */
const unitMs: Readonly<Record<Unit, number>> = {
  second: secondMs,
  minute: minuteMs,
  hour: hourMs,
  day: dayMs,
  week: 7 * dayMs,
  month: 30 * dayMs,
  year: 365 * dayMs,
};

const shortUnits: Readonly<Record<string, Unit>> = {
  s: 'second',
  sec: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  hr: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** What {@link parseTime} understands, for messages. */
export const timeForms =
  '2026-11-21T18:00:00Z, 2026-11-21, 2026-11-21 18:00, today, yesterday 18:00, 3h ago, 2 days ago, now';

/** What {@link parseDuration} understands, for messages. */
export const durationForms = '90s, 10m, 1h, 30d, 2w, 6mo, 1y, 10 minutes, a week';

/**
 * The moment a person means, in ms. RFC 3339; `2026-11-21 18:00` (also with seconds, or `T`, or an offset) on
 * local clocks; `now`; `3h ago` (hours and shorter are exact, days and longer keep the time of day);
 * `yesterday 18:00`, `today 09:30`. A day alone (`2026-11-21`, `yesterday`, `today`) means its end, local
 * time, so that "as of yesterday" has all of yesterday. A time that an autumn shows twice is the later one;
 * one that a spring skips is read with the clock of before. Throws `time-unreadable`.
 */
export function parseTime(text: string, nowMs: number, zone: Zone = localZone): number {
  const typed = text.trim().replace(/\s+/g, ' ');
  const words = typed.toLowerCase();
  if (words === 'now') return nowMs;
  const moment = fromRfc3339(typed.toUpperCase());
  const found = moment ?? parseAgo(words, nowMs, zone) ?? parseDay(words, nowMs, zone);
  // Beyond what a Date holds there is nothing to find.
  if (found === undefined || Number.isNaN(new Date(found).getTime())) {
    throw problem('time-unreadable', text, { facts: { allowed: timeForms } });
  }
  return found;
}

function parseAgo(words: string, nowMs: number, zone: Zone): number | undefined {
  const span = /^(.+) ago$/.exec(words);
  const parsed = span?.[1] === undefined ? undefined : parseSpan(span[1]);
  if (!parsed) return undefined;
  const { count, unit } = parsed;
  switch (unit) {
    case 'second':
    case 'minute':
    case 'hour':
      return nowMs - count * unitMs[unit];
    case 'day':
    case 'week':
      return fromWall(toWall(nowMs, zone) - count * unitMs[unit], zone, 'last');
    case 'month':
      return fromWall(monthsBefore(toWall(nowMs, zone), count), zone, 'last');
    case 'year':
      return fromWall(monthsBefore(toWall(nowMs, zone), count * 12), zone, 'last');
    default:
      return unit satisfies never;
  }
}

/** The same day of an earlier month, or its last day where it is shorter. */
function monthsBefore(wallMs: number, months: number): number {
  const at = new Date(wallMs);
  const whole = Math.round(months);
  const lastDay = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - whole + 1, 0)).getUTCDate();
  const first = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - whole, 1);
  return (
    first + (Math.min(at.getUTCDate(), lastDay) - 1) * dayMs + (wallMs - Math.floor(wallMs / dayMs) * dayMs)
  );
}

/** Day, hours, minutes, seconds, fraction, offset. */
const dayAndTime = new RegExp(
  String.raw`^(today|yesterday|\d{4}-\d\d-\d\d)(?:[ t](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?` +
    String.raw` ?(z|[+-]\d\d:\d\d)?$`,
);

function parseDay(words: string, nowMs: number, zone: Zone): number | undefined {
  const match = dayAndTime.exec(words);
  if (!match) return undefined;
  const [, day = '', hours, minutes = '0', seconds = '0', fraction = '0', offset] = match;
  const midnight = wallMidnight(day, nowMs, zone);
  if (midnight === undefined) return undefined;
  if (hours === undefined) {
    return offset === undefined ? fromWall(midnight + dayMs, zone, 'first') - 1 : undefined;
  }
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const wallMs =
    midnight +
    Number(hours) * hourMs +
    Number(minutes) * minuteMs +
    Number(seconds) * secondMs +
    Number(fraction.padEnd(3, '0'));
  if (offset === undefined) return fromWall(wallMs, zone, 'last');
  if (!/^\d/.test(day)) return undefined;
  return fromRfc3339(`${new Date(wallMs).toISOString().slice(0, -1)}${offset.toUpperCase()}`);
}

/** The local midnight that begins a day, as a wall time; `undefined` for a day no calendar has. */
function wallMidnight(day: string, nowMs: number, zone: Zone): number | undefined {
  const today = Math.floor(toWall(nowMs, zone) / dayMs) * dayMs;
  if (day === 'today') return today;
  if (day === 'yesterday') return today - dayMs;
  const wallMs = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(wallMs) || new Date(wallMs).toISOString().slice(0, 10) !== day ? undefined : wallMs;
}

/**
 * Milliseconds of a span: `90s`, `10m`, `1h`, `30d`, `2w`, `6mo`, `1y`, `10 minutes`, `a week`. A month is 30
 * days and a year 365. Throws `time-unreadable`.
 */
export function parseDuration(text: string): number {
  const span = parseSpan(text.trim().replace(/\s+/g, ' ').toLowerCase());
  if (!span) throw problem('time-unreadable', text, { facts: { allowed: durationForms } });
  return Math.round(span.count * unitMs[span.unit]);
}

function parseSpan(words: string): { count: number; unit: Unit } | undefined {
  const match = /^(?:(\d{1,9}(?:\.\d{1,3})?) ?|an? )([a-z]+)$/.exec(words);
  if (!match) return undefined;
  const word = match[2] ?? '';
  const unit = Object.hasOwn(shortUnits, word) ? shortUnits[word] : longUnit(word);
  return unit === undefined ? undefined : { count: Number(match[1] ?? 1), unit };
}

function longUnit(word: string): Unit | undefined {
  return (Object.keys(unitMs) as Unit[]).find((unit) => word === unit || word === `${unit}s`);
}

/**
 * "45 seconds", "3 hours", "12 days", "5 months": the largest unit of which there is at least one, rounded
 * down.
 */
export function describeSpan(ms: number): string {
  const units: readonly Unit[] = ['year', 'month', 'day', 'hour', 'minute'];
  // Weeks read worse than days, and "40 days" better than "1 month".
  const unit = units.find((each) => ms >= unitMs[each] * (each === 'month' ? 2 : 1)) ?? 'second';
  return describeCount(Math.max(0, Math.floor(ms / unitMs[unit])), unit);
}

/** How long ago: "just now" below a minute (and for clocks that disagree), else "12 days ago". */
export function describeAge(ms: number): string {
  return ms < minuteMs ? 'just now' : `${describeSpan(ms)} ago`;
}

/** "0 bytes", "512 bytes", "8.1 kB", "340 MB", "1.2 TB": powers of a thousand, as drives are sold. */
export function describeBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  if (Math.abs(bytes) < 1000) return describeCount(bytes, 'byte');
  let size = bytes;
  let unit = '';
  for (const next of units) {
    // What would be written as 1000 belongs to the next unit.
    if (unit !== '' && Math.abs(size) < 999.5) break;
    size /= 1000;
    unit = next;
  }
  const digits = Math.abs(size) < 99.95 ? size.toFixed(1).replace(/\.0$/, '') : size.toFixed(0);
  return `${digits} ${unit}`;
}

/** "18,204", or with a word "18,204 pictures", "1 copy" where `many` says how more than one are called. */
export function describeCount(count: number, one?: string, many: string = `${one}s`): string {
  const digits = String(count).replace(/\B(?=(\d{3})+$)/g, ',');
  return one === undefined ? digits : `${digits} ${count === 1 ? one : many}`;
}
