/** How well everything is kept, counted honestly: one state, the numbers of its sentence, the needs. */
import type { Problem, ProblemCode } from '../base/errors.js';
import { overdueAt } from './rotation.js';
import type { ExpectedVault, Overdue } from './rotation.js';

/** A source, as the last scan saw it. `key` is whatever `kept` refers to it by. */
export interface CoveredSource {
  readonly key: number;
  readonly name: string;
  /** The physical device it lies on; `undefined` where that is not known, also from earlier. */
  readonly device: string | undefined;
  readonly files: number;
  readonly bytes: number;
  /** Files whose present content is in no vault at all. */
  readonly unprotectedFiles: number;
  /** Since when, ms. */
  readonly oldestUnprotectedAt: number | undefined;
}

/**
 * A vault. One that is retired counts where it lacks nothing, for what it holds it holds; one that lacks
 * anything does not count at all, for it will never get it.
 */
export interface CoveringVault extends ExpectedVault {
  readonly key: number;
  /** The physical device (for a bucket, the service) that it lies on; `undefined` where that is not known. */
  readonly device: string | undefined;
  readonly medium?: string | undefined;
  readonly offSite?: boolean | undefined;
}

/** How far one source is kept in one vault. */
export interface KeptShare {
  readonly sourceKey: number;
  readonly vaultKey: number;
  readonly behindFiles: number;
  readonly provenFiles: number;
  readonly writtenFiles: number;
  readonly damagedFiles: number;
}

export interface CoverageInput {
  readonly sources: readonly CoveredSource[];
  readonly vaults: readonly CoveringVault[];
  readonly kept: readonly KeptShare[];
  /** Problems that are open: they stay until somebody or something resolves them. */
  readonly alarms: readonly Problem[];
  readonly paused: boolean;
  readonly working: boolean;
  readonly nowMs: number;
  /**
   * How long a changed file may be in no vault. Default: until the first vault is due, a day where none is.
   */
  readonly longestUnprotectedMs?: number;
}

export type State = 'protected' | 'working' | 'attention' | 'at risk' | 'paused';

/** The 3-2-1-1-0 numbers of what is kept least. */
export interface Coverage {
  /** Whole copies on distinct devices; the working original is one of them. 0 without any files. */
  readonly copies: number;
  /**
   * Devices beyond those whose copies lack something: changes since they were last here, or damaged files.
   */
  readonly partialCopies: number;
  /** Copies in vaults that are not connected now: what a fire in the cable or a virus does not reach. */
  readonly disconnectedCopies: number;
  /** Copies away from home. */
  readonly offSiteCopies: number;
}

export interface SourceCoverage extends Coverage {
  readonly key: number;
  readonly name: string;
}

/** What a sentence about all of it needs; the sentence is made in `face/`. */
export interface SentenceParts extends Coverage {
  readonly files: number;
  readonly bytes: number;
  /** Kinds of medium and places that hold something. */
  readonly media: readonly string[];
  readonly places: readonly string[];
  readonly unprotectedFiles: number;
  readonly oldestUnprotectedAt: number | undefined;
  /** Stored copies by what is known of them. */
  readonly evidence: { readonly proven: number; readonly written: number; readonly damaged: number };
}

/** What lies on one physical device, and so counts once: its loss is the loss of all of it. */
export interface SharedDevice {
  /** Names. Never empty. */
  readonly vaults: readonly string[];
  /** Names of the sources on it, of which a vault there is no copy at all. */
  readonly sources: readonly string[];
}

export interface Description {
  readonly state: State;
  readonly sentenceParts: SentenceParts;
  readonly sources: readonly SourceCoverage[];
  readonly sharedDevices: readonly SharedDevice[];
  /** What somebody should do something about, the worst first. */
  readonly needs: readonly Problem[];
}

const dayMs = 86_400_000;

/** Alarms that mean that a picture may be lost; the others only want attention. */
const grave: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'copy-mismatch',
  'copy-missing',
  'copy-unreadable',
  'no-good-copy',
  'no-vault',
  'ledger-damaged',
  'ledger-missing-segment',
  'ledger-behind',
  'file-changed-silently',
  'database-damaged',
  'unprotected-too-long',
  'vault-lies',
]);

/**
 * Describes how well everything is kept. *At risk*: a copy is damaged, or something is in no vault for longer
 * than the plan allows. *Paused*: a person said so. *Attention*: something wants doing. *Working*.
 * *Protected*: none of these. The first that applies, so a pause hides needs but never a risk, and nothing is
 * called protected while its only vaults share a device with it.
 */
export function describeState(input: CoverageInput): Description {
  const sources = input.sources.map((source) => coverageOf(source, input));
  const needs = [...input.alarms, ...needsOf(input, sources)];
  const isGrave = (need: Problem): boolean => grave.has(need.code);
  needs.sort((a, b) => Number(isGrave(b)) - Number(isGrave(a)));
  const sentenceParts = partsOf(input, sources);
  const damaged = sentenceParts.evidence.damaged > 0;
  const state = stateOf(input, needs, damaged || needs.some(isGrave));
  return { state, sentenceParts, sources, sharedDevices: sharedDevicesOf(input), needs };
}

/** Every device on which there is a vault, and anything else. */
function sharedDevicesOf({ sources, vaults }: CoverageInput): SharedDevice[] {
  const devices = new Set(vaults.map((vault) => vault.device).filter((device) => device !== undefined));
  return [...devices]
    .map((device) => ({
      vaults: vaults.filter((vault) => vault.device === device).map(({ name }) => name),
      sources: sources.filter((source) => source.device === device).map(({ name }) => name),
    }))
    .filter((shared) => shared.vaults.length + shared.sources.length > 1);
}

