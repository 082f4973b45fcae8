/** What is known of each file of a card, gathered for the verdict: copies of ingests, and of vaults. */
import type { ContentHash } from '../../base/types.js';
import { kindOfCardFile } from '../../rules/cards/card-files.js';
import type { CardFileEvidence, CopyEvidence } from '../../rules/cards/verdict.js';
import type { CardFileRow } from '../../store/catalog/card-rows.js';
import type { WorkDeps } from '../deps.js';
import { isStillThere } from './destination.js';

/** What is known of vaults that the catalog does not know. */
export interface VaultPlace {
  readonly id: string;
  readonly device: string | undefined;
  readonly offSite: boolean;
}

/** The evidence for files of a card. Copies that are not where they were put are forgotten. */
export async function evidenceFor(
  deps: WorkDeps,
  files: readonly CardFileRow[],
  vaults: readonly VaultPlace[],
): Promise<CardFileEvidence[]> {
  const known = vaultsByKey(deps, vaults);
  const evidence: CardFileEvidence[] = [];
  for (const { path, bytes, b3, state } of files) {
    const isKnown = state === 'known' && b3 !== undefined;
    const copies = isKnown ? [...(await ingested(deps, b3)), ...kept(deps, b3, known)] : [];
    evidence.push({ path, kind: kindOfCardFile(path), bytes, state, copies });
  }
  return evidence;
}

async function ingested({ catalog }: WorkDeps, b3: ContentHash): Promise<CopyEvidence[]> {
  const found: CopyEvidence[] = [];
  for (const copy of catalog.cards.copiesOf(b3)) {
    if (await isStillThere(copy)) found.push({ device: copy.device, evidence: copy.evidence });
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
