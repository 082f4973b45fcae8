/** `history`: every version of a file, and where each is kept. */
import { problem } from '../../base/errors.js';
import { toRfc3339 } from '../../base/time.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import type { StoredRow, VersionRow } from '../../store/catalog/types.js';
import type { App } from '../app.js';
import { textOf } from '../args.js';
import type { Args } from '../args.js';
import type { HistoryDocument } from '../documents/asking.js';
import { holdersByKey } from '../holders.js';
import type { Holder } from '../holders.js';
import { findKnownPath, nameOf } from '../known-paths.js';

type Version = HistoryDocument['versions'][number];

export async function run(app: App, args: Args): Promise<HistoryDocument> {
  const { catalog, identity } = app.installation;
  const asked = textOf(args, 'path');
  const known = await findKnownPath(catalog, asked, { folder: app.folder, writer: identity.writer });
  const versions = catalog.versionsOf(known.source.key, known.path);
  if (versions.length === 0) {
    throw problem('usage', `${nameOf(known)} is a folder; see what is in it with: glassine ls`);
  }
  const holders = holdersByKey(app);
  return {
    outcome: 'good',
    path: nameOf(known),
    versions: versions.map((version) => ({
      kind: version.content.kind,
      keptAt: toRfc3339(version.since),
      ...(version.until !== undefined && { untilAt: toRfc3339(version.until) }),
      ...contentOf(version),
      current: version.until === undefined,
      vaults: copiesOf(catalog, version).map((copy) => copyOf(copy, holders)),
    })),
  };
}

/** What of a version's content documents tell. */
export function contentOf({ content }: VersionRow): Pick<Version, 'modifiedAt' | 'bytes' | 'b3' | 'target'> {
  return {
    modifiedAt: toRfc3339(Math.floor(content.modifiedUs / 1000)),
    bytes: content.bytes,
    ...(content.b3 !== undefined && { b3: content.b3 }),
    ...(content.target !== undefined && { target: content.target }),
  };
}

/** The stored files that hold a version: by content for files, by name for links and folders. */
export function copiesOf(catalog: Catalog, version: VersionRow): StoredRow[] {
  const { kind, b3, target } = version.content;
  if (b3 !== undefined) return catalog.copiesOf({ b3 });
  return catalog.storedFor(version.fileKey).filter((copy) => copy.kind === kind && copy.target === target);
}

function copyOf(copy: StoredRow, holders: ReadonlyMap<number, Holder>): Version['vaults'][number] {
  return {
    ...(holders.get(copy.vaultKey) ?? { name: '' }),
    evidence: copy.evidence,
    ...(copy.provenAt !== undefined && { provenAt: toRfc3339(copy.provenAt) }),
    ...(copy.damagedAt !== undefined && { damagedAt: toRfc3339(copy.damagedAt) }),
    ...(copy.stored !== undefined && { stored: copy.stored }),
  };
}
