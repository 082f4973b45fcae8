/** `ingest`: verified copies off a camera's card, and whether the card may be formatted. */
import { resolve } from 'node:path';
import { type IngestWish, ingestOptions, templateOf } from '../../agent/card-ingest.js';
import { toRfc3339 } from '../../base/time.js';
import { safetyPolicies } from '../../rules/cards/verdict.js';
import { bytesIn } from '../../work/ingest/byte-ranges.js';
import { ingest, type IngestReport } from '../../work/ingest/ingest.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { choiceOf, flagOf, optionalTextOf, textOf, textsOf } from '../args.js';
import type { Args } from '../args.js';
import type { IngestDocument } from '../documents/cards.js';
import { receiptWords } from '../receipt-words.js';
import { leftAndTroubles, troubleOf } from '../troubles.js';
import { verdictPart } from '../verdicts.js';

export async function run(app: App, args: Args): Promise<IngestDocument> {
  const dryRun = flagOf(args, 'dryRun');
  const template = optionalTextOf(args, 'name');
  const wish: IngestWish = {
    card: resolve(app.folder, textOf(args, 'card')),
    to: args['to'] === undefined ? undefined : textsOf(args, 'to').map((each) => resolve(app.folder, each)),
    job: optionalTextOf(args, 'job'),
    template: template === undefined ? undefined : templateOf(template),
    policy: choiceOf(args, 'safeWhen', safetyPolicies),
    ...{ paranoid: flagOf(args, 'paranoid'), anyFolder: flagOf(args, 'anyFolder'), dryRun },
    releaseEarly: flagOf(args, 'releaseCardEarly'),
  };
  const options = await ingestOptions(app.installation, receiptWords, wish);
  return documentOf(await work(app, 'ingest', (deps) => ingest(deps, options)), dryRun);
}

function documentOf(report: IngestReport, dryRun: boolean): IngestDocument {
  const { outcome, job, card, files, bytes, copied, skipped, left, verdict, gaps, empty, undated } = report;
  const { root, name, maker, volume, reasons } = card;
  return {
    ...{ outcome, dryRun, job, files, bytes },
    card: {
      ...{ root, name, signs: reasons.map(({ sign, weight }) => ({ sign, weight })) },
      ...(maker !== undefined && { maker }),
      ...(volume !== undefined && { volume }),
    },
    copied: copied.length,
    bytesCopied: copied.reduce((sum, file) => sum + file.bytes, 0),
    skipped: skipped.map(({ path, at }) => ({ path, at })),
    left: left.map(({ path, why }) => ({ path, why })),
    salvaged: report.salvaged.map((each) => ({
      ...{ path: each.path, bytes: each.bytes, missingBytes: bytesIn(each.missing) },
      at: each.places.map(({ destination, to }) => destination.folder.nameOf(to)),
      missing: each.missing.map(({ from, to }) => ({ from, to })),
    })),
    destinations: report.destinations.map((each) => ({
      path: each.folder ?? each.name,
      outcome: each.outcome,
      copied: each.copied,
      bytesCopied: each.bytes,
      ...(each.receipt !== undefined && { receipt: each.receipt }),
      ...(each.problem && { problem: troubleOf(each.problem) }),
    })),
    vaults: report.vaults.map(({ name: vault, kept, bytesCopied, problem: why }) => {
      return { name: vault, kept, bytesCopied, ...(why && { problem: troubleOf(why) }) };
    }),
    ...(dryRun && {
      planned: report.planned.map(({ path, to, bytes: size }) => ({ path, to, bytes: size })),
    }),
    ...(report.releasedAt !== undefined && { cardReleasedAt: toRfc3339(report.releasedAt) }),
    ...(verdict && { verdict: verdictPart(verdict) }),
    gaps: gaps.map(({ from, to, missing }) => ({ from, to, missing })),
    ...{ empty: [...empty], undated: [...undated] },
    ...leftAndTroubles({ incomplete: report.incomplete }),
  };
}
