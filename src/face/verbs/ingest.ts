/** `ingest`: verified copies off a camera's card, and whether the card may be formatted. */
import { basename, resolve } from 'node:path';
import { problem } from '../../base/errors.js';
import { devicesSeen } from '../../agent/devices-seen.js';
import { lookAtVault } from '../../agent/presence.js';
import { type NameTemplate, parseTemplate } from '../../rules/cards/naming.js';
import { safetyPolicies } from '../../rules/cards/verdict.js';
import { programVersion } from '../../platform/version.js';
import { localZone, toWall } from '../../rules/zone.js';
import { ingest, type IngestReport } from '../../work/ingest/ingest.js';
import type { VaultPlace } from '../../work/ingest/evidence.js';
import type { ReceiptWords } from '../../work/ingest/leave-receipts.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { choiceOf, flagOf, optionalTextOf, textOf, textsOf } from '../args.js';
import type { Args } from '../args.js';
import type { IngestDocument } from '../documents/cards.js';
import { leftAndTroubles, troubleOf } from '../troubles.js';
import { sentenceFor } from '../sentences.js';
import { verdictLine, verdictPart } from '../verdicts.js';

export async function run(app: App, args: Args): Promise<IngestDocument> {
  const { installation } = app;
  const card = resolve(app.folder, textOf(args, 'card'));
  if (args['to'] === undefined) throw problem('no-destination', card);
  const destinations = textsOf(args, 'to').map((folder) => resolve(app.folder, folder));
  const job = optionalTextOf(args, 'job') ?? `${today(installation.clock.now())} ${basename(card)}`;
  const template = templateOf(optionalTextOf(args, 'name'));
  const dryRun = flagOf(args, 'dryRun');
  const options = {
    ...{ card, destinations, job, template, dryRun, vaults: await vaultPlaces(app), words },
    policy: choiceOf(args, 'safeWhen', safetyPolicies) ?? 'two-copies',
    paranoid: flagOf(args, 'paranoid'),
    anyFolder: flagOf(args, 'anyFolder'),
    vaultFolders: installation.config.current.vaults.map(({ folder }) => folder),
  };
  return documentOf(await work(app, 'ingest', (deps) => ingest(deps, options)), dryRun);
}

function today(ms: number): string {
  return new Date(toWall(ms, localZone)).toISOString().slice(0, 10);
}

function templateOf(text: string | undefined): NameTemplate | undefined {
  if (text === undefined) return undefined;
  const template = parseTemplate(text);
  if ('fault' in template) throw problem('template-unreadable', text, { facts: { fault: template.fault } });
  return template;
}

/** What receipts say. */
const words: ReceiptWords = {
  tool: { name: 'Glassine', version: programVersion() },
  verdict(verdict) {
    const part = verdictPart(verdict);
    return { sentence: verdictLine(part), reasons: part.reasons.map(({ message }) => message) };
  },
  why: (reason) =>
    ({
      'kept-before': 'it was copied here before',
      'of-a-computer': 'a computer left it on the card',
      'thrown-away': 'it was in a wastebasket',
    })[reason],
  problem: sentenceFor,
};

/** On which device each vault was last seen, and whether it is away from here. */
export async function vaultPlaces({ installation }: App): Promise<VaultPlace[]> {
  const { vaults } = installation.config.current;
  const connected: { id: string; path: string }[] = [];
  for (const vault of vaults) {
    // A bare mount point lies on another device than the drive that belongs there.
    const { present } = await lookAtVault(vault, undefined).catch(() => ({ present: false }));
    if (present) connected.push({ id: vault.id, path: vault.folder });
  }
  const devices = await devicesSeen(installation, connected);
  return vaults.map(({ id, offSite = false }) => ({ id, offSite, device: devices.get(id) }));
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
    destinations: report.destinations.map((each) => ({
      path: each.folder ?? each.name,
      outcome: each.outcome,
      copied: each.copied,
      bytesCopied: each.bytes,
      ...(each.receipt !== undefined && { receipt: each.receipt }),
      ...(each.problem && { problem: troubleOf(each.problem) }),
    })),
    ...(dryRun && {
      planned: report.planned.map(({ path, to, bytes: size }) => ({ path, to, bytes: size })),
    }),
    ...(verdict && { verdict: verdictPart(verdict) }),
    gaps: gaps.map(({ from, to, missing }) => ({ from, to, missing })),
    ...{ empty: [...empty], undated: [...undated] },
    ...leftAndTroubles({ incomplete: report.incomplete }),
  };
}
