/** How well everything is kept, counted honestly: one state, the numbers of its sentence, the needs. */
import type { Problem, ProblemCode } from '../base/errors.js';

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

export interface CoveringVault {
  readonly key: number;
  readonly name: string;
  /** The physical device (for a bucket, the service) that it lies on; `undefined` where that is not known. */
  readonly device: string | undefined;
  readonly connected: boolean;
  readonly lastSeenAt: number | undefined;
  /** It should be seen again so many days after it was last seen. */
  readonly dueDays?: number | undefined;
  readonly medium?: string | undefined;
  readonly place?: string | undefined;
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

export interface Description {
  readonly state: State;
  readonly sentenceParts: SentenceParts;
  readonly sources: readonly SourceCoverage[];
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
  return { state: stateOf(input, needs, damaged || needs.some(isGrave)), sentenceParts, sources, needs };
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
    if (share.behindFiles > 0 || share.damagedFiles > 0) partial.add(vault.device);
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
  const { nowMs, longestUnprotectedMs = planOf(input.vaults) } = input;
  const filled = input.sources.filter((source) => source.files > 0);
  if (input.vaults.length === 0 && filled.length > 0) {
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
  for (const vault of input.vaults) {
    const dueAt = dueAtOf(vault);
    if (dueAt === undefined || vault.connected || nowMs <= dueAt) continue;
    const facts = { dueAt, ...(vault.place === undefined ? {} : { place: vault.place }) };
    needs.push({ code: 'vault-due', subject: vault.name, facts });
  }
  return needs;
}

/** A drive that is away as planned is no reason to worry; one that nobody dated is expected every day. */
function planOf(vaults: readonly CoveringVault[]): number {
  return dayMs * Math.max(1, Math.min(365, ...vaults.map((vault) => vault.dueDays ?? 1)));
}

/** Whether a copy on another device is being made right now. */
function isComing({ key }: SourceCoverage, { sources, vaults, working }: CoverageInput): boolean {
  const here = sources.find((source) => source.key === key)?.device;
  const isElsewhere = ({ device }: CoveringVault): boolean => device !== undefined && device !== here;
  return working && vaults.some((vault) => vault.connected && isElsewhere(vault));
}

/** When a vault should be seen again at the latest, ms; `undefined` when nobody said or it was never seen. */
export function dueAtOf(vault: Pick<CoveringVault, 'lastSeenAt' | 'dueDays'>): number | undefined {
  if (vault.dueDays === undefined || vault.lastSeenAt === undefined) return undefined;
  return vault.lastSeenAt + vault.dueDays * dayMs;
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
