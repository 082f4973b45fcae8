/**
 * What the tests of vaults share: a vault on any folder, and files kept in it the way a backup keeps them.
 */
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Clock } from '../../../src/base/time.js';
import { native as realNative, type Native, type Step } from '../../../src/platform/native.js';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import { createVault, openVault, type OpenOptions } from '../../../src/store/vault/open-vault.js';
import type { Vault } from '../../../src/store/vault/types.js';
import { temporaryFolder } from '../../support/trees.js';

export const native = realNative;
export const writer = '11111111-1111-4111-8111-111111111111';
export const otherWriter = '22222222-2222-4222-8222-222222222222';
export const source = '99999999-9999-4999-8999-999999999999';

/** 2026-11-21 18:26:03 UTC, and a second later each time it is asked. */
export function steppingClock(startMs = 1_795_285_563_000): Clock {
  let now = startMs;
  return { now: () => (now += 1000) };
}

export interface VaultBox {
  readonly root: string;
  readonly id: string;
  open(more?: Partial<OpenOptions>): Promise<Vault>;
}

/** A new vault below `folder`, or below a fresh one. */
export async function newVault(t: ExecutionContext, folder?: string): Promise<VaultBox> {
  const clock = steppingClock();
  const { root, marker } = await createVault(folder ?? (await temporaryFolder(t)), { native, clock });
  const open = (more: Partial<OpenOptions> = {}): Promise<Vault> =>
    openVault({ root, id: marker.id, writer, native, clock, name: 'Drive', ...more });
  return { root, id: marker.id, open };
}

/** A source's first line: without it the catalog takes nothing else. */
export const sourceLine: NewLine = {
  ...{ do: 'source', source, name: 'Photos', computer: 'desk', root: '/home/a/Photos', folder: 'Photos' },
};

type Keep = Extract<NewLine, { do: 'keep' }>;

/** Writes content into `Incoming/` and returns the line that keeps it. */
export async function incoming(
  vault: Vault,
  [name, content]: readonly [string, string | Buffer],
  more: Partial<Keep> = {},
): Promise<NewLine> {
  const from = vault.incomingName();
  const bytes = Buffer.from(content);
  await writeFile(path.join(vault.root, from), bytes, { flag: 'wx' });
  return {
    ...{ do: 'keep', source, path: name, bytes: bytes.length, modified: 1_700_000_000_000_000, mode: 0o644 },
    ...{ b3: native.hash(bytes), stored: `Pictures/Photos/${name}`, from, evidence: 'proven' },
    ...more,
  };
}

/** The same as a backup does it: read once, written, flushed and read back by the addon. */
export async function provenIncoming(
  vault: Vault,
  [name, content]: readonly [string, string | Buffer],
  more: Partial<Keep> = {},
): Promise<NewLine> {
  const scratch = path.join(await mkdtemp(path.join(os.tmpdir(), 'glassine-test-')), 'source');
  try {
    await writeFile(scratch, content);
    await utimes(scratch, 1_700_000_000, 1_700_000_000);
    const from = vault.incomingName();
    const [result] = await realNative.transfer([{ source: scratch, targets: [vault.absolute(from)] }]);
    const failure = result?.error ?? result?.targets[0]?.error;
    if (!result || failure) throw new Error(`not copied: ${failure?.message ?? ''}`);
    const { bytes, modifiedUs: modified, b3, mode } = result;
    const line = { do: 'keep', source, path: name, bytes, modified, mode, b3 } as const;
    return { ...line, stored: `Pictures/Photos/${name}`, from, evidence: 'proven', ...more };
  } finally {
    await rm(path.dirname(scratch), { recursive: true });
  }
}

export function keptFolder(name: string): NewLine {
  const stored = `Pictures/Photos/${name}`;
  return {
    do: 'keep',
    source,
    path: name,
    kind: 'folder',
    bytes: 0,
    modified: 1_600_000_000_000_000,
    stored,
  };
}

export function retired(name: string, aside: string): NewLine {
  return {
    do: 'retire',
    source,
    path: name,
    stored: `Pictures/Photos/${name}`,
    aside: `Versions/Photos/${aside}`,
  };
}

export function retiredFolder(name: string): NewLine {
  return { do: 'retire', source, path: name, kind: 'folder', stored: `Pictures/Photos/${name}` };
}

export function moved(was: string, name: string, more: { aside?: string } = {}): NewLine {
  const at = { stored: `Pictures/Photos/${name}`, from: `Pictures/Photos/${was}` };
  return { do: 'move', source, path: name, was, modified: 1_700_000_000_000_000, ...at, ...more };
}

export async function incomingLink(vault: Vault, name: string, target: string): Promise<NewLine> {
  const from = vault.incomingName();
  await symlink(target, path.join(vault.root, from));
  const stored = `Pictures/Photos/${name}`;
  return {
    do: 'keep',
    source,
    path: name,
    kind: 'link',
    target,
    bytes: 0,
    modified: 1_700_000_000_000_000,
    stored,
    from,
  };
}

/** Everything below folders of a vault: path to content, `-> target` of a link, `/` of an empty folder. */
export async function contents(
  root: string,
  folders: readonly string[] = ['Pictures', 'Versions', 'Incoming'],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (place: string): Promise<void> => {
    const names = (await readdir(path.join(root, place))).sort();
    if (names.length === 0 && place.split('/').length > 2) found[place] = '/';
    for (const name of names) {
      const below = `${place}/${name}`;
      const stat = await lstat(path.join(root, below));
      if (stat.isDirectory()) await visit(below);
      else if (stat.isSymbolicLink()) found[below] = `-> ${await readlink(path.join(root, below))}`;
      else found[below] = await readFile(path.join(root, below), 'utf8');
    }
  };
  for (const folder of folders) await visit(folder);
  return Object.fromEntries(Object.entries(found).filter(([place]) => !/^Incoming\/[^/]+$/.test(place)));
}

/** Puts a stranger's file into a vault. */
export async function strangerAt(root: string, place: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(root, place)), { recursive: true });
  await writeFile(path.join(root, place), content);
}

/** The real addon, until so many steps of arrangements were done: then it is as if the process had ended. */
export function crashingNative(stepsLeft: number): { native: Native; readonly crashed: boolean } {
  let left = stepsLeft;
  let crashed = false;
  const arrange = async (steps: readonly Step[]) => {
    if (crashed) throw new Error('crashed');
    const some = steps.slice(0, left);
    left -= some.length;
    const results = await realNative.arrange(some);
    if (some.length < steps.length) {
      crashed = true;
      throw new Error('crashed');
    }
    return results;
  };
  return {
    native: { ...realNative, arrange },
    get crashed() {
      return crashed;
    },
  };
}

/** A problem's code, an errno's name: what an error is told by. */
export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
