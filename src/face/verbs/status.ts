/** `status`: what is protected, where, how well proven, and what needs doing. */
import { placesSeen } from '../../agent/devices-seen.js';
import type { PlaceSeen } from '../../agent/devices-seen.js';
import { Presence, lookAtSource, lookAtVault } from '../../agent/presence.js';
import { sumUp } from '../../agent/summing-up.js';
import type { ProblemCode, Problem } from '../../base/errors.js';
import { isActive } from '../../base/settings.js';
import type { SourceSetting, VaultSetting } from '../../base/settings.js';
import { fromRfc3339, toRfc3339 } from '../../base/time.js';
import { untilResumed } from '../../agent/config.js';
import { describeState } from '../../rules/coverage.js';
import type { CoveredSource, CoveringVault, Description } from '../../rules/coverage.js';
import { fullAtOf, rateSince } from '../../rules/filling.js';
import { dueAtOf } from '../../rules/rotation.js';
import type { KeptSummary } from '../../store/catalog/types.js';
import type { App } from '../app.js';
import type { StatusDocument } from '../documents/looking.js';
import { sentenceFor } from '../sentences.js';
import { sharedDeviceSentence, statusSentence } from '../text/status-sentence.js';

/** Everything the document is made of, gathered once. */
interface Facts {
  readonly sources: readonly (CoveredSource & {
    readonly setting: SourceSetting;
    readonly connected: boolean;
  })[];
  readonly vaults: readonly (CoveringVault & {
    readonly setting: VaultSetting;
    readonly seen: PlaceSeen;
  })[];
  /** When a vault that is used was last here, ms: what is in none waits since then, at most. */
  readonly latestVaultAt: number;
  readonly kept: readonly KeptSummary[];
  readonly pausedUntil: string | undefined;
  readonly nowMs: number;
}

export async function run(app: App): Promise<StatusDocument> {
  await sumUp(app.installation, () => app.signal?.aborted !== true);
  const facts = await gather(app);
  const agent = app.agent?.state();
  const description = describeState({
    sources: facts.sources,
    vaults: facts.vaults,
    kept: facts.kept,
    alarms: alarmsOf(app),
    paused: facts.pausedUntil !== undefined,
    working: agent?.running !== undefined,
    nowMs: facts.nowMs,
  });
  return {
    // Risk is a finding, which the exit status tells too.
    outcome: description.state === 'at risk' ? 'failed' : 'good',
    state: description.state,
    sentence: statusSentence(description, facts),
    sources: facts.sources.map(sourceEntry),
    vaults: facts.vaults.map((vault) => vaultEntry(app, vault, facts)),
    coverage: coverageEntry(description),
    needs: description.needs.map((need) => ({ code: need.code, sentence: sentenceFor(need) })),
    cards: (agent?.cards ?? []).map(({ verdict, ...card }) => ({
      ...card,
      ...(verdict && { verdict: { ...verdict, at: toRfc3339(verdict.at) } }),
    })),
    agent: {
      running: agent !== undefined,
      ...(agent?.running !== undefined && { doing: agent.running }),
      ...(agent?.lastPassAt !== undefined && { lastPassAt: toRfc3339(agent.lastPassAt) }),
    },
  };
}

