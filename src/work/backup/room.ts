/** Which files still fit into a vault that has run full: what fits is kept, the rest is left and counted. */
import type { Native } from '../../platform/native.js';
import type { OpenTarget } from '../parts/vault-target.js';
import type { Job, Wanted } from './job.js';

/** Left free for the ledger's own lines. */
const ledgerBytes = 256 * 1024;

/** Files take whole blocks, and one more for their folder. */
const blockBytes = 4_096;

export class Room {
  readonly #native: Native;
  readonly #left = new Map<OpenTarget, Map<number, number>>();

  constructor(native: Native) {
    this.#native = native;
  }

  /** A file did not fit. */
  full(target: OpenTarget, job: Job): void {
    const left = this.#left.get(target) ?? new Map<number, number>();
    this.#left.set(target, left.set(job.seen.fileKey, job.seen.bytes));
  }

  /** It came after all. */
  taken(target: OpenTarget, job: Job): void {
    this.#left.get(target)?.delete(job.seen.fileKey);
  }

  isLeft(target: OpenTarget, job: Job): boolean {
    return this.#left.get(target)?.has(job.seen.fileKey) ?? false;
  }

  /** Bytes that did not fit; `undefined` when everything did. */
  leftBytes(target: OpenTarget): number | undefined {
    const left = this.#left.get(target);
    return left && left.size > 0 ? [...left.values()].reduce((sum, bytes) => sum + bytes, 0) : undefined;
  }

  /** The jobs without the vaults that dropped out or have no room for them. */
  async fitting(jobs: readonly Job[]): Promise<Job[]> {
    const free = await this.#freeBytes();
    const fitting: Job[] = [];
    for (const job of jobs) {
      const wanted = job.wanted.filter((each) => this.#fits(each, job, free));
      if (wanted.length > 0) fitting.push({ ...job, wanted });
    }
    return fitting;
  }

  #fits({ target }: Wanted, job: Job, free: Map<OpenTarget, number>): boolean {
    if (target.tally.problem !== undefined) return false;
    const bytes = free.get(target);
    if (bytes === undefined) return true;
    const needed = Math.ceil(job.seen.bytes / blockBytes + 1) * blockBytes;
    if (needed > bytes) {
      this.full(target, job);
      return false;
    }
    free.set(target, bytes - needed);
    return true;
  }

  /** Of the vaults that ran full only: the others are not asked. */
  async #freeBytes(): Promise<Map<OpenTarget, number>> {
    const free = new Map<OpenTarget, number>();
    for (const target of this.#left.keys()) {
      const facts = await this.#native.volumeOf(target.vault.root).catch(() => undefined);
      const noFiles = facts === undefined || facts.freeFiles === 0;
      free.set(target, noFiles ? -1 : facts.freeBytes - ledgerBytes);
    }
    return free;
  }
}
