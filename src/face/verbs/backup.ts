/** `backup`: one pass now, over everything and every vault that is connected. */
import { problem } from '../../base/errors.js';
import type { Problem } from '../../base/errors.js';
import { isActive } from '../../base/settings.js';
import { backup } from '../../work/backup/backup.js';
import type { BackupReport } from '../../work/backup/backup.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { flagOf, rateOf } from '../args.js';
import type { Args } from '../args.js';
import type { BackupDocument } from '../documents/keeping.js';
import { leftAndTroubles, troubleOf } from '../troubles.js';

export async function run(app: App, args: Args): Promise<BackupDocument> {
  const { sources, vaults: all } = app.installation.config.current;
  const vaults = all.filter(isActive);
  if (sources.length === 0) throw problem('usage', nothingProtected);
  if (vaults.length === 0) throw problem('usage', all.length === 0 ? noVault : allRetired);
  const options = {
    dryRun: flagOf(args, 'dryRun'),
    confirmRemovals: flagOf(args, 'confirmRemovals'),
    bytesPerSecond: rateOf(args, 'limit'),
  };
  const report = await work(app, 'backup', (deps) => backup(deps, { sources, vaults, ...options }));
  return {
    outcome: report.outcome,
    dryRun: options.dryRun,
    kept: report.kept,
    moved: report.moved,
    retired: report.retired,
    bytesRead: report.bytesRead,
    bytesCopied: report.bytesCopied,
    vaults: report.vaults.map(({ name, outcome, kept, bytesCopied, problem: why }) => {
      return { name, outcome, kept, bytesCopied, ...(why && { problem: troubleOf(why) }) };
    }),
    ...leftAndTroubles({
      incomplete: report.incomplete,
      problems: [...report.problems, ...vaultProblems(report)],
    }),
  };
}

/** Where nothing was kept anywhere, why each vault could not is why the backup could not. */
function vaultProblems({ outcome, vaults }: BackupReport): Problem[] {
  return outcome === 'failed' ? vaults.flatMap((vault) => vault.problem ?? []) : [];
}

const nothingProtected = 'Nothing is protected yet; name a folder with: glassine source add <folder>';
const noVault =
  'There is no place to keep anything yet; name one with: glassine vault add <folder on a drive>';
const allRetired =
  'Every vault is retired, so nothing is kept; use one again with: glassine vault activate <name>';
