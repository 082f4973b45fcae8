/** `verify`: every copy is read back from its drive and compared, every ledger from its first line. */
import { problem } from '../../base/errors.js';
import { parseTime } from '../../rules/people-times.js';
import { verify } from '../../work/verify/verify.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { optionalTextOf, spanOf } from '../args.js';
import type { Args } from '../args.js';
import type { VerifyDocument } from '../documents/keeping.js';
import { sentenceFor } from '../sentences.js';
import { leftAndTroubles, troubleOf } from '../troubles.js';
import { activeOrNamed } from './vault.js';

export async function run(app: App, args: Args): Promise<VerifyDocument> {
  const { clock } = app.installation;
  const name = optionalTextOf(args, 'vault');
  const vaults = activeOrNamed(app, name);
  if (vaults.length === 0) throw problem('usage', 'There is no vault to look at; see: glassine vault list');
  const since = optionalTextOf(args, 'since');
  const sinceMs = since === undefined ? undefined : parseTime(since, clock.now());
  const options = { vaults, budgetMs: spanOf(args, 'budget'), sinceMs };
  const report = await work(app, 'verify', (deps) => verify(deps, options));
  return {
    outcome: report.outcome,
    checked: report.checked,
    bytes: report.bytes,
    bad: report.bad.map(({ vault, stored, code }) => {
      return { vault, stored, code, message: sentenceFor({ code, subject: `${vault}/${stored}` }) };
    }),
    vaults: report.vaults.map(({ problems, strangers, ...vault }) => ({
      ...vault,
      problems: problems.map(troubleOf),
      ...(strangers && { strangers: { files: strangers.files, names: [...strangers.names] } }),
    })),
    ...leftAndTroubles(report),
  };
}
