/** Opening a vault for one pass: nothing is written before its marker has said that it is ours. */
import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { GlassineError, problem } from '../../base/errors.js';
import type { Clock } from '../../base/time.js';
import { flushFolder, isAbsent } from '../../platform/files.js';
import type { Native } from '../../platform/native.js';
import { startOfLedger } from '../ledger/chain.js';
import type { LedgerPosition } from '../ledger/lines.js';
import { examineLedger, type LedgerFindings } from '../ledger/reader.js';
import { LedgerWriter } from '../ledger/writer.js';
import { FolderVault } from './folder-vault.js';
import { incomingFolder, ledgerFolder, placeIn, topFolders } from './layout.js';
import { readMarker, requireOurs } from './marker.js';
import { cautiousRules, probeNames } from './probe.js';
import type { LedgerState, NameRules, Vault } from './types.js';
import { asProblem, isFull, vaultProblem } from './vault-errors.js';

export { createVault, type CreateOptions } from './create-vault.js';

export interface OpenOptions {
  /** The vault's own folder, as {@link createVault} or {@link vaultRootOf} gives it. */
  readonly root: string;
  /** The id its marker must have. */
  readonly id: string;
  /** Our name in it. */
  readonly writer: string;
  readonly native: Native;
  readonly clock: Clock;
  /** What people call it: the subject of problems. Default its root. */
  readonly name?: string;
  /** How far each writer's ledger was read before: only what came since is verified. */
  readonly known?: ReadonlyMap<string, LedgerPosition>;
  /** Writes nothing at all, and lets be what would forbid writing. Default false. */
  readonly readOnly?: boolean;
  /** Default 8 MiB. */
  readonly segmentLimitBytes?: number;
}

/**
 * Opens a vault for one pass. Throws `vault-away`, `vault-no-marker`, `vault-other`, `vault-newer`,
 * `vault-unsupported`, `vault-read-only`, `vault-full`, `vault-io`, and when our own ledger is not sound
 * `ledger-damaged`, `ledger-missing-segment`, `ledger-newer` or `ledger-behind`. What is wrong with ledgers
 * of other
 * writers is told by {@link Vault.ledgers}. With `readOnly` only what makes reading impossible is thrown.
 */
export async function openVault(options: OpenOptions): Promise<Vault> {
  const name = options.name ?? options.root;
  try {
    return await open({ ...options, name });
  } catch (error) {
    throw isAbsent(error) ? problem('vault-away', name, { cause: error }) : vaultProblem(error, name);
  }
}

const nothingFound: LedgerFindings = { position: startOfLedger, tail: undefined, unsettled: [], lastAt: '' };

type Named = OpenOptions & { readonly name: string };

async function open(options: Named): Promise<Vault> {
  const { root, id, writer, native, clock, name, readOnly = false } = options;
  const device = String((await stat(root, { bigint: true })).dev);
  requireOurs(await readMarker(root, name), { id, subject: name, readOnly });
  await requireLayout(options);
  if (!readOnly && (await native.volumeOf(root)).readOnly) throw problem('vault-read-only', name);
  const findings = await examineAll(options);
  const parts = { id, root, name, device, writer, native, clock, findings };
  if (readOnly) {
    const rules = probed.get(`${id}:${device}`) ?? cautiousRules;
    return new FolderVault({ ...parts, rules, ledger: undefined });
  }
  const own = findings.get(writer) ?? nothingFound;
  findings.set(writer, own);
  if (own.problem) throw new GlassineError(own.problem);
  await makeOurFolders(root, writer);
  const rules = await rulesOf(options, device);
  const { segmentLimitBytes } = options;
  const ledger = await LedgerWriter.open(placeIn(root, ledgerFolder(writer)), own, {
    ...{ hash: (bytes) => native.hash(bytes), clock },
    ...(segmentLimitBytes !== undefined && { segmentLimitBytes }),
  });
  const vault = new FolderVault({ ...parts, rules, ledger });
  try {
    await vault.recover();
    return vault;
  } catch (error) {
    await vault.close();
    throw error;
  }
}

