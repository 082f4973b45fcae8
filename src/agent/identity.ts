/** Who this installation is: the id it writes under in every vault, and what people call this computer. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { errnoOf, problem } from '../base/errors.js';
import { readText, writeTextAtomically } from '../platform/files.js';

export interface Identity {
  readonly writer: string;
  readonly computer: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads the identity; makes one where there is none. Throws `config-invalid`, `home-unwritable`. */
export async function readIdentity(file: string): Promise<Identity> {
  const found = await findIdentity(file);
  if (found) return found;
  const identity: Identity = { writer: randomUUID(), computer: hostname().split('.')[0] || 'this computer' };
  try {
    await writeTextAtomically(file, JSON.stringify(identity, undefined, 2) + '\n');
  } catch (error) {
    throw problem('home-unwritable', file, { detail: errnoOf(error) ?? '', cause: error });
  }
  return identity;
}

/**
 * Reads the identity, `undefined` where there is none. A damaged one is never replaced in silence: under a
 * new id this installation would be a stranger to everything it has kept.
 */
export async function findIdentity(file: string): Promise<Identity | undefined> {
  const text = await readText(file).catch((error: unknown) => {
    throw problem('config-invalid', file, { detail: errnoOf(error) ?? '', cause: error });
  });
  if (text === undefined) return undefined;
  const value = parse(text);
  const { writer, computer } = value;
  if (typeof writer !== 'string' || !uuid.test(writer)) throw wrong(`${file}: writer`, writer, 'a UUID');
  if (typeof computer !== 'string' || computer === '') throw wrong(`${file}: computer`, computer, 'a name');
  return { writer, computer };
}

function parse(text: string): { writer?: unknown; computer?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function wrong(field: string, value: unknown, allowed: string): Error {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  return problem('config-invalid', field, { facts: { value: shown, allowed } });
}
