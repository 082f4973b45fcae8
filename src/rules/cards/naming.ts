/** Names that ingest gives: templates of a person's own, filled in with what is known of each picture. */
import { portableNames, storedName } from '../stored-names.js';

/** What a template may speak of, and what stands for it, for messages and `--help`. */
export const tokens = {
  date: 'the day it was taken: 2026-11-21',
  time: 'the time it was taken: 182603',
  year: '2026',
  month: '11',
  day: '21',
  hour: '18',
  minute: '26',
  second: '03',
  camera: 'the camera’s model',
  maker: 'the camera’s maker',
  job: 'the job’s name',
  card: 'the card’s name',
  folder: 'the folder on the card: 100CANON',
  name: 'the name on the card, without its ending: IMG_0001',
  number: 'the digits at the end of that name: 0001',
  counter: 'counts on through the job; {counter:5} has five digits',
} as const;

export type Token = keyof typeof tokens;

/** What is known of one picture: all files that share its stem are called alike. */
export interface ShotFacts {
  /** What the camera's clock showed, as if it were UTC (ms). */
  readonly takenAtMs: number;
  readonly camera?: string;
  readonly maker?: string;
  readonly job: string;
  readonly card: string;
  /** On the card: the last folder, and the name without its ending. */
  readonly folder: string;
  readonly name: string;
  /** From 1 on. */
  readonly counter: number;
}

type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'token'; readonly token: Token; readonly digits: number };

/** Names on the way down to a file's, each a list of parts. */
export interface NameTemplate {
  readonly text: string;
  readonly names: readonly (readonly Part[])[];
}

/** What is wrong with a template, in words for people. */
export interface TemplateFault {
  readonly fault: string;
}

const countDigits = 4;

/** Reads a template: names divided by `/`, with tokens in braces. */
export function parseTemplate(text: string): NameTemplate | TemplateFault {
  const names: Part[][] = [];
  for (const name of text.split('/')) {
    if (name.trim() === '') return { fault: 'a name in it is empty' };
    if (name === '.' || name === '..') return { fault: `${name} leads elsewhere` };
    const parts: Part[] = [];
    for (const piece of name.split(/(\{[^{}]*\})/)) {
      if (piece === '') continue;
      const part = partOf(piece);
      if ('fault' in part) return part;
      parts.push(part);
    }
    names.push(parts);
  }
  const last = names.at(-1) ?? [];
  if (!last.some((part) => part.is === 'token' && tellsApart.has(part.token)))
    return {
      fault: 'the last name needs {name}, {number}, {counter} or {time}, or all pictures have one name',
    };
  return { text, names };
}

const tellsApart: ReadonlySet<Token> = new Set(['name', 'number', 'counter', 'time']);

function partOf(piece: string): Part | TemplateFault {
  const found = /^\{([a-z]+)(?::([1-9]))?\}$/.exec(piece);
  if (!found) {
    const brace = /[{}]/.exec(piece)?.[0];
    return brace === undefined ? { is: 'text', text: piece } : { fault: `${piece} is no token` };
  }
  const [, name = '', digits] = found;
  if (!Object.hasOwn(tokens, name)) return { fault: `{${name}} is not known` };
  if (digits !== undefined && name !== 'counter') return { fault: `{${name}} takes no number of digits` };
  return { is: 'token', token: name as Token, digits: Number(digits ?? countDigits) };
}

/** Where a picture goes, without an ending: names that every volume can hold, joined with `/`. */
export function fillTemplate(template: NameTemplate, facts: ShotFacts): string {
  return template.names
    .map((parts) => parts.map((part) => (part.is === 'text' ? part.text : valueOf(part, facts))).join(''))
    .map((name) => portableName(name))
    .join('/');
}

function valueOf({ token, digits }: { token: Token; digits: number }, facts: ShotFacts): string {
  const iso = new Date(facts.takenAtMs).toISOString();
  switch (token) {
    case 'date':
      return iso.slice(0, 10);
    case 'time':
      return iso.slice(11, 19).replaceAll(':', '');
    case 'year':
      return iso.slice(0, 4);
    case 'month':
      return iso.slice(5, 7);
    case 'day':
      return iso.slice(8, 10);
    case 'hour':
      return iso.slice(11, 13);
    case 'minute':
      return iso.slice(14, 16);
    case 'second':
      return iso.slice(17, 19);
    case 'camera':
      return oneName(facts.camera ?? 'unknown camera');
    case 'maker':
      return oneName(facts.maker ?? 'unknown maker');
    case 'job':
    case 'card':
    case 'folder':
    case 'name':
      return oneName(facts[token]);
    case 'number':
      return /\d+$/.exec(facts.name)?.[0] ?? oneName(facts.name);
    case 'counter':
      return String(facts.counter).padStart(digits, '0');
  }
}

/** A value must not make folders of its own. */
function oneName(value: string): string {
  return value.replaceAll(/[/\\]+/g, '-').trim();
}

/** A name that every volume can hold, readable: what some cannot is left out or takes the place of a dash. */
export function portableName(name: string): string {
  const plain = Array.from(name.normalize('NFC'))
    .map((character) =>
      /["*:<>?|\\/]/.test(character) || (character.codePointAt(0) ?? 0) < 32 ? '-' : character,
    )
    .join('')
    .trim()
    .replace(/[. ]+$/, '');
  return storedName(plain === '' ? '_' : plain, portableNames);
}
