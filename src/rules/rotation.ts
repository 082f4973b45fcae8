/**
 * When drives are expected back. A drive has its own date: so many days after it was last seen. Drives of one
 * group take turns, so that one of them is away is as it should be until its date; but one of them at least
 * has to come by within the shortest of their intervals.
 *
 * Days are of 24 hours from moment to moment. No calendar and no local clock is asked, so that a change to
 * daylight saving time, a journey or a computer that slept changes nothing.
 */

const dayMs = 86_400_000;

/** What of a vault says when it is expected. */
export interface ExpectedVault {
  readonly name: string;
  readonly connected: boolean;
  /** ms; `undefined`: never. */
  readonly lastSeenAt: number | undefined;
  /** It should be seen again so many days after it was last seen. */
  readonly dueDays?: number | undefined;
  readonly place?: string | undefined;
  /** The rotation it belongs to. */
  readonly group?: string | undefined;
  /** It is put away for good, and never expected. */
  readonly retired?: boolean | undefined;
}

/** Somebody should bring a drive. */
export type Overdue<V extends ExpectedVault> =
  | { readonly kind: 'vault'; readonly vault: V; readonly dueAt: number }
  /** None of these was seen in time; the one that was away longest comes first. */
  | { readonly kind: 'group'; readonly group: string; readonly vaults: readonly V[]; readonly dueAt: number };

/**
 * When a vault should be seen again at the latest, ms; `undefined` when nobody said, when it was never seen,
 * and for one that is retired.
 */
export function dueAtOf(
  vault: Pick<ExpectedVault, 'lastSeenAt' | 'dueDays' | 'retired'>,
): number | undefined {
  if (vault.retired === true) return undefined;
  if (vault.dueDays === undefined || vault.lastSeenAt === undefined) return undefined;
  return vault.lastSeenAt + vault.dueDays * dayMs;
}

/**
 * Which drives are past their dates at `nowMs`, in the order in which they are given. A group of which none
 * was seen in time is told once, in place of each of its drives.
 */
export function overdueAt<V extends ExpectedVault>(vaults: readonly V[], nowMs: number): Overdue<V>[] {
  const overdue: Overdue<V>[] = [];
  const told = new Set<string>();
  for (const vault of vaults) {
    const { group } = vault;
    if (group !== undefined && vault.retired !== true) {
      const silent = silentGroup(group, vaults, nowMs);
      if (silent && !told.has(group)) overdue.push(silent);
      told.add(group);
      if (silent) continue;
    }
    const dueAt = dueAtOf(vault);
    if (dueAt !== undefined && !vault.connected && nowMs > dueAt)
      overdue.push({ kind: 'vault', vault, dueAt });
  }
  return overdue;
}

/** The drives that take turns in a group, those that are put away left out. */
export function membersOf<V extends ExpectedVault>(group: string, vaults: readonly V[]): V[] {
  return vaults.filter((vault) => vault.group === group && vault.retired !== true);
}

/** A group of several drives of which none was seen within the shortest of their intervals. */
function silentGroup<V extends ExpectedVault>(
  group: string,
  vaults: readonly V[],
  nowMs: number,
): Overdue<V> | undefined {
  const members = membersOf(group, vaults);
  const intervals = members.flatMap(({ dueDays }) => dueDays ?? []);
  const seen = members.flatMap(({ lastSeenAt }) => lastSeenAt ?? []);
  // A drive alone takes no turns, and where nobody said how often, nothing is late.
  if (members.length < 2 || intervals.length === 0 || seen.length === 0) return undefined;
  if (members.some(({ connected }) => connected)) return undefined;
  const dueAt = Math.max(...seen) + Math.min(...intervals) * dayMs;
  if (nowMs <= dueAt) return undefined;
  const bySight = [...members].sort((a, b) => (a.lastSeenAt ?? 0) - (b.lastSeenAt ?? 0));
  return { kind: 'group', group, vaults: bySight, dueAt };
}
