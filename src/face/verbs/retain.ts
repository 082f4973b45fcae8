/** `retain`: thins old versions by the person's rule, each removal with its reasons. */
import { problem } from '../../base/errors.js';
import { toRfc3339 } from '../../base/time.js';
import { describeRetention, parseRetention } from '../../rules/retention.js';
import { localZone } from '../../rules/zone.js';
import { prune } from '../../work/prune/prune.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { flagOf, optionalTextOf } from '../args.js';
import type { Args } from '../args.js';
import type { RetainDocument } from '../documents/keeping.js';
import { leftAndTroubles } from '../troubles.js';
import { activeOrNamed } from './vault.js';

export async function run(app: App, args: Args): Promise<RetainDocument> {
  const { retention } = app.installation.config.current;
  const vaults = activeOrNamed(app, optionalTextOf(args, 'vault'));
  if (vaults.length === 0) throw problem('usage', 'There is no vault to thin; see: glassine vault list');
  const rule = { ...parseRetention(optionalTextOf(args, 'rule') ?? retention), zone: localZone };
  const dryRun = flagOf(args, 'dryRun');
  const report = await work(app, 'retain', (deps) => prune(deps, { vaults, rule, dryRun }));
  return {
    outcome: report.outcome,
    rule: describeRetention(rule),
    dryRun,
    removed: report.removed,
    bytes: report.bytes,
    kept: report.kept,
    versions: report.decisions.map(({ path, keptAt, vault, stored, bytes, reasons }) => {
      return { path, keptAt: toRfc3339(keptAt), vault, stored, bytes, reasons: [...reasons] };
    }),
    ...leftAndTroubles(report),
  };
}
