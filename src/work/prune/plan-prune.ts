/**
 * The plan of a pruning: which stored versions retention lets go, and which stay because something still
 * needs them.
 */
import { joinPath } from '../../base/paths.js';
import type { ContentHash } from '../../base/types.js';
import { decideRetention, type RetentionDecision, type RetentionRule } from '../../rules/retention.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import type { SourceRow, StoredRow, VersionRow } from '../../store/catalog/types.js';
import type { OpenedVault } from '../parts/open-vaults.js';
import { versionOf } from '../parts/version-of.js';

/** A stored version that goes. */
export interface Removal {
  readonly opened: OpenedVault;
  readonly row: StoredRow;
  /** Relative to the vault's root. */
  readonly stored: string;
  /** `source/path`. */
  readonly path: string;
  readonly reasons: readonly string[];
  /**
   * Other copies of its content in this vault, of which something that stays needs one; empty: nothing needs
   * any.
   */
  readonly relyOn: readonly StoredRow[];
}

export interface PrunePlan {
  /** Vault by vault, in the order of paths. */
  readonly removals: readonly Removal[];
  /** Stored versions aside that stay. */
  readonly kept: number;
}

export interface PlanOptions {
  readonly open: readonly OpenedVault[];
  readonly rule: RetentionRule;
  readonly nowMs: number;
  /** Only what this installation keeps is its to thin. */
  readonly writer: string;
}

/**
 * Decides about every stored version in `Versions/` of the open vaults. What `Pictures/` shows is never among
 * them; nor is, in any vault, the last copy of a content that a kept version has, under whatever path: copies
 * in other vaults, away or not, are no reason to thin this one to nothing.
 */
export function planPrune(catalog: Catalog, options: PlanOptions): PrunePlan {
  const own = new Map(
    catalog
      .sources()
      .filter((source) => source.writer === options.writer)
      .map((source) => [source.key, source]),
  );
  const candidates: Removal[] = [];
  let kept = 0;
  for (const source of own.values()) {
    for (const versions of catalog.endedVersions(source.key)) {
      const aside = asideOf(catalog, versions, options.open);
      if (aside.length === 0) continue;
      const found = candidatesAmong({ source, versions, aside }, options);
      candidates.push(...found);
      kept += aside.length - found.length;
    }
  }
  const removals = withoutLastCopies(catalog, candidates, { ...options, isOwn: (key) => own.has(key) });
  removals.sort((a, b) => a.opened.key - b.opened.key || (a.stored < b.stored ? -1 : 1));
  return { removals, kept: kept + candidates.length - removals.length };
}

interface Aside {
  readonly opened: OpenedVault;
  readonly row: StoredRow;
  readonly stored: string;
}

/** What the open vaults have under `Versions/` of one file. */
function asideOf(catalog: Catalog, versions: readonly VersionRow[], open: readonly OpenedVault[]): Aside[] {
  const [first] = versions;
  if (!first) return [];
  return catalog.storedFor(first.fileKey).flatMap((row) => {
    const opened = open.find((vault) => vault.key === row.vaultKey);
    if (!opened || row.newest || !row.stored?.startsWith('Versions/')) return [];
    return [{ opened, row, stored: row.stored }];
  });
}

interface FileToThin {
  readonly source: SourceRow;
  readonly versions: readonly VersionRow[];
  readonly aside: readonly Aside[];
}

function candidatesAmong({ source, versions, aside }: FileToThin, options: PlanOptions): Removal[] {
  const decisions = decide(versions, options);
  return aside.flatMap((each) => {
    const version = versionOf(each.row, versions);
    const decision = version && decisions.get(version.key);
    // What belongs to no version we know of is nobody's to remove.
    if (!decision || decision.keep) return [];
    return [{ ...each, path: joinPath(source.name, version.path), reasons: decision.reasons, relyOn: [] }];
  });
}

function decide(
  versions: readonly VersionRow[],
  { rule, nowMs }: PlanOptions,
): Map<number, RetentionDecision> {
  return new Map(decideRetention(versions, rule, nowMs).map((decision) => [decision.key, decision]));
}

/**
 * The candidates but for those without which a vault would have no good copy of what some kept version has.
 */
function withoutLastCopies(
  catalog: Catalog,
  candidates: readonly Removal[],
  options: PlanOptions & { readonly isOwn: (sourceKey: number) => boolean },
): Removal[] {
  const contents = new Set(candidates.flatMap(({ row }) => (row.b3 === undefined ? [] : [row.b3])));
  const needed = neededContents(catalog, contents, options);
  const groups = new Map<string, Removal[]>();
  for (const candidate of candidates) {
    const { opened, row } = candidate;
    // What nothing needs is not weighed against anything.
    const group = row.b3 === undefined || !needed.has(row.b3) ? '' : `${opened.key} ${row.b3}`;
    const members = groups.get(group);
    if (members) members.push(candidate);
    else groups.set(group, [candidate]);
  }
  const removals = groups.get('') ?? [];
  groups.delete('');
  for (const group of groups.values()) removals.push(...weighed(catalog, group));
  return removals;
}

/**
 * Candidates of one vault with one content that is needed: where there is no other copy, the best of them
 * stays.
 */
function weighed(catalog: Catalog, group: readonly Removal[]): Removal[] {
  const [first] = group;
  if (first?.row.b3 === undefined) return [];
  const going = new Set(group.map(({ row }) => row.key));
  const others = catalog.copiesOf({ b3: first.row.b3 }).filter((row) => {
    const stays = row.vaultKey === first.opened.key && row.stored !== undefined && !going.has(row.key);
    return stays && row.damagedAt === undefined;
  });
  if (others.length > 0) return group.map((each) => ({ ...each, relyOn: others }));
  const best = group.reduce((one, other) => (proofOf(other.row) > proofOf(one.row) ? other : one));
  return group.filter((each) => each !== best).map((each) => ({ ...each, relyOn: [best.row] }));
}

function proofOf(row: StoredRow): number {
  return row.damagedAt === undefined ? (row.provenAt ?? 0) : -1;
}

/**
 * Which of these contents a version has that stays: a current one, one that the rule keeps, one of another
 * keeper.
 */
function neededContents(
  catalog: Catalog,
  contents: ReadonlySet<ContentHash>,
  options: PlanOptions & { readonly isOwn: (sourceKey: number) => boolean },
): Set<ContentHash> {
  const needed = new Set<ContentHash>();
  if (contents.size === 0) return needed;
  for (const fileKey of catalog.filesHolding([...contents])) {
    const versions = catalog.versionsOfFile(fileKey);
    const decisions = decide(versions, options);
    for (const { key, sourceKey, content } of versions) {
      if (content.b3 === undefined || !contents.has(content.b3)) continue;
      if (!options.isOwn(sourceKey) || decisions.get(key)?.keep !== false) needed.add(content.b3);
    }
  }
  return needed;
}