/** A link in the place of a folder could lead our writing anywhere. */
async function requireLayout({ root, name }: Named): Promise<void> {
  for (const folder of topFolders) {
    const found = await lstatOf(placeIn(root, folder));
    if (found && !found.isDirectory())
      throw problem('vault-unsupported', name, { detail: `${folder} is no folder` });
  }
}

async function lstatOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Only here, on a vault whose marker was just read, and never during a pass. */
async function makeOurFolders(root: string, writer: string): Promise<void> {
  const missing: string[] = [];
  for (const folder of [...topFolders, ledgerFolder(writer), incomingFolder(writer)]) {
    if (!(await lstatOf(placeIn(root, folder)))) missing.push(folder);
  }
  for (const folder of missing) await mkdir(placeIn(root, folder));
  if (missing.length === 0) return;
  for (const folder of ['', 'Ledger', 'Incoming']) await flushFolder(placeIn(root, folder));
}

/** Probing costs a few dozen calls: once for each vault on each volume while we run. */
const probed = new Map<string, NameRules>();

async function rulesOf({ root, id, writer }: Named, device: string): Promise<NameRules> {
  const known = probed.get(`${id}:${device}`);
  if (known) return known;
  try {
    const rules = await probeNames(placeIn(root, incomingFolder(writer)));
    probed.set(`${id}:${device}`, rules);
    return rules;
  } catch (error) {
    // A full volume can still be pruned, and nothing new goes to it before there is room.
    if (isFull(error)) return cautiousRules;
    throw error;
  }
}

async function examineAll(options: Named): Promise<Map<string, LedgerFindings>> {
  const { root, writer, known } = options;
  const findings = new Map<string, LedgerFindings>();
  for (const each of await writersOf(root)) {
    const examined = examine(options, each, known?.get(each));
    findings.set(
      each,
      each === writer ? await examined : await examined.catch((error: unknown) => unread(error, each)),
    );
  }
  if (!findings.has(writer) && known?.has(writer)) {
    findings.set(writer, await examine(options, writer, known.get(writer)));
  }
  return findings;
}

function examine({ root, native }: Named, writer: string, known?: LedgerPosition): Promise<LedgerFindings> {
  const folder = ledgerFolder(writer);
  return examineLedger(placeIn(root, folder), {
    hash: (bytes) => native.hash(bytes),
    subject: folder,
    known,
  });
}

/**
 * Another writer's ledger that the medium does not give back is a problem of its own; ours is still written.
 */
function unread(error: unknown, writer: string): LedgerFindings {
  const found = asProblem(error, ledgerFolder(writer));
  return { ...nothingFound, problem: found };
}

/**
 * Every writer with a ledger in a vault; what was set aside as damaged, and other systems' leavings, are
 * none.
 */
export async function writersOf(root: string): Promise<string[]> {
  try {
    const entries = await readdir(placeIn(root, 'Ledger'), { withFileTypes: true });
    const folders = entries.filter(
      (entry) => entry.isDirectory() && /^[0-9A-Za-z][0-9A-Za-z._-]*$/.test(entry.name),
    );
    return folders.map((entry) => entry.name).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Reads every ledger of a vault from its first line, as `verify` does. Throws errors of the machine. */
export async function verifyLedgers(options: Pick<OpenOptions, 'root' | 'native'>): Promise<LedgerState[]> {
  const states: LedgerState[] = [];
  for (const writer of await writersOf(options.root)) {
    const named = { ...options, name: options.root, id: '', writer, clock: { now: () => 0 } };
    const { position, problem: found } = await examine(named, writer).catch((error: unknown) =>
      unread(error, writer),
    );
    states.push({ writer, position, ...(found && { problem: found }) });
  }
  return states;
}