async function gather(app: App): Promise<Facts> {
  const { catalog, clock, config } = app.installation;
  const { sources, vaults, pausedUntil } = config.current;
  const nowMs = clock.now();
  const sourcesHere = new Presence<SourceSetting>(lookAtSource);
  const vaultsHere = new Presence<VaultSetting>(lookAtVault);
  await Promise.all([sourcesHere.look(sources, 1000), vaultsHere.look(vaults, 1000)]);
  const connected = [
    ...sources.filter(({ id }) => sourcesHere.isPresent(id)).map(({ id, root }) => ({ id, path: root })),
    ...vaults.filter(({ id }) => vaultsHere.isPresent(id)).map(({ id, folder }) => ({ id, path: folder })),
  ];
  const seen = await placesSeen(app.installation, connected);
  const coveringVaults = vaults.map((setting, index) => {
    const row = catalog.vault(setting.id);
    const here = vaultsHere.isPresent(setting.id);
    const { name, medium, place, offSite, dueDays, group } = setting;
    return {
      ...{ setting, name, medium, place, offSite, dueDays, group, retired: !isActive(setting) },
      seen: seen.get(setting.id) ?? {},
      // What is not in the history yet has a key of its own, which nothing there has.
      key: row?.key ?? -1 - index,
      device: seen.get(setting.id)?.device,
      connected: here,
      lastSeenAt: here ? nowMs : row?.lastSeenAt,
    };
  });
  const active = coveringVaults.filter((vault) => !vault.retired);
  const latestVaultAt = Math.max(0, ...active.map((vault) => vault.lastSeenAt ?? 0));
  const coveredSources = sources.map((setting, index) => {
    const summary = summaryOf(app, setting, latestVaultAt);
    const key = summary.key ?? -1 - index;
    const { name, id } = setting;
    const device = seen.get(id)?.device;
    return { ...summary, setting, name, key, device, connected: sourcesHere.isPresent(id) };
  });
  const kept = coveredSources.flatMap((source) => coveringVaults.map((vault) => keptIn(app, source, vault)));
  return {
    sources: coveredSources,
    vaults: coveringVaults,
    kept,
    latestVaultAt,
    pausedUntil: pauseOf(pausedUntil, nowMs),
    nowMs,
  };
}

function summaryOf(app: App, setting: SourceSetting, latestVaultAt: number) {
  const { catalog } = app.installation;
  const row = catalog.source(setting.id);
  if (!row)
    return { key: undefined, files: 0, bytes: 0, unprotectedFiles: 0, oldestUnprotectedAt: undefined };
  const { files, bytes, unprotectedFiles, oldestUnprotectedUs } = catalog.work.sourceSummary(row.key);
  // A picture of ten years ago that was put here today waits since today: since a vault was last here, at
  // most.
  const oldestUnprotectedAt =
    oldestUnprotectedUs === undefined
      ? undefined
      : Math.max(Math.floor(oldestUnprotectedUs / 1000), latestVaultAt);
  return { key: row.key, files, bytes, unprotectedFiles, oldestUnprotectedAt };
}

function keptIn(app: App, source: CoveredSource, vault: CoveringVault): KeptSummary {
  const known = source.key >= 0 && vault.key >= 0;
  if (known) return app.installation.catalog.work.keptSummary(source.key, vault.key);
  const nothing = { provenFiles: 0, writtenFiles: 0, damagedFiles: 0 };
  const { key: sourceKey, files: behindFiles, bytes: behindBytes } = source;
  return { sourceKey, vaultKey: vault.key, behindFiles, behindBytes, ...nothing };
}

/** When a pause ends, while there is one. */
function pauseOf(until: string | undefined, nowMs: number): string | undefined {
  if (until === undefined || until === untilResumed) return until;
  return (fromRfc3339(until) ?? 0) > nowMs ? until : undefined;
}

/** What is open: from the history, from the last pass, from the configuration. Each cause once. */
function alarmsOf(app: App): Problem[] {
  const { catalog, config } = app.installation;
  const events = catalog.openEvents().map(({ code, subject, facts }) => {
    return { code: code as ProblemCode, subject, facts };
  });
  const wrong = config.problem ? [config.problem] : [];
  const all = new Map<string, Problem>();
  const refused = app.installation.refused.values();
  const { problems = [], cards = [] } = app.agent?.state() ?? {};
  const held = cards.flatMap(({ name, verdict }): Problem[] =>
    verdict?.safe === false
      ? [{ code: 'card-not-safe', subject: name, facts: { verdict: verdict.sentence } }]
      : [],
  );
  for (const alarm of [...wrong, ...refused, ...held, ...events, ...problems]) {
    // That a drive is away is normal until it is due.
    if (alarm.code !== 'vault-away') all.set(`${alarm.code} ${alarm.subject}`, alarm);
  }
  return [...all.values()];
}

