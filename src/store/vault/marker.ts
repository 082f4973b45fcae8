/** The marker: what makes a folder a vault, and which one. Without it nothing is ever written. */
import { randomUUID } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { errnoOf, problem } from '../../base/errors.js';
import { type Clock, fromRfc3339, toRfc3339 } from '../../base/time.js';
import { isAbsent } from '../../platform/files.js';
import type { Native } from '../../platform/native.js';
import { markerName, vaultFolderName } from './layout.js';
import type { VaultMarker } from './types.js';
import { machineError, vaultProblem } from './vault-errors.js';

/** The newest format that this version writes. */
export const formatVersion = 1;

const shape = v.looseObject({
  format: v.literal('glassine-vault'),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  kind: v.picklist(['open', 'sealed']),
  id: v.pipe(v.string(), v.regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$/)),
  hash: v.literal('blake3'),
  created: v.pipe(
    v.string(),
    v.check((text) => fromRfc3339(text) !== undefined),
  ),
});
/** What every version of the format will have. */
const firstLook = v.looseObject({ format: v.literal('glassine-vault'), version: v.number(), id: v.string() });

/** The root of the vault in `folder`: `<folder>/Glassine`, or `folder` itself where that is the vault. */
export async function vaultRootOf(folder: string): Promise<string> {
  const resolved = path.resolve(folder);
  if (path.basename(resolved) === vaultFolderName && (await exists(path.join(resolved, markerName))))
    return resolved;
  return path.join(resolved, vaultFolderName);
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * Reads the marker of the vault at `root`. Throws `vault-away` when there is no such folder,
 * `vault-no-marker` when the
 * marker is missing or is not one, `vault-io` and the like. A newer version is returned as it is: see
 * {@link requireOurs}.
 */
export async function readMarker(root: string, subject = root): Promise<VaultMarker> {
  const text = await markerText(root, subject);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw problem('vault-no-marker', subject, { detail: `${markerName} is not JSON`, cause: error });
  }
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return result.output;
  const look = v.safeParse(firstLook, value);
  if (look.success && look.output.version > formatVersion) throw newer(look.output.version, subject);
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? 'it';
  throw problem('vault-no-marker', subject, { detail: `${markerName}: ${field}: ${issue.message}` });
}

async function markerText(root: string, subject: string): Promise<string> {
  try {
    return await readFile(path.join(root, markerName), 'utf8');
  } catch (error) {
    if (!isAbsent(error)) throw vaultProblem(error, subject);
    const there = await exists(root).catch((reason: unknown) => {
      throw vaultProblem(reason, subject);
    });
    throw problem(there ? 'vault-no-marker' : 'vault-away', subject, {
      detail: errnoOf(error) ?? '',
      cause: error,
    });
  }
}

function newer(version: number, subject: string) {
  return problem('vault-newer', subject, { facts: { version, known: formatVersion } });
}

/** Throws `vault-other`, `vault-unsupported` or, unless only reading, `vault-newer`. */
export function requireOurs(
  marker: VaultMarker,
  expected: { readonly id: string; readonly subject: string; readonly readOnly: boolean },
): void {
  const { id, subject, readOnly } = expected;
  if (marker.id !== id)
    throw problem('vault-other', subject, { detail: marker.id, facts: { found: marker.id } });
  if (marker.kind !== 'open') throw problem('vault-unsupported', subject, { detail: `kind ${marker.kind}` });
  if (marker.version > formatVersion && !readOnly) throw newer(marker.version, subject);
}

/** A new vault's marker, with an id of its own. */
export function newMarker(clock: Clock, id: string = randomUUID()): VaultMarker {
  const created = toRfc3339(clock.now());
  return { format: 'glassine-vault', version: formatVersion, kind: 'open', id, hash: 'blake3', created };
}

/**
 * Writes the marker into `root`, durably, whole or not at all, and only where none is. Throws `vault-exists`,
 * or errors
 * of the machine.
 */
export async function writeMarker(root: string, marker: VaultMarker, native: Native): Promise<void> {
  const to = path.join(root, markerName);
  const from = path.join(root, `${markerName}.${randomUUID()}`);
  const file = await open(from, 'wx', 0o644);
  try {
    await file.writeFile(`${JSON.stringify(marker)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  const [renamed, flushed] = await native.arrange([
    { do: 'rename', from, to },
    { do: 'flushFolder', path: root },
  ]);
  if (renamed) await unlink(from);
  if (renamed?.code === 'EEXIST') throw problem('vault-exists', root);
  const failure = renamed ?? flushed;
  if (failure) throw machineError(failure);
}
