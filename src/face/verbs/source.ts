/** `source`: which folders are protected. */
import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { onVolume } from '../../agent/binding.js';
import { allowedName, isAllowedName, sameName } from '../../agent/config.js';
import { checkHome, checkPlaces } from '../../agent/places.js';
import { lookAtSource } from '../../agent/presence.js';
import { problem } from '../../base/errors.js';
import type { SourceSetting } from '../../base/settings.js';
import { factsOf, realPath } from '../../platform/files.js';
import type { SourceRow } from '../../store/catalog/types.js';
import type { App } from '../app.js';
import { choiceOf, optionalTextOf, textOf } from '../args.js';
import type { Args } from '../args.js';
import type { SourceDocument } from '../documents/settings.js';

export async function run(app: App, args: Args): Promise<SourceDocument> {
  const what = choiceOf(args, 'action', ['add', 'list', 'remove']) ?? 'list';
  switch (what) {
    case 'list':
      return document(app, { did: 'list' });
    case 'add': {
      const folder = resolve(app.folder, textOf(args, 'folder'));
      const source = await addSource(app, folder, {
        name: optionalTextOf(args, 'name'),
        continues: optionalTextOf(args, 'continue'),
      });
      return document(app, { did: 'add', name: source.name });
    }
    case 'remove':
      return document(app, { did: 'remove', name: await removeSource(app, textOf(args, 'name')) });
    default:
      return what satisfies never;
  }
}

export interface SourceWish {
  readonly name?: string | undefined;
  /** The name of a source known from a vault, which this folder goes on with. */
  readonly continues?: string | undefined;
}

/**
 * Protects a folder. Throws `source-exists`, `source-nested`, `source-unknown`, `vault-inside-source`,
 * `usage`.
 */
export async function addSource(app: App, folder: string, wish: SourceWish = {}): Promise<SourceSetting> {
  const { config, home, native } = app.installation;
  const root = await folderAt(folder);
  const known = continued(app, root, wish);
  const taken = config.current.sources;
  if (taken.some((other) => other.root === root)) throw problem('source-exists', root);
  const name = wish.name ?? known?.name ?? freeName(taken, basename(root) || 'Everything');
  requireName(name, taken);
  checkHome(root, [home.dataFolder, home.logFolder]);
  const { uuid } = await native.volumeOf(root);
  const { inside } = await onVolume(root);
  const source: SourceSetting = {
    id: known?.id ?? randomUUID(),
    name,
    root,
    ...(uuid !== undefined && { volume: uuid }),
    ...(uuid !== undefined && inside !== undefined && { inside }),
  };
  await config.update((current) => {
    const next = { ...current, sources: [...current.sources, source] };
    checkPlaces(next);
    return next;
  });
  app.agent?.settingsChanged();
  return source;
}

/**
 * Links are followed once and for all: one that later points elsewhere must not look like a changed library.
 */
async function folderAt(folder: string): Promise<string> {
  const root = await realPath(folder);
  const facts = root === undefined ? undefined : await factsOf(root);
  if (root === undefined || facts === undefined) throw problem('usage', `There is no folder ${folder}.`);
  if (facts.kind !== 'folder')
    throw problem('usage', `${folder} is not a folder; protect the folder it is in.`);
  return root;
}

/**
 * The source that a folder was before: one that was removed here, one of this computer before its home was
 * lost, or the one that the person names. Its history goes on under the same id.
 */
function continued(app: App, root: string, { name, continues }: SourceWish): SourceRow | undefined {
  const { catalog, identity, config } = app.installation;
  const free = catalog
    .sources()
    .filter((row) => !config.current.sources.some((source) => source.id === row.id));
  if (continues !== undefined) {
    const named = free.find((row) => sameName(row.name, continues));
    if (!named) throw problem('source-unknown', continues);
    return named;
  }
  return free.find((row) => {
    const isOurs = row.writer === identity.writer || row.computer === identity.computer;
    return isOurs && row.root === root && (name === undefined || sameName(row.name, name));
  });
}

/** Throws `usage` where a name cannot be used. */
export function requireName(name: string, taken: readonly { readonly name: string }[]): void {
  if (!isAllowedName(name)) throw problem('usage', `"${name}" cannot be a name; it must be ${allowedName}.`);
  if (!taken.some((other) => sameName(other.name, name))) return;
  throw problem('usage', `There is one called ${name} already; give another name with --name.`);
}

/** The wish, or the wish with the first number that makes it free. */
export function freeName(taken: readonly { readonly name: string }[], wish: string): string {
  const isFree = (name: string): boolean => !taken.some((other) => sameName(other.name, name));
  const allowed = isAllowedName(wish) ? wish : 'Pictures';
  for (let number = 1; ; number++) {
    const name = number === 1 ? allowed : `${allowed} ${number}`;
    if (isFree(name)) return name;
  }
}

async function removeSource(app: App, name: string): Promise<string> {
  const { config } = app.installation;
  const found = config.current.sources.find((source) => sameName(source.name, name) || source.root === name);
  if (!found) throw problem('source-unknown', name);
  await config.update((current) => ({
    ...current,
    sources: current.sources.filter((source) => source.id !== found.id),
  }));
  app.agent?.settingsChanged();
  return found.name;
}

async function document(app: App, done: Pick<SourceDocument, 'did' | 'name'>): Promise<SourceDocument> {
  const sources = await Promise.all(
    app.installation.config.current.sources.map(async (source) => {
      const { present } = await lookAtSource(source).catch(() => ({ present: false }));
      return { name: source.name, id: source.id, root: source.root, connected: present };
    }),
  );
  return { outcome: 'good', ...done, sources };
}