function sourceEntry(source: Facts['sources'][number]): StatusDocument['sources'][number] {
  const { name, setting, connected, files, bytes, unprotectedFiles, oldestUnprotectedAt } = source;
  const since =
    oldestUnprotectedAt === undefined ? {} : { oldestUnprotectedAt: toRfc3339(oldestUnprotectedAt) };
  return { name, root: setting.root, connected, files, bytes, unprotectedFiles, ...since };
}

type VaultEntry = StatusDocument['vaults'][number];

function vaultEntry(app: App, vault: Facts['vaults'][number], facts: Facts): VaultEntry {
  const { setting, connected, lastSeenAt, seen } = vault;
  const { name, id, place, medium, group, offSite = false, state = 'active' } = setting;
  const shares = facts.kept.filter((share) => share.vaultKey === vault.key);
  const sum = (of: (share: KeptSummary) => number): number =>
    shares.reduce((total, share) => total + of(share), 0);
  const dueAt = dueAtOf(vault);
  const behindBytes = sum((share) => share.behindBytes);
  const oldest = oldestBehind(shares, facts);
  const full = fullAt(app, vault, { behindBytes, nowMs: facts.nowMs });
  return {
    ...{ name, id, kind: 'open', offSite, state, connected },
    ...(place !== undefined && { place }),
    ...(medium !== undefined && { medium }),
    ...(group !== undefined && { group }),
    ...(lastSeenAt !== undefined && { lastSeenAt: toRfc3339(lastSeenAt) }),
    behindFiles: sum((share) => share.behindFiles),
    behindBytes,
    ...(oldest !== undefined && { oldestBehindAt: toRfc3339(oldest) }),
    provenFiles: sum((share) => share.provenFiles),
    writtenFiles: sum((share) => share.writtenFiles),
    damagedFiles: sum((share) => share.damagedFiles),
    ...(dueAt !== undefined && { dueAt: toRfc3339(dueAt) }),
    ...(seen.freeBytes !== undefined && { freeBytes: seen.freeBytes }),
    ...(seen.totalBytes !== undefined && { totalBytes: seen.totalBytes }),
    ...(full !== undefined && { fullAt: toRfc3339(full) }),
  };
}

/** How old the oldest version is that a vault lacks, as the moment since when there is one. */
function oldestBehind(shares: readonly KeptSummary[], { latestVaultAt, nowMs }: Facts): number | undefined {
  const moments = shares.flatMap(({ behindSince, behindBareUs }) => [
    ...(behindSince === undefined ? [] : [behindSince]),
    // Of what no vault has nobody knows since when it is there: since one was last here, at most.
    ...(behindBareUs === undefined ? [] : [Math.max(Math.floor(behindBareUs / 1000), latestVaultAt)]),
  ]);
  return moments.length === 0 ? undefined : Math.min(nowMs, ...moments);
}

function fullAt(
  app: App,
  { key, seen, lastSeenAt, retired }: Facts['vaults'][number],
  { behindBytes, nowMs }: { readonly behindBytes: number; readonly nowMs: number },
): number | undefined {
  const { catalog } = app.installation;
  const { freeBytes } = seen;
  const firstKeptAt = key < 0 ? undefined : catalog.firstKeptAt(key);
  if (retired === true || firstKeptAt === undefined || lastSeenAt === undefined) return undefined;
  if (freeBytes === undefined) return undefined;
  const since = { firstKeptAt, seenAt: lastSeenAt };
  const keptBytes = catalog.keptByDay(key, rateSince(since));
  return fullAtOf({ ...since, keptBytes, freeBytes, behindBytes }, nowMs);
}

function coverageEntry({ sentenceParts: parts, sharedDevices }: Description): StatusDocument['coverage'] {
  const { copies, partialCopies, disconnectedCopies, offSiteCopies, evidence } = parts;
  return {
    ...{ copies, partialCopies, disconnectedCopies, offSiteCopies },
    media: [...parts.media],
    places: [...parts.places],
    sharedDevices: sharedDevices.map((shared) => ({
      vaults: [...shared.vaults],
      sources: [...shared.sources],
      sentence: sharedDeviceSentence(shared),
    })),
    provenFiles: evidence.proven,
    writtenFiles: evidence.written,
    damagedFiles: evidence.damaged,
  };
}
