/** From SQLite's columns to the rows of types.ts, and back. */
import { joinPath } from '../../base/paths.js';
import type { Content, ContentHash, Kind } from '../../base/types.js';
import type { SeenRow, StoredRow, VersionRow } from './types.js';

export interface ContentColumns {
  kind: Kind;
  bytes: number;
  modified: number;
  b3: Buffer | null;
  target: string | null;
  mode: number | null;
  xattrs: string | null;
}

export interface VersionColumns extends ContentColumns {
  version_key: number;
  file_key: number;
  source_key: number;
  folder: string;
  name: string;
  again: number;
  since: number;
  until: number | null;
}

/** What {@link toVersion} needs, for `versions v`, `files f` and `folders d`. */
export const versionColumns = `v.key AS version_key, v.file_key, d.source_key, d.path AS folder, f.name,
  v.kind, v.bytes, v.modified, v.b3, v.target, v.mode, v.xattrs, v.since, v.until, v.again`;

export function toVersion(row: VersionColumns): VersionRow {
  return {
    key: row.version_key,
    fileKey: row.file_key,
    sourceKey: row.source_key,
    path: joinPath(row.folder, row.name),
    content: contentOf(row),
    since: row.since,
    until: row.until ?? undefined,
  };
}

export function contentOf(row: ContentColumns): Content {
  return {
    kind: row.kind,
    bytes: row.bytes,
    modifiedUs: row.modified,
    ...(row.b3 && { b3: row.b3.toString('hex') }),
    ...(row.target !== null && { target: row.target }),
    ...(row.mode !== null && { mode: row.mode }),
    ...(row.xattrs !== null && { xattrs: JSON.parse(row.xattrs) as Record<string, string> }),
  };
}

/**
 * The versions in a file's sightings, newest first: sightings that agree are one, as the latest of them tells
 * it.
 */
export function toVersions(rows: readonly VersionColumns[]): VersionRow[] {
  const versions: VersionRow[] = [];
  let latest: VersionColumns | undefined;
  for (const row of rows) {
    latest ??= row;
    if (row.again) continue;
    versions.push({ ...toVersion(latest), since: row.since });
    latest = undefined;
  }
  return versions;
}

export interface StoredColumns {
  key: number;
  vault_key: number;
  file_key: number;
  path: string | null;
  kind: Kind;
  b3: Buffer | null;
  target: string | null;
  bytes: number;
  modified: number;
  newest: number;
  kept_at: number;
  proven: number;
  proven_at: number | null;
  damaged_at: number | null;
}

export function toStored(row: StoredColumns): StoredRow {
  return {
    key: row.key,
    vaultKey: row.vault_key,
    fileKey: row.file_key,
    stored: row.path ?? undefined,
    kind: row.kind,
    b3: row.b3?.toString('hex'),
    target: row.target ?? undefined,
    bytes: row.bytes,
    modifiedUs: row.modified,
    newest: row.newest === 1,
    keptAt: row.kept_at,
    evidence: row.proven === 1 ? 'proven' : 'written',
    provenAt: row.proven_at ?? undefined,
    damagedAt: row.damaged_at ?? undefined,
  };
}

export interface SeenColumns {
  key: number;
  name: string;
  presence: number;
  seen_kind: Kind | null;
  seen_bytes: number | null;
  seen_modified: number | null;
  seen_inode: string | null;
  seen_device: string | null;
  seen_target: string | null;
  seen_b3: Buffer | null;
}

export function toSeen(row: SeenColumns): SeenRow {
  return {
    fileKey: row.key,
    name: row.name,
    kind: row.seen_kind ?? 'file',
    bytes: row.seen_bytes ?? -1,
    modifiedUs: row.seen_modified ?? -1,
    inode: row.seen_inode ?? undefined,
    device: row.seen_device ?? undefined,
    target: row.seen_target ?? undefined,
    b3: row.seen_b3?.toString('hex'),
    present: row.presence !== 2,
  };
}

export function hashBlob(b3: ContentHash | undefined): Buffer | null {
  return b3 === undefined ? null : Buffer.from(b3, 'hex');
}
