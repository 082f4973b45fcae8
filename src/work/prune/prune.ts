/**
 * Pruning: carries out retention in the connected vaults, the ledger's line first, each removal with its
 * reasons.
 */
import { GlassineError, isOurs, type Problem, problem } from '../../base/errors.js';
import type { VaultSetting } from '../../base/settings.js';
import type { Outcome } from '../../base/types.js';
import type { RetentionRule } from '../../rules/retention.js';
import type { NewLine } from '../../store/ledger/lines.js';
import type { WorkDeps } from '../deps.js';
import { openAlarm, raiseAlarms } from '../parts/alarms.js';
import type { BadCopy } from '../parts/copies.js';
import { type OpenedVault, openVaults } from '../parts/open-vaults.js';
import { judgeCopy, readCopies } from '../parts/read-copies.js';
import { planPrune, type Removal } from './plan-prune.js';

export interface PruneOptions {
  readonly vaults: readonly VaultSetting[];
  readonly rule: RetentionRule;
  /** Only say what would go. */
  readonly dryRun?: boolean | undefined;
}

/** A stored version that went, or would go. */
export interface PruneDecision {
  /** `source/path`. */
  readonly path: string;
  /** When it came into that vault, ms. */
  readonly keptAt: number;
  /** The vault's name. */
  readonly vault: string;
  readonly stored: string;
  readonly bytes: number;
  /** Never empty. */
  readonly reasons: readonly string[];
}

export interface PruneReport {
  readonly outcome: Outcome;
  /** Stored versions that went; on a dry run, that would go. */
  readonly removed: number;
  readonly bytes: number;
  /** Stored versions in `Versions/` of the connected vaults that stay. */
  readonly kept: number;
  readonly decisions: readonly PruneDecision[];
  /** Vaults that could not be thinned, and `alarm-open` when nothing could. */
  readonly incomplete: readonly Problem[];
}

const linesAtOnce = 256;

/**
 * Removes what the rule does not keep. Nothing while an alarm is open, and never the last copy in a vault of
 * anything that is kept. Throws `stopped` on abort (what went until then is in the ledgers), and as
 * `backup` does when the index fails.
 */
export async function prune(deps: WorkDeps, options: PruneOptions): Promise<PruneReport> {
  const { dryRun = false } = options;
  const { open, away } = await openVaults(deps, options.vaults, { readOnly: dryRun });
  try {
    // Only now: other computers' lines may have told of damage.
    const alarm = openAlarm(deps);
    const { clock, writer } = deps;
    const plan = planPrune(deps.catalog, { open, rule: options.rule, nowMs: clock.now(), writer });
    const run = new Pruning(deps, plan.removals.length);
    if (alarm) run.left.push(alarm);
    run.left.push(...away);
    if (dryRun) run.done.push(...plan.removals);
    else if (!alarm) for (const opened of open) await run.thin(opened, plan.removals);
    raiseAlarms(deps, run.bad);
    const removed = run.done.length;
    return {
      outcome: outcomeOf(run, { alarm, isNoneOpen: open.length === 0 && away.length > 0 }),
      removed,
      bytes: run.done.reduce((sum, { row }) => sum + row.bytes, 0),
      kept: plan.kept + plan.removals.length - removed,
      decisions: run.done.map(decisionOf),
      incomplete: run.left,
    };
  } finally {
    for (const { vault } of open) await vault.close();
  }
}

function outcomeOf(run: Pruning, found: { alarm: Problem | undefined; isNoneOpen: boolean }): Outcome {
  if (found.alarm || found.isNoneOpen || run.bad.length > 0) return 'failed';
  return run.left.length > 0 ? 'incomplete' : 'good';
}

class Pruning {
  readonly done: Removal[] = [];
  readonly left: Problem[] = [];
  /** Copies that something would have relied on, and that turned out not to be good. */
  readonly bad: BadCopy[] = [];
  readonly #deps: WorkDeps;
  readonly #total: number;

  constructor(deps: WorkDeps, total: number) {
    this.#deps = deps;
    this.#total = total;
  }

  /** Removes what goes from one vault, batch by batch. A vault that fails keeps the rest. */
  async thin(opened: OpenedVault, removals: readonly Removal[]): Promise<void> {
    const mine = removals.filter((removal) => removal.opened === opened);
    for (let at = 0; at < mine.length; at += linesAtOnce) {
      if (this.#deps.signal?.aborted) throw problem('stopped', opened.setting.name);
      const batch = mine.slice(at, at + linesAtOnce);
      try {
        if (!(await this.#canRely(opened, batch))) return;
        const lines = await opened.vault.commit(batch.map(lineOf));
        this.#deps.catalog.apply(opened.vault.id, this.#deps.writer, lines);
      } catch (error) {
        if (!(error instanceof GlassineError) || isOurs(error)) throw error;
        this.left.push({ ...error.problem, subject: opened.setting.name });
        return;
      }
      this.done.push(...batch);
      this.#tell();
    }
  }

  /**
   * Reads again every copy that a removal relies on: the catalog may believe in what is no longer there. One
   * that is not good is an alarm, and nothing more goes from this vault.
   */
  async #canRely(opened: OpenedVault, batch: readonly Removal[]): Promise<boolean> {
    const relied = new Map(batch.flatMap(({ relyOn }) => relyOn.slice(0, 1).map((row) => [row.key, row])));
    const rows = [...relied.values()];
    if (rows.length === 0) return true;
    const results = await readCopies(this.#deps, opened.vault, { files: rows });
    await opened.vault.check();
    const { name: vault, id: vaultId } = opened.setting;
    for (const [at, row] of rows.entries()) {
      const result = results[at];
      const state = result ? judgeCopy(row, result) : 'unsure';
      if (state === 'good') continue;
      const stored = row.stored ?? '';
      const code = state === 'unsure' ? 'copy-unreadable' : state;
      this.bad.push({ vault, vaultId, stored, code });
      this.left.push(problem(code, `${vault}/${stored}`).problem);
    }
    return this.bad.length === 0;
  }

  #tell(): void {
    const doneBytes = this.done.reduce((sum, { row }) => sum + row.bytes, 0);
    const files = { doneFiles: this.done.length, totalFiles: this.#total };
    this.#deps.listener({ kind: 'progress', job: 'prune', ...files, doneBytes, totalBytes: doneBytes });
  }
}

function lineOf({ stored, row, reasons }: Removal): NewLine {
  return { do: 'prune', stored, ...(row.b3 !== undefined && { b3: row.b3 }), reasons };
}

function decisionOf({ path, row, opened, stored, reasons }: Removal): PruneDecision {
  return { path, keptAt: row.keptAt, vault: opened.setting.name, stored, bytes: row.bytes, reasons };
}
