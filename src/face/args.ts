/**
 * What a verb was asked with: plain data, from this terminal or through the socket, and checked in either
 * case.
 */
import { problem } from '../base/errors.js';
import { parseDuration } from '../rules/people-times.js';

export type Args = Readonly<Record<string, unknown>>;

/** The text of an argument; throws `usage` when it is missing or no text. */
export function textOf(args: Args, name: string): string {
  const value = optionalTextOf(args, name);
  if (value === undefined) throw problem('usage', `Please say the ${name}.`);
  return value;
}

export function optionalTextOf(args: Args, name: string): string | undefined {
  const value = args[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.includes('\0')) throw wrong(name);
  return value;
}

/** One text or more. */
export function textsOf(args: Args, name: string): string[] {
  const value = args[name];
  if (!Array.isArray(value) || value.length === 0) throw problem('usage', `Please say at least one ${name}.`);
  return value.map((item: unknown) => textOf({ [name]: item }, name));
}

export function flagOf(args: Args, name: string): boolean {
  const value = args[name];
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw wrong(name);
  return value;
}

/** Which of a few words an argument is. */
export function choiceOf<const C extends string>(
  args: Args,
  name: string,
  choices: readonly C[],
): C | undefined {
  const value = optionalTextOf(args, name);
  if (value === undefined) return undefined;
  const choice = choices.find((each) => each === value);
  if (choice === undefined)
    throw problem('usage', `The ${name} can be ${choices.join(', ')}; "${value}" is none.`);
  return choice;
}

/** A span such as `10m`, in milliseconds. */
export function spanOf(args: Args, name: string): number | undefined {
  const value = optionalTextOf(args, name);
  return value === undefined ? undefined : parseDuration(value);
}

const units: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

/** A rate such as `20M`, `500K` or `1.5M/s`, in bytes a second. */
export function rateOf(args: Args, name: string): number | undefined {
  const value = optionalTextOf(args, name);
  if (value === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([KMG]?)B?(?:\/s)?$/i.exec(value) ?? [];
  const rate = Math.round(Number(number) * (units[unit.toUpperCase()] ?? 0));
  if (rate < 1 || rate > 1e15)
    throw problem('usage', `"${value}" is no rate; say 20M for twenty megabytes a second.`);
  return rate;
}

function wrong(name: string): Error {
  return problem('usage', `The ${name} that was given cannot be used.`);
}
