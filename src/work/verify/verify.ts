/**
 * Verifying: every stored file is read again from its medium, every ledger from its first line, and the
 * results kept.
 */
import { GlassineError, type Problem, problem } from '../../base/errors.js';
import type { VaultSetting } from '../../base/settings.js';
import { verifyLedgers } from '../../store/vault/open-vault.js';
import type { WorkDeps } from '../deps.js';
import { clearAlarms } from '../parts/alarms.js';
import { type OpenedVault, openVaults } from '../parts/open-vaults.js';
import { CopyCheck } from './copy-check.js';
import { reportOf, type VerifyReport, VerifyTally } from './report.js';
import { findStrangers } from './strangers.js';

export type { VaultVerification, VerifyReport } from './report.js';

export interface VerifyOptions {
  readonly vaults: readonly VaultSetting[];
  /** Stops after about so long, having begun with what was proven longest ago. Default: everything. */
  readonly budgetMs?: number | undefined;
  /** Leaves out what was proven at this moment (ms) or later. */
  readonly sinceMs?: number | undefined;
}

/**
 * Looks at what the connected vaults hold. Never throws for what it finds: that is in the report, in the
 * ledgers and among the alarms. Throws `stopped` on abort (what was checked until then is kept), and
 * as `backup` does when the index fails.
 */
export async function verify(deps: WorkDeps, options: VerifyOptions): Promise<VerifyReport> {
  const startMs = deps.clock.now();
  const { budgetMs, sinceMs } = options;
  const untilMs = budgetMs === undefined ? undefined : startMs + budgetMs;
  const tallies: VerifyTally[] = [];
  for (const [at, setting] of options.vaults.entries()) {
    const tally = new VerifyTally(setting.name);
    tallies.push(tally);
    const looked = await openToLook(deps, setting, tally);
    if (!looked) continue;
    try {
      await lookAtAll(deps, looked, {
        tally,
        untilMs: share(deps, untilMs, options.vaults.length - at),
        sinceMs,
      });
    } finally {
      await looked.opened.vault.close();
    }
  }
  return reportOf(tallies);
}

/** When one of so many vaults has had its part of the time that is left. */
function share({ clock }: WorkDeps, untilMs: number | undefined, vaults: number): number | undefined {
  if (untilMs === undefined) return undefined;
  const nowMs = clock.now();
  return nowMs + Math.max(0, untilMs - nowMs) / vaults;
}

interface Looked {
  readonly opened: OpenedVault;
  /** It may be written too. */
  readonly writable: boolean;
}

/**
 * Opens a vault and checks its ledgers. First only for reading: nothing is written where our own ledger turns
 * out not to be sound, and what cannot be written is looked at all the same.
 */
async function openToLook(
  deps: WorkDeps,
  setting: VaultSetting,
  tally: VerifyTally,
): Promise<Looked | undefined> {
  const { open, away } = await openVaults(deps, [setting], { readOnly: true });
  const [readable] = open;
  tally.problems.push(...away);
  tally.unseen.push(...away);
  if (!readable) return undefined;
  const isOurs = await checkLedgers(deps, readable, tally);
  const writable = isOurs ? await openVaults(deps, [setting]) : undefined;
  tally.problems.push(...(writable?.away ?? []));
  const [opened] = writable?.open ?? [];
  if (!opened) return { opened: readable, writable: false };
  await readable.vault.close();
  return { opened, writable: true };
}

interface Course {
  readonly tally: VerifyTally;
  readonly untilMs: number | undefined;
  readonly sinceMs: number | undefined;
}

async function lookAtAll(deps: WorkDeps, { opened, writable }: Looked, course: Course): Promise<void> {
  const { tally, untilMs, sinceMs } = course;
  const check = new CopyCheck(deps, opened, { tally, writable });
  const seenAll = await check.run({ untilMs, sinceMs });
  if (!seenAll) return;
  tally.strangers = await findStrangers(deps, opened);
  const bad = new Set(tally.bad.map(({ stored }) => stored));
  clearAlarms(deps, opened.setting.id, (stored) => !bad.has(stored));
}

const ledgerCodes = ['ledger-damaged', 'ledger-missing-segment', 'ledger-behind'] as const;

/**
 * Reads every ledger whole, and remembers what is wrong until it is found right again. Resolves with whether
 * our own is sound.
 */
async function checkLedgers(
  deps: WorkDeps,
  { vault, key, setting }: OpenedVault,
  tally: VerifyTally,
): Promise<boolean> {
  const { catalog, native, clock } = deps;
  const found: Problem[] = [];
  const add = ({ code, subject, detail }: Problem): void => {
    if (found.some((known) => known.code === code)) return;
    found.push({ code, subject: setting.name, detail: `${subject}: ${detail ?? ''}` });
  };
  let isOursSound: boolean;
  try {
    const states = [...(await verifyLedgers({ root: vault.root, native })), ...vault.ledgers];
    for (const state of states) if (state.problem) add(state.problem);
    for (const { writer, n } of catalog.positions(key)) {
      if (n === 0 || states.some((state) => state.writer === writer)) continue;
      add(problem('ledger-missing-segment', `Ledger/${writer}`, { detail: 'all of it is gone' }).problem);
    }
    isOursSound = states.every((state) => state.writer !== deps.writer || !state.problem);
  } catch (error) {
    if (!(error instanceof GlassineError)) throw error;
    tally.problems.push({ ...error.problem, subject: setting.name });
    return false;
  }
  tally.problems.push(...found);
  tally.ledger = found[0]?.code ?? 'sound';
  for (const code of ledgerCodes) {
    if (found.some((each) => each.code === code))
      catalog.addEvent({ at: clock.now(), code, subject: setting.name });
    else catalog.resolveEvents(code, setting.name, clock.now());
  }
  return isOursSound;
}
