/** The configuration: what `config.json` may say, and what is wrong with it when it is wrong. */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { problem } from '../base/errors.js';
import type { GlassineError } from '../base/errors.js';
import { media, vaultStates } from '../base/settings.js';
import type { SourceSetting, VaultSetting } from '../base/settings.js';
import { fromRfc3339 } from '../base/time.js';
import { cardRules, noCardSettings } from '../rules/cards/card-rule.js';
import type { CardSettings } from '../rules/cards/card-rule.js';
import { parseTemplate } from '../rules/cards/naming.js';
import { safetyPolicies } from '../rules/cards/verdict.js';
import { parseRetention, retentionForms } from '../rules/retention-text.js';
import { checkPlaces } from './places.js';

export interface Config {
  readonly sources: readonly SourceSetting[];
  readonly vaults: readonly VaultSetting[];
  /** A rule as rules/retention reads it. */
  readonly retention: string;
  /** A file is kept when it was left alone for so long. */
  readonly quietSeconds: number;
  /** Everything is looked at again after so long, whatever was heard of it. */
  readonly reconcileMinutes: number;
  /** RFC 3339, or {@link untilResumed}. */
  readonly pausedUntil?: string;
  /** What is done by itself with cameras' cards; absent: they are told of. */
  readonly cards?: CardSettings;
}

/** Said in `pausedUntil` where no end was given. */
export const untilResumed = 'resumed';

export const emptyConfig: Config = {
  sources: [],
  vaults: [],
  retention: 'for ever',
  quietSeconds: 10,
  reconcileMinutes: 60,
};

/** What a source or a vault may be called: sources' names become folders in every vault. */
export const allowedName =
  'a name of 1 to 100 characters, without / or \\, not beginning or ending with a space';

export function isAllowedName(name: string): boolean {
  return /^[^/\\\p{Cc}]{1,100}$/u.test(name) && name.trim() === name && !/^\.{1,2}$/.test(name);
}

/** The word with which a person takes a vault out of its group. */
export const noGroup = 'none';

/** What a rotation group may be called. */
export const allowedGroup = `${allowedName}, and not "${noGroup}", which takes a vault out of its group`;

export function isAllowedGroup(group: string): boolean {
  return isAllowedName(group) && !sameName(group, noGroup);
}

const pathInside = 'a path below the mount point of its volume, without a / at its ends and without ..';

function isPathInside(path: string): boolean {
  return path === '' || path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Every message says what is allowed; the sentence around it is made in `face/`. */
const name = v.pipe(v.string(allowedName), v.check(isAllowedName, allowedName));
const id = v.pipe(v.string('a UUID'), v.uuid('a UUID'));
const folder = v.pipe(v.string('an absolute path'), v.check(isAbsolute, 'an absolute path'));
const number = (from: number, to: number, unit: string) => {
  const allowed = `a whole number of ${unit} from ${from} to ${to}`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(from, allowed), v.maxValue(to, allowed));
};

