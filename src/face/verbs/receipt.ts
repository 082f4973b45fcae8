/** `receipt`: checks a folder against the receipts in it, and writes them in other forms. */
import { resolve } from 'node:path';
import { problem } from '../../base/errors.js';
import { exportClassic } from '../../work/receipts/export-classic.js';
import { type Recording, verifyReceipts } from '../../work/receipts/verify-receipts.js';
import { work } from '../app.js';
import type { App } from '../app.js';
import { choiceOf, flagOf, textOf } from '../args.js';
import type { Args } from '../args.js';
import type { ReceiptDocument } from '../documents/receipts.js';
import { leftAndTroubles, leftOf } from '../troubles.js';
import { programVersion } from '../../platform/version.js';

export async function run(app: App, args: Args): Promise<ReceiptDocument> {
  const what = choiceOf(args, 'action', ['verify', 'export']) ?? 'verify';
  const folder = resolve(app.folder, textOf(args, 'folder'));
  if (what === 'export') return exported(app, folder, flagOf(args, 'classic'));
  const which = args['record'] === undefined ? 'own' : flagOf(args, 'record') ? 'any' : undefined;
  return verified(app, folder, which);
}

async function verified(
  app: App,
  folder: string,
  which: Recording['which'] | undefined,
): Promise<ReceiptDocument> {
  const report = await work(app, 'receipt', async (deps) =>
    verifyReceipts(deps, folder, which && { recorder: recorderOf(deps.computer), which }),
  );
  const { outcome, receipts, checked, bytes, evidence, bad, ignored, unchained, recorded } = report;
  return {
    ...{ outcome, did: 'verify', folder, checked, bytes, evidence },
    receipts: receipts.map((receipt) => ({ ...receipt })),
    bad: bad.map(leftOf),
    ignored: [...ignored],
    unchained: [...unchained],
    ...(recorded && { written: recorded.manifest }),
    ...leftAndTroubles(report),
  };
}

async function exported(app: App, folder: string, isClassic: boolean): Promise<ReceiptDocument> {
  if (!isClassic) throw problem('usage', 'Please say the form: --classic');
  const { manifest, incomplete } = await work(app, 'receipt', (deps) =>
    exportClassic(deps, folder, recorderOf(deps.computer)),
  );
  return {
    ...{ outcome: incomplete.length > 0 ? 'incomplete' : 'good', did: 'export', folder },
    ...{ receipts: [], checked: 0, bytes: 0, evidence: 'written', bad: [], ignored: [], unchained: [] },
    written: manifest,
    ...leftAndTroubles({ incomplete }),
  };
}

function recorderOf(hostname: string): { hostname: string; tool: { name: string; version: string } } {
  return { hostname, tool: { name: 'Glassine', version: programVersion() } };
}
