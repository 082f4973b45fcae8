/** An open vault of plain files: the one order of writing, from checked marker to flushed folders. */
import assert from 'node:assert';
import { stat } from 'node:fs/promises';
import { GlassineError, problem } from '../../base/errors.js';
import type { Clock } from '../../base/time.js';
import { isAbsent } from '../../platform/files.js';
import type { Native } from '../../platform/native.js';
import { type LedgerFindings, readLines } from '../ledger/reader.js';
import type { LedgerLine, NewLine } from '../ledger/lines.js';
import type { LedgerWriter, LineToAppend } from '../ledger/writer.js';
import { type EffectiveLine, isEffective } from './arrange-plan.js';
import { Arranger } from './arranger.js';
import { assertBatch, withFreeAsides } from './batch.js';
import { Incoming } from './incoming.js';
import { ledgerFolder, placeIn } from './layout.js';
import { readMarker } from './marker.js';
import type { LedgerState, NameRules, Vault } from './types.js';
import { isFull, vaultProblem } from './vault-errors.js';
import { Whereabouts } from './whereabouts.js';

export interface FolderVaultParts {
  readonly id: string;
  readonly root: string;
  /** What people call it: the subject of its problems. */
  readonly name: string;
  /** st_dev of the root, as a decimal string. */
  readonly device: string;
  readonly writer: string;
  readonly native: Native;
  readonly clock: Clock;
  readonly rules: NameRules;
  readonly findings: ReadonlyMap<string, LedgerFindings>;
  /** `undefined`: only reading. */
  readonly ledger: LedgerWriter | undefined;
}

type OnDurable = (lines: readonly LedgerLine[]) => void;
const toldNobody: OnDurable = () => undefined;

export class FolderVault implements Vault {
  readonly id: string;
  readonly root: string;
  readonly rules: NameRules;
  readonly #parts: FolderVaultParts;
  readonly #arranger: Arranger;
  readonly #incoming: Incoming;
  readonly #whereabouts: Whereabouts;
  /** Lines that no `settled` covers yet, and whether the folders show them all the same. */
  #window: EffectiveLine[];
  #isFinished = false;
  #isClosed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: FolderVaultParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.root = parts.root;
    this.rules = parts.rules;
    this.#arranger = new Arranger({ ...parts, check: () => this.check() });
    const own = parts.findings.get(parts.writer);
    this.#window = own?.unsettled.filter(isEffective) ?? [];
    this.#incoming = new Incoming(parts, this.#window);
    this.#whereabouts = new Whereabouts(parts.root);
    for (const [writer, { unsettled }] of parts.findings) this.#whereabouts.add(writer, unsettled);
  }

  get ledgers(): readonly LedgerState[] {
    return [...this.#parts.findings].map(([writer, { position, problem: found }]) => ({
      writer,
      position: writer === this.#parts.writer ? (this.#parts.ledger?.position ?? position) : position,
      ...(found && { problem: found }),
    }));
  }

  incomingName(): string {
    return this.#incoming.name();
  }

  absolute(stored: string): string {
    return placeIn(this.root, this.#whereabouts.find(stored));
  }

  readLines(writer: string, after: number): Iterable<LedgerLine> {
    const upTo = this.ledgers.find((ledger) => ledger.writer === writer)?.position.n ?? 0;
    return readLines(placeIn(this.root, ledgerFolder(writer)), { after, upTo });
  }

  async check(): Promise<void> {
    const { id, root, name, device } = this.#parts;
    try {
      const marker = await readMarker(root, name);
      const found = String((await stat(root, { bigint: true })).dev);
      if (marker.id !== id) throw problem('vault-other', name, { facts: { found: marker.id } });
      if (found !== device) throw problem('vault-away', name, { detail: 'it is on another volume now' });
    } catch (error) {
      const gone = error instanceof GlassineError ? error.code === 'vault-no-marker' : isAbsent(error);
      throw gone ? problem('vault-away', name, { cause: error }) : vaultProblem(error, name);
    }
  }

  /**
   * Replays what a crash cut short and clears our `Incoming/`. On a full volume what cannot be finished stays
   * for
   * later: only then can pruning make room.
   */
  recover(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#finishWindow().catch((error: unknown) => {
        if (!isFull(error)) throw error;
      });
      await this.#incoming.clear(this.#isFinished ? [] : this.#window);
    });
  }

  finishFor(writer: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#mustWrite();
      const lines = this.#parts.findings.get(writer)?.unsettled.filter(isEffective) ?? [];
      await this.check();
      if (lines.length > 0) await this.#arranger.finish(lines, false);
    });
  }

  async commit(lines: readonly NewLine[], onDurable: OnDurable = toldNobody): Promise<readonly LedgerLine[]> {
    assertBatch(lines, this.#parts.writer);
    return await this.#inTurn(() => this.#commit(lines, onDurable));
  }

  async #commit(wanted: readonly NewLine[], onDurable: OnDurable): Promise<readonly LedgerLine[]> {
    const ledger = this.#mustWrite();
    if (wanted.length === 0) return [];
    await this.check();
    if (!this.#isFinished) {
      await this.#finishWindow().catch((error: unknown) => {
        if (wanted.some((line) => isEffective(line) && line.do !== 'prune')) throw error;
      });
    }
    const { rules } = this;
    const lines = await withFreeAsides(wanted, { rules, look: (places) => this.#arranger.look(places) });
    await this.#arranger.prepare(lines.filter(isEffective));
    const appended = await ledger.append([...this.#settledIfDue(), ...lines.map((line) => ({ line }))]);
    const before = this.#isFinished ? [] : this.#window;
    const fresh = appended.filter(isEffective);
    this.#window = [...before, ...fresh];
    this.#isFinished = false;
    const arranged = this.#arranger.finish(fresh, true);
    try {
      onDurable(appended);
    } catch (error) {
      await arranged.catch(() => undefined);
      throw error;
    }
    await arranged;
    if (before.length === 0) this.#isFinished = true;
    else await this.#finishWindow().catch(() => undefined);
    return appended;
  }

  async #finishWindow(): Promise<void> {
    if (this.#window.length > 0) await this.#arranger.finish(this.#window, false);
    this.#isFinished = true;
  }

  #settledIfDue(): LineToAppend[] {
    const last = this.#window.at(-1);
    return last && this.#isFinished ? [{ line: { do: 'settled', upTo: last.n } }] : [];
  }

  #mustWrite(): LedgerWriter {
    assert(!this.#isClosed, 'the vault is closed');
    if (!this.#parts.ledger) throw problem('vault-read-only', this.#parts.name);
    return this.#parts.ledger;
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      const { ledger } = this.#parts;
      if (this.#isClosed || !ledger) return;
      this.#isClosed = true;
      try {
        await this.check();
        const due = this.#settledIfDue();
        if (due.length > 0) await ledger.append(due);
        await this.#incoming.clear(this.#isFinished ? [] : this.#window);
      } catch {
        // Nothing here is owed: the next opening replays, which changes nothing, and clears.
      } finally {
        await ledger.close().catch(() => undefined);
      }
    });
  }

  /** One thing at a time, and every error as a problem of this vault. */
  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined);
    try {
      return await turn;
    } catch (error) {
      if (isAbsent(error)) await this.check();
      throw vaultProblem(error, this.#parts.name);
    }
  }
}
