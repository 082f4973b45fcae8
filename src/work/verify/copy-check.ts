/** One vault's copies: page by page read, doubted, and what was found written into the ledger. */
import { GlassineError, isOurs, problem } from '../../base/errors.js';
import type { StoredRow } from '../../store/catalog/types.js';
import type { NewLine } from '../../store/ledger/lines.js';
import type { WorkDeps } from '../deps.js';
import { clearAlarms, raiseAlarms } from '../parts/alarms.js';
import type { BadCopy, CopyTrouble } from '../parts/copies.js';
import { type OpenedVault, openVaults } from '../parts/open-vaults.js';
import { checkCopies, type Finding } from './check-copies.js';
import { planPages, rowsOf } from './pages.js';
import type { VerifyTally } from './report.js';

/** How old what is known of other computers' doings may get. */
const keepUpMs = 30_000;

interface Totals {
  readonly files: number;
  readonly bytes: number;
}

export class CopyCheck {
  readonly #deps: WorkDeps;
  readonly #opened: OpenedVault;
  readonly #tally: VerifyTally;
  #canRecord: boolean;
  #caughtUpAt: number;
  #doneFiles = 0;
  #doneBytes = 0;
  #totals: Totals = { files: 0, bytes: 0 };

  /** `writable`: what is found is written into the vault's ledger. */
  constructor(
    deps: WorkDeps,
    opened: OpenedVault,
    { tally, writable }: { tally: VerifyTally; writable: boolean },
  ) {
    this.#deps = deps;
    this.#opened = opened;
    this.#tally = tally;
    this.#canRecord = writable;
    this.#caughtUpAt = deps.clock.now();
  }

