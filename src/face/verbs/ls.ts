/** `ls`: a folder as it was at a moment; without a path, the sources. */
import assert from 'node:assert';
import { problem } from '../../base/errors.js';
import { splitPath } from '../../base/paths.js';
import type { SourcePath } from '../../base/paths.js';
import { toRfc3339 } from '../../base/time.js';
import { parseTime } from '../../rules/people-times.js';
import type { VersionRow } from '../../store/catalog/types.js';
import type { App } from '../app.js';
import { optionalTextOf } from '../args.js';
import type { Args } from '../args.js';
import type { LsDocument } from '../documents/asking.js';
import { holdersByKey, holdersOf } from '../holders.js';
import { findKnownPath, nameOf } from '../known-paths.js';
import type { KnownPath } from '../known-paths.js';
import { contentOf, copiesOf } from './history.js';

type LsEntry = LsDocument['entries'][number];

export async function run(app: App, args: Args): Promise<LsDocument> {
  const { catalog, clock, identity } = app.installation;
  const when = optionalTextOf(args, 'at');
  const atMs = when === undefined ? undefined : parseTime(when, clock.now());
  const at = atMs === undefined ? {} : { at: toRfc3339(atMs) };
  const asked = optionalTextOf(args, 'path');
  if (asked === undefined) return { outcome: 'good', path: '', ...at, entries: sourcesAt(app, atMs) };
  const where = { folder: app.folder, writer: identity.writer, atMs };
  const known = await findKnownPath(catalog, asked, where);
  const entries = entriesAt(app, known, atMs);
  // A file of another time: it is known, but was not there at this moment.
  if (entries.length === 0 && known.path !== '') throw problem('path-unknown', asked);
  return { outcome: 'good', path: nameOf(known), ...at, entries };
}

function sourcesAt(app: App, atMs: number | undefined): LsEntry[] {
  const { catalog } = app.installation;
  return catalog.sources().map((source) => {
    const total = { files: 0, bytes: 0 };
    for (const folder of catalog.aliveTotals(source.key, { folder: '', atMs })) add(total, folder);
    return { name: source.name, kind: 'source', ...total, computer: source.computer };
  });
}

/** What is directly in the folder, folders with the sums of what is below; or the file itself. */
function entriesAt(app: App, { source, path: folder }: KnownPath, atMs: number | undefined): LsEntry[] {
  const { catalog } = app.installation;
  const files: LsEntry[] = [];
  const known = holdersByKey(app);
  for (const version of catalog.aliveDirectlyIn(source.key, { folder, atMs })) {
    if (version.content.kind === 'folder') continue;
    const entry = fileEntry(splitPath(version.path).name, version);
    files.push({ ...entry, holders: holdersOf(copiesOf(catalog, version), known) });
  }
  const folders = new Map<SourcePath, { files: number; bytes: number }>();
  for (const inside of catalog.aliveTotals(source.key, { folder, atMs })) {
    if (inside.path === folder) continue;
    const name = nameIn(folder, inside.path);
    const total = folders.get(name) ?? { files: 0, bytes: 0 };
    add(total, inside);
    folders.set(name, total);
  }
  const folderEntries = [...folders].map(([name, total]): LsEntry => ({ name, kind: 'folder', ...total }));
  const byName = (a: LsEntry, b: LsEntry): number => (a.name < b.name ? -1 : 1);
  return [...folderEntries.sort(byName), ...files.sort(byName)];
}

/** The name, in `folder`, of the thing on the way to `path`, which lies below it. */
function nameIn(folder: SourcePath, path: SourcePath): SourcePath {
  for (let at = path; ;) {
    const { folder: parent, name } = splitPath(at);
    if (parent === folder) return name;
    assert(parent !== '', `${path} lies below ${folder}`);
    at = parent;
  }
}

function fileEntry(name: string, version: VersionRow): LsEntry {
  const { content, since } = version;
  const { modifiedAt, bytes, target } = contentOf(version);
  return {
    name,
    kind: content.kind,
    files: 1,
    bytes,
    modifiedAt,
    keptAt: toRfc3339(since),
    ...(target !== undefined && { target }),
  };
}

function add(total: { files: number; bytes: number }, more: { files: number; bytes: number }): void {
  total.files += more.files;
  total.bytes += more.bytes;
}