/** Where on its volume a place lies, which is looked for wherever that volume is mounted. */
const onVolume = {
  volume: v.exactOptional(v.string('a text')),
  inside: v.exactOptional(v.pipe(v.string(pathInside), v.check(isPathInside, pathInside))),
};
const sourceShape = shape({ id, name, root: folder, ...onVolume });
const vaultShape = shape({
  id,
  name,
  folder,
  medium: v.exactOptional(v.picklist(media, `one of ${media.join(', ')}`)),
  place: v.exactOptional(name),
  offSite: v.exactOptional(v.boolean('true or false')),
  dueDays: v.exactOptional(number(1, 3650, 'days')),
  group: v.exactOptional(v.pipe(name, v.check(isAllowedGroup, allowedGroup))),
  state: v.exactOptional(v.picklist(vaultStates, `one of ${vaultStates.join(', ')}`)),
  ...onVolume,
});
const ruleShape = v.picklist(cardRules, `one of ${cardRules.join(', ')}`);
const templateRule = 'names such as {date}/{camera}_{counter}';
const cardsShape = shape({
  rule: v.optional(ruleShape, noCardSettings.rule),
  destinations: v.optional(v.array(shape({ folder, ...onVolume }), 'a list of folders'), []),
  template: v.exactOptional(v.pipe(v.string(templateRule), v.check(isTemplate, templateRule))),
  safeWhen: v.exactOptional(v.picklist(safetyPolicies, `one of ${safetyPolicies.join(', ')}`)),
  exceptions: v.optional(
    v.array(
      shape({ name: v.string('a text'), volume: v.exactOptional(v.string('a text')), rule: ruleShape }),
      'a list of cards',
    ),
    [],
  ),
});
const pauseRule = `a moment such as 2026-11-21T18:00:00Z, or "${untilResumed}"`;
const configShape = shape({
  sources: v.optional(v.array(sourceShape, 'a list of sources'), []),
  vaults: v.optional(v.array(vaultShape, 'a list of vaults'), []),
  retention: v.optional(
    v.pipe(v.string(retentionForms), v.check(isRetention, retentionForms)),
    emptyConfig.retention,
  ),
  quietSeconds: v.optional(number(1, 3600, 'seconds'), emptyConfig.quietSeconds),
  reconcileMinutes: v.optional(number(1, 1440, 'minutes'), emptyConfig.reconcileMinutes),
  pausedUntil: v.exactOptional(v.pipe(v.string(pauseRule), v.check(isPauseEnd, pauseRule))),
  cards: v.exactOptional(cardsShape),
});

const fieldNames = Object.keys(configShape.entries).join(', ');

function isPauseEnd(text: string): boolean {
  return text === untilResumed || fromRfc3339(text) !== undefined;
}

function isTemplate(text: string): boolean {
  return !('fault' in parseTemplate(text));
}

function isRetention(text: string): boolean {
  try {
    parseRetention(text);
    return true;
  } catch {
    return false;
  }
}

/** An object of exactly these fields: a misspelt field is told, not passed over. */
function shape<const E extends v.ObjectEntries>(entries: E) {
  const known = Object.keys(entries).join(', ');
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return `one of the fields ${known}`;
    return issue.expected === 'Object'
      ? `an object with the fields ${known}`
      : `a value for ${issue.expected}`;
  });
}

/**
 * Reads the text of a configuration. Throws `config-invalid`, naming the field, its value, and what is
 * allowed.
 */
export function parseConfig(text: string): Config {
  let input: unknown;
  try {
    input = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid('config.json', undefined, { allowed: 'JSON', detail: (error as Error).message });
  }
  // To the validator a list is an object without fields, and ours may all be absent.
  if (Array.isArray(input))
    throw invalid('config.json', input, { allowed: `an object with the fields ${fieldNames}` });
  const result = v.safeParse(configShape, input, { abortEarly: true, abortPipeEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    throw invalid(v.getDotPath(issue) ?? 'config.json', issue.input, { allowed: issue.message });
  }
  checkTwins('sources', result.output.sources);
  checkTwins('vaults', result.output.vaults);
  checkPlaces(result.output);
  return result.output;
}

/**
 * Names are compared as a careless file system compares them: two folders that only differ in case may be
 * one.
 */
export function sameName(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();
}

function checkTwins(field: string, rows: readonly { readonly id: string; readonly name: string }[]): void {
  for (const [index, row] of rows.entries()) {
    for (const before of rows.slice(0, index)) {
      if (before.id === row.id)
        throw invalid(`${field}.${index}.id`, row.id, { allowed: 'an id that no other has' });
      if (!sameName(before.name, row.name)) continue;
      throw invalid(`${field}.${index}.name`, row.name, { allowed: 'a name that no other has' });
    }
  }
}

function invalid(
  field: string,
  value: unknown,
  { allowed, detail }: { readonly allowed: string; readonly detail?: string },
): GlassineError {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  return problem('config-invalid', field, {
    facts: { value: shown, allowed },
    ...(detail ? { detail } : {}),
  });
}

/** The text of a configuration, for people to read and change. */
export function configText(config: Config): string {
  return JSON.stringify(config, undefined, 2) + '\n';
}
