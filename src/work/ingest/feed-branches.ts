/** Which destinations of an ingest lie in protected folders, and which vaults can be fed with what they get. */
import path from 'node:path';
import { GlassineError, problem } from '../../base/errors.js';
import { joinPath, type SourcePath } from '../../base/paths.js';
import type { SourceSetting, VaultSetting } from '../../base/settings.js';
import type { Moment } from '../../base/time.js';
import { realPath } from '../../platform/files.js';
import type { SourceRow } from '../../store/catalog/types.js';
import type { Vault } from '../../store/vault/types.js';
import type { WorkDeps } from '../deps.js';
import { putSource, volumeOfSource } from '../parts/source-here.js';
import type { VaultTally } from '../parts/vault-tally.js';
import { type OpenTarget, openTarget } from '../parts/vault-target.js';
import type { Destination } from './destination.js';
import type { WantedFile } from './wanted.js';

/** What is protected. A vault that is away gets what it lacks from the next pass that finds it. */
export interface FeedOptions {
  readonly sources: readonly SourceSetting[];
  readonly vaults: readonly VaultSetting[];
}

/** What an ingest is about to copy, and where to. */
export interface FeedPlan {
  readonly destinations: readonly Destination[];
  readonly files: readonly WantedFile[];
}

/** A destination that lies in a source. */
export interface Nested {
  readonly destination: Destination;
  readonly setting: SourceSetting;
  /** The job's folder there, as a path of the source. */
  readonly folder: SourcePath;
}

/** The same with the vaults that keep the source. */
export interface Branch extends Omit<Nested, 'setting'> {
  readonly source: SourceRow;
  readonly targets: readonly OpenTarget[];
}

export interface FedVault {
  readonly vault: Vault;
  readonly tally: VaultTally;
}

/** Room that is left alone on a volume: for receipts and ledgers. */
const spareBytes = 16 << 20;
/** Files take whole blocks, and one more for their folder. */
const blockBytes = 4_096;

/**
 * The destinations that lie in a source which is there, on the volume it was added on. Links are followed, as
 * no scan would do it: only what is truly inside counts.
 */
export async function nestedIn(
  deps: WorkDeps,
  sources: readonly SourceSetting[],
  destinations: readonly Destination[],
): Promise<Nested[]> {
  const found: Nested[] = [];
  for (const setting of sources) {
    const root = await realPath(setting.root).catch(() => undefined);
    if (root === undefined) continue;
    for (const destination of destinations) {
      const inside = await pathInside(root, destination.root);
      if (inside === undefined || (await volumeOfSource(deps, setting)) instanceof GlassineError) continue;
      found.push({ destination, setting, folder: inside });
    }
  }
  return found;
}

async function pathInside(root: string, folder: string): Promise<SourcePath | undefined> {
  const real = await realPath(folder).catch(() => undefined);
  if (real === undefined) return undefined;
  const names = path.relative(root, real).split(path.sep);
  const isOutside = names[0] === '..' || path.isAbsolute(names.join(path.sep));
  return isOutside ? undefined : names.join('/');
}

/** Makes the vaults ready. One that fails drops out, with its problem in its tally. */
export async function branchOut(
  deps: WorkDeps,
  nested: readonly Nested[],
  { vaults, moment, plan }: { vaults: readonly FedVault[]; moment: Moment; plan: FeedPlan },
): Promise<Map<Destination, Branch>> {
  await spareDestinations(deps, vaults, { nested, plan });
  const sources = new Map<string, Pick<Branch, 'source' | 'targets'>>();
  const branches = new Map<Destination, Branch>();
  for (const { destination, setting, folder } of nested) {
    moment.take();
    const known = sources.get(setting.id) ?? (await targetsFor(deps, setting, vaults));
    sources.set(setting.id, known);
    branches.set(destination, { destination, folder, ...known });
  }
  return branches;
}

async function targetsFor(
  deps: WorkDeps,
  setting: SourceSetting,
  vaults: readonly FedVault[],
): Promise<Pick<Branch, 'source' | 'targets'>> {
  const source = putSource(deps, setting);
  const targets: OpenTarget[] = [];
  for (const each of vaults) {
    if (each.tally.problem !== undefined) continue;
    try {
      targets.push(await openTarget(deps, source, each));
    } catch (error) {
      // That another installation keeps the source is no fault of the vault's, and the next pass says so.
      const isElsewhere = error instanceof GlassineError && error.code === 'source-continued-elsewhere';
      if (!isElsewhere) each.tally.dropOut(error);
    }
  }
  return { source, targets };
}

/** A vault never takes the room that a destination on the same volume needs. */
async function spareDestinations(
  deps: WorkDeps,
  vaults: readonly FedVault[],
  { nested, plan }: { nested: readonly Nested[]; plan: FeedPlan },
): Promise<void> {
  const volumeOf = (root: string) => deps.native.volumeOf(root).catch(() => undefined);
  const bytesFor = (destination: Destination): number =>
    plan.files
      .filter(({ destinations }) => destinations.includes(destination))
      .reduce((sum, { file }) => sum + Math.ceil(file.bytes / blockBytes + 1) * blockBytes, 0);
  const needed = new Map<string, number>();
  for (const destination of plan.destinations) {
    const device = (await volumeOf(destination.root))?.device;
    if (device !== undefined) needed.set(device, (needed.get(device) ?? spareBytes) + bytesFor(destination));
  }
  const fedBytes = nested.reduce((sum, { destination }) => sum + bytesFor(destination), 0);
  for (const { vault, tally } of vaults) {
    const facts = await volumeOf(vault.root);
    const others = needed.get(facts?.device ?? '');
    if (!facts || others === undefined) continue;
    const lacking = others + fedBytes - facts.freeBytes;
    if (lacking <= 0) needed.set(facts.device, others + fedBytes);
    else tally.problem = problem('vault-full', tally.name, { facts: { neededBytes: lacking } }).problem;
  }
}

/** Where a file of the card comes to lie in the source. */
export function pathIn({ folder }: Branch, to: SourcePath): SourcePath {
  return joinPath(folder, to);
}