function stateOf(input: CoverageInput, needs: readonly Problem[], atRisk: boolean): State {
  if (atRisk) return 'at risk';
  if (input.paused) return 'paused';
  if (needs.length > 0) return 'attention';
  return input.working ? 'working' : 'protected';
}

/**
 * A device is counted once, whatever number of vaults is on it, and not at all when the original is on it
 * too.
 */
function coverageOf(source: CoveredSource, input: CoverageInput): SourceCoverage {
  const none = { key: source.key, name: source.name };
  if (source.files === 0) {
    return { ...none, copies: 0, partialCopies: 0, disconnectedCopies: 0, offSiteCopies: 0 };
  }
  const whole = new Map<string, CoveringVault[]>();
  const partial = new Set<string>();
  for (const share of input.kept) {
    const vault = input.vaults.find((each) => each.key === share.vaultKey);
    // What lies on an unknown device may lie on one that is counted already.
    if (share.sourceKey !== source.key || vault?.device === undefined || vault.device === source.device)
      continue;
    const good = share.provenFiles + share.writtenFiles - share.damagedFiles;
    if (good <= 0) continue;
    const lacks = share.behindFiles > 0 || share.damagedFiles > 0;
    if (lacks && vault.retired === true) continue;
    if (lacks) partial.add(vault.device);
    else whole.set(vault.device, [...(whole.get(vault.device) ?? []), vault]);
  }
  const devices = [...whole.values()];
  // Where the original lies is not known: it may be on one of them.
  const elsewhere = source.device === undefined ? Math.max(0, whole.size - 1) : whole.size;
  return {
    ...none,
    copies: 1 + elsewhere,
    partialCopies: [...partial].filter((device) => !whole.has(device)).length,
    disconnectedCopies: devices.filter((vaults) => vaults.every((vault) => !vault.connected)).length,
    offSiteCopies: devices.filter((vaults) => vaults.some((vault) => vault.offSite === true)).length,
  };
}

function needsOf(input: CoverageInput, sources: readonly SourceCoverage[]): Problem[] {
  const needs: Problem[] = [];
  const active = input.vaults.filter((vault) => vault.retired !== true);
  const { nowMs, longestUnprotectedMs = planOf(active) } = input;
  const filled = input.sources.filter((source) => source.files > 0);
  if (active.length === 0 && filled.length > 0) {
    return filled.map((source) => ({
      code: 'no-vault',
      subject: source.name,
      facts: { files: source.files },
    }));
  }
  for (const source of input.sources) {
    const { oldestUnprotectedAt, unprotectedFiles: files } = source;
    if (files === 0 || oldestUnprotectedAt === undefined) continue;
    if (nowMs - oldestUnprotectedAt <= longestUnprotectedMs) continue;
    needs.push({ code: 'unprotected-too-long', subject: source.name, facts: { files, oldestUnprotectedAt } });
  }
  for (const source of sources) {
    if (source.copies !== 1 || source.partialCopies > 0 || isComing(source, input)) continue;
    needs.push({ code: 'one-device-only', subject: source.name });
  }
  needs.push(...overdueAt(input.vaults, nowMs).map(dueNeed));
  return needs;
}

function dueNeed(overdue: Overdue<CoveringVault>): Problem {
  const { dueAt } = overdue;
  if (overdue.kind === 'group') {
    const vaults = overdue.vaults.map(({ name, place }) =>
      place === undefined ? name : `${name} (${place})`,
    );
    return { code: 'rotation-due', subject: overdue.group, facts: { dueAt, vaults: vaults.join(', ') } };
  }
  const { name, place } = overdue.vault;
  return { code: 'vault-due', subject: name, facts: { dueAt, ...(place === undefined ? {} : { place }) } };
}

/** A drive that is away as planned is no reason to worry; one that nobody dated is expected every day. */
function planOf(vaults: readonly CoveringVault[]): number {
  return dayMs * Math.max(1, Math.min(365, ...vaults.map((vault) => vault.dueDays ?? 1)));
}

/** Whether a copy on another device is being made right now. */
function isComing({ key }: SourceCoverage, { sources, vaults, working }: CoverageInput): boolean {
  const here = sources.find((source) => source.key === key)?.device;
  const isElsewhere = ({ device }: CoveringVault): boolean => device !== undefined && device !== here;
  return working && vaults.some((vault) => vault.connected && vault.retired !== true && isElsewhere(vault));
}

function partsOf(input: CoverageInput, sources: readonly SourceCoverage[]): SentenceParts {
  const holding = input.vaults.filter((vault) =>
    input.kept.some((share) => share.vaultKey === vault.key && share.provenFiles + share.writtenFiles > 0),
  );
  const filled = sources.filter((source) => source.copies > 0);
  const least = (count: (source: SourceCoverage) => number): number =>
    filled.length === 0 ? 0 : Math.min(...filled.map(count));
  const unprotected = input.sources
    .map((source) => source.oldestUnprotectedAt)
    .filter((at) => at !== undefined);
  return {
    files: sum(input.sources, (source) => source.files),
    bytes: sum(input.sources, (source) => source.bytes),
    copies: least((source) => source.copies),
    partialCopies: least((source) => source.partialCopies),
    disconnectedCopies: least((source) => source.disconnectedCopies),
    offSiteCopies: least((source) => source.offSiteCopies),
    media: distinct(holding.map((vault) => vault.medium)),
    places: distinct(holding.map((vault) => vault.place)),
    unprotectedFiles: sum(input.sources, (source) => source.unprotectedFiles),
    oldestUnprotectedAt: unprotected.length === 0 ? undefined : Math.min(...unprotected),
    evidence: {
      proven: sum(input.kept, (share) => share.provenFiles),
      written: sum(input.kept, (share) => share.writtenFiles),
      damaged: sum(input.kept, (share) => share.damagedFiles),
    },
  };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
