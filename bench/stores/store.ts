/** What one program keeps of one corpus, and the commands that make it keep it. */
import assert from 'node:assert';
import type { Command, Measured } from '../command.js';
import { runToEnd } from '../command.js';
import type { Corpus } from '../corpora.js';
import type { ProgramName } from '../programs.js';

export abstract class Store {
  abstract readonly name: string;
  abstract readonly needs: readonly ProgramName[];
  readonly corpus: Corpus;
  /** Which state of the corpus the last checked pass kept. */
  #keptState: number | undefined;
  #isOpen = false;

  constructor(corpus: Corpus) {
    this.corpus = corpus;
  }

  /** Where it keeps; removed as a whole. */
  get place(): string {
    return this.corpus.beside(this.name.replaceAll(/\W+/g, '-'));
  }

  /** Makes an empty repository or vault at a place where nothing is. */
  protected abstract open(): Promise<void>;

  /** One pass: keeps what is not kept yet. */
  abstract backup(): Command;

  /** Throws `WrongResult` unless the last pass kept every file. */
  protected abstract look(measured: Pick<Measured, 'stdout'>): Promise<void>;

  /** Throws `WrongResult` unless the last pass kept every file as it is now. */
  async check(measured: Pick<Measured, 'stdout'>): Promise<void> {
    const { state } = this.corpus;
    await this.look(measured);
    this.#keptState = state;
  }

  /** Begins anew, with nothing kept. */
  async empty(): Promise<void> {
    await this.remove();
    await runToEnd({ program: 'mkdir', args: ['-p', this.place] });
    await this.open();
    this.#isOpen = true;
  }

  /** A pass that nobody measures. Returns what it printed. */
  async pass(): Promise<string> {
    return runToEnd(this.backup());
  }

  /** Afterwards it keeps, and was seen to keep, what the corpus holds now. */
  async bringUpToDate(): Promise<void> {
    if (this.#keptState === this.corpus.state) return;
    if (!this.#isOpen) await this.empty();
    await this.check({ stdout: await this.pass() });
  }

  async remove(): Promise<void> {
    this.#isOpen = false;
    this.#keptState = undefined;
    await runToEnd({ program: 'rm', args: ['-rf', this.place] });
  }
}

/** What a program printed as JSON, as far as it is an object. */
export function jsonObject(text: string): Record<string, unknown> {
  const found: unknown = JSON.parse(text);
  assert(typeof found === 'object' && found !== null, text.slice(0, 200));
  return { ...found };
}