  /** Checks the vault's copies; true when all of them were looked at. `untilMs`: when the time is up. */
  async run(options: { untilMs: number | undefined; sinceMs: number | undefined }): Promise<boolean> {
    const { catalog, clock } = this.#deps;
    const { untilMs, sinceMs } = options;
    const plan = planPages(catalog, this.#opened.key, { sinceMs, oldestFirst: untilMs !== undefined });
    const bytes = plan.pages.reduce((sum, page) => sum + page.bytes, 0);
    const files = plan.pages.reduce((sum, page) => sum + page.rows, 0);
    this.#totals = { files, bytes };
    this.#tally.left = plan.left;
    for (const [at, page] of plan.pages.entries()) {
      // However short the time, something is looked at.
      const late = at > 0 && untilMs !== undefined && clock.now() >= untilMs;
      if (!late) await this.#keepUp();
      if (late || !(await this.#page(rowsOf(catalog, this.#opened.key, page)))) {
        this.#tally.left += plan.pages.slice(at).reduce((sum, rest) => sum + rest.rows, 0);
        return false;
      }
    }
    return plan.left === 0 && this.#tally.unseen.length === 0;
  }

  /**
   * Other computers may keep to this vault meanwhile; a line must not speak of files that came and were not
   * read.
   */
  async #keepUp(): Promise<void> {
    const { clock, writer } = this.#deps;
    const { vault, setting } = this.#opened;
    const isShared = vault.ledgers.some((ledger) => ledger.writer !== writer);
    if (!isShared || clock.now() - this.#caughtUpAt < keepUpMs) return;
    const { open } = await openVaults(this.#deps, [setting], { readOnly: true });
    for (const again of open) await again.vault.close();
    this.#caughtUpAt = clock.now();
  }

  /** False when the vault went away: then nothing is known of this page. */
  async #page(rows: readonly StoredRow[]): Promise<boolean> {
    const { vault } = this.#opened;
    const onProgress = (bytes: number, files: number): void => {
      this.#tell(this.#doneFiles + files, this.#doneBytes + bytes);
    };
    let findings = await checkCopies(this.#deps, vault, { rows, onProgress });
    if (findings.some(isBad)) {
      if (!(await this.#isThere())) return false;
      findings = await this.#lookAgain(findings);
      if (!(await this.#isThere())) return false;
    }
    this.#count(findings);
    await this.#record(findings);
    this.#doneFiles += rows.length;
    this.#doneBytes += rows.reduce((sum, row) => sum + row.bytes, 0);
    this.#tell(this.#doneFiles, this.#doneBytes);
    return true;
  }

  /** A drive that was unplugged has no damaged copies. */
  async #isThere(): Promise<boolean> {
    try {
      await this.#opened.vault.check();
      return true;
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      const away = { ...error.problem, subject: this.#opened.setting.name };
      this.#tally.problems.push(away);
      this.#tally.unseen.push(away);
      return false;
    }
  }

  /**
   * Before a copy is called bad: another computer may have moved or replaced it meanwhile, which its ledger
   * tells; and a tired drive may give at the second try what it refused at the first.
   */
  async #lookAgain(findings: readonly Finding[]): Promise<Finding[]> {
    const { catalog } = this.#deps;
    const { open } = await openVaults(this.#deps, [this.#opened.setting], { readOnly: true });
    const [again] = open;
    if (!again) return [...findings];
    try {
      const result: Finding[] = [];
      for (const finding of findings) {
        const row = isBad(finding) ? catalog.storedAt(again.key, finding.stored) : finding.row;
        if (!isBad(finding)) result.push(finding);
        else if (row?.key !== finding.row.key) result.push({ ...finding, state: 'unsure' });
        else result.push(...(await checkCopies(this.#deps, again.vault, { rows: [row] })));
      }
      return result;
    } finally {
      await again.vault.close();
    }
  }

  #count(findings: readonly Finding[]): void {
    const { name: vault, id: vaultId } = this.#opened.setting;
    const bad: BadCopy[] = [];
    const good = new Set<string>();
    for (const { stored, state, bytes } of findings) {
      if (state === 'good' || state === 'copy-mismatch') this.#tally.checked += 1;
      this.#tally.bytes += bytes;
      if (state === 'good') good.add(stored);
      else if (state !== 'unsure') bad.push({ vault, vaultId, stored, code: state });
      else this.#tally.unseen.push(problem('file-changing', `${vault}/${stored}`).problem);
    }
    this.#tally.bad.push(...bad);
    raiseAlarms(this.#deps, bad);
    clearAlarms(this.#deps, vaultId, (stored) => good.has(stored));
  }

  /** Ledger first, then the catalog. A vault that cannot be written has been looked at all the same. */
  async #record(findings: readonly Finding[]): Promise<void> {
    const lines = linesOf(findings);
    if (!this.#canRecord || lines.length === 0) return;
    const { vault, setting } = this.#opened;
    try {
      this.#deps.catalog.apply(vault.id, this.#deps.writer, await vault.commit(lines));
    } catch (error) {
      if (!(error instanceof GlassineError) || isOurs(error)) throw error;
      this.#canRecord = false;
      this.#tally.problems.push({ ...error.problem, subject: setting.name });
    }
  }

  #tell(doneFiles: number, doneBytes: number): void {
    const { files: totalFiles, bytes: totalBytes } = this.#totals;
    this.#deps.listener({
      ...{ kind: 'progress', job: 'verify', totalFiles, totalBytes },
      ...{ doneFiles: Math.min(doneFiles, totalFiles), doneBytes: Math.min(doneBytes, totalBytes) },
    });
  }
}

type BadFinding = Finding & { readonly state: CopyTrouble };

function isBad(finding: Finding): finding is BadFinding {
  return finding.state !== 'good' && finding.state !== 'unsure';
}

/** A line for each run of neighbours that were all looked at, and one for each bad copy. */
export function linesOf(findings: readonly Finding[]): NewLine[] {
  const lines: NewLine[] = [];
  let run: Finding[] = [];
  const close = (): void => {
    if (run.length > 0) lines.push(scrubLine(run));
    run = [];
  };
  for (const finding of findings) {
    if (finding.state === 'unsure') close();
    else run.push(finding);
  }
  close();
  for (const finding of findings) {
    const { row, stored, state } = finding;
    if (!isBad(finding) || row.b3 === undefined) continue;
    const found = finding.found ?? (state === 'copy-missing' ? 'missing' : 'unreadable');
    lines.push({ do: 'damaged', stored, b3: row.b3, found });
  }
  return lines;
}

function scrubLine(run: readonly Finding[]): NewLine {
  const files = run.filter(({ row }) => row.kind === 'file');
  const read = files.filter((finding) => !isBad(finding));
  const proven = read.length > 0 && read.every(({ fromMedium }) => fromMedium);
  return {
    do: 'scrub',
    first: run[0]?.stored ?? '',
    last: run.at(-1)?.stored ?? '',
    files: files.length,
    bytes: run.reduce((sum, { bytes }) => sum + bytes, 0),
    evidence: proven ? 'proven' : 'written',
    bad: run.filter(isBad).map(({ stored }) => stored),
  };
}
