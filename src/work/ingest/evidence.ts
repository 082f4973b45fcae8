/** What is known of each file of a card, gathered for the verdict: copies of ingests, and of vaults. */
import type { ContentHash } from '../../base/types.js';
import { kindOfCardFile } from '../../rules/cards/card-files.js';
import type { CardFileEvidence, CopyEvidence } from '../../rules/cards/verdict.js';
import type { CardCopyRow, CardFileRow } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { isStillThere, nearestFolder } from './destination.js';

/** What is known of vaults that the catalog does not know. */
export interface VaultPlace {
  readonly id: string;
  readonly device: string | undefined;
  readonly offSite: boolean;
}

/**
 * The evidence for files of a card. A copy that is not where it was put does not count; one on a drive that
 * is away counts as it was seen last.
 */
export async function evidenceFor(
  deps: WorkDeps,
  files: readonly CardFileRow[],
  vaults: readonly VaultPlace[],
): Promise<CardFileEvidence[]> {
  const known = vaultsByKey(deps, vaults);
  const isHere = placesHere(deps);
  const evidence: CardFileEvidence[] = [];
  for (const { path, bytes, b3, state } of files) {
    const isKnown = state === 'known' && b3 !== undefined;
    const copies = isKnown ? [...(await ingested(deps, b3, isHere)), ...kept(deps, b3, known)] : [];
    evidence.push({ path, kind: kindOfCardFile(path), bytes, state, copies });
  }
  return evidence;
}

type IsHere = (copy: CardCopyRow) => Promise<boolean>;

/** Whether the volume that a job's folder was on is mounted there now; each folder is looked at once. */
function placesHere({ native }: WorkDeps): IsHere {
  const volumes = new Map<string, Promise<string | undefined>>();
  const volumeOf = async (root: string): Promise<string | undefined> => {
    const facts = await native.volumeOf(await nearestFolder(root)).catch(() => undefined);
    return facts?.uuid;
  };
  return async ({ root, volume }) => {
    const now = volumes.get(root) ?? volumeOf(root);
    volumes.set(root, now);
    return (await now) === volume;
  };
}

async function ingested({ catalog }: WorkDeps, b3: ContentHash, isHere: IsHere): Promise<CopyEvidence[]> {
  const found: CopyEvidence[] = [];
  for (const copy of catalog.cards.copiesOf(b3)) {
    const isThere = !(await isHere(copy)) || (await isStillThere(copy));
    if (isThere) found.push({ device: copy.device, evidence: copy.evidence });
  }
  return found;
}

/** Whoever made them: a vault's copy counts by its content. */
function kept(
  { catalog }: WorkDeps,
  b3: ContentHash,
  vaults: ReadonlyMap<number, VaultPlace>,
): CopyEvidence[] {
  return catalog.copiesOf({ b3 }).flatMap((row): CopyEvidence[] => {
    const vault = vaults.get(row.vaultKey);
    if (!vault || row.damagedAt !== undefined) return [];
    const { device, offSite } = vault;
    return [{ device, evidence: row.evidence, ...(offSite && { offSite: 'done' as const }) }];
  });
}

function vaultsByKey({ catalog }: WorkDeps, places: readonly VaultPlace[]): Map<number, VaultPlace> {
  const found = new Map<number, VaultPlace>();
  for (const { key, id } of catalog.vaults()) {
    const place = places.find((each) => each.id === id);
    if (place) found.set(key, place);
  }
  return found;
}
