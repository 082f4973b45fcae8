/**
 * `restore`: gives files back as they were, checked while they are copied, never over what is there unless
 * told.
 */
import { resolve } from 'node:path';
import { GlassineError, problem } from '../../base/errors.js';
import type { Problem } from '../../base/errors.js';
import { toRfc3339 } from '../../base/time.js';
import { parseTime } from '../../rules/people-times.js';
import { restore } from '../../work/restore/restore.js';
import type { RestoreReport, WantedPath } from '../../work/restore/restore.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { flagOf, optionalTextOf, textOf, textsOf } from '../args.js';
import type { Args } from '../args.js';
import type { RestoreDocument } from '../documents/asking.js';
import { findKnownPath } from '../known-paths.js';
import { leftAndTroubles } from '../troubles.js';
import { vaultNamed } from './vault.js';

export async function run(app: App, args: Args): Promise<RestoreDocument> {
  const { config, clock } = app.installation;
  const { vaults } = config.current;
  const when = optionalTextOf(args, 'at');
  const atMs = when === undefined ? undefined : parseTime(when, clock.now());
  const toFolder = resolve(app.folder, textOf(args, 'to'));
  const from = optionalTextOf(args, 'from');
  const fromVault = from === undefined ? undefined : vaultNamed(app, from).id;
  const overwrite = flagOf(args, 'overwrite');
  const { paths, unknown } = await knownPaths(app, textsOf(args, 'paths'), atMs);
  const [first] = unknown;
  if (paths.length === 0 && first) throw new GlassineError(first);
  if (vaults.length === 0)
    throw problem('usage', 'There is no vault to restore from; see: glassine vault add');
  const options = { vaults, paths, toFolder, atMs, fromVault, overwrite };
  const report = await work(app, 'restore', (deps) => restore(deps, options));
  return documentOf(report, unknown, atMs);
}

/** What the texts mean; one that means nothing does not keep the others from being restored. */
async function knownPaths(
  app: App,
  texts: readonly string[],
  atMs: number | undefined,
): Promise<{ paths: WantedPath[]; unknown: Problem[] }> {
  const { catalog, identity } = app.installation;
  const paths: WantedPath[] = [];
  const unknown: Problem[] = [];
  for (const text of texts) {
    try {
      const { source, path } = await findKnownPath(catalog, text, {
        folder: app.folder,
        writer: identity.writer,
        atMs,
      });
      paths.push({ sourceKey: source.key, path });
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      unknown.push(error.problem);
    }
  }
  return { paths, unknown };
}

function documentOf(
  report: RestoreReport,
  unknown: readonly Problem[],
  atMs: number | undefined,
): RestoreDocument {
  const { outcome, restored, bytes, to, renamed } = report;
  const damaged = report.damaged.map(({ vault, stored, code }) => ({ code, subject: `${vault}/${stored}` }));
  return {
    outcome: outcome === 'good' && unknown.length > 0 ? 'incomplete' : outcome,
    restored,
    bytes,
    to,
    ...(atMs !== undefined && { at: toRfc3339(atMs) }),
    renamed: [...renamed],
    ...leftAndTroubles({ incomplete: [...unknown, ...report.incomplete], problems: damaged }),
  };
}
