/** What one program keeps of one corpus, and the commands that make it keep it. */
import assert from 'node:assert';
import { readdir } from 'node:fs/promises';
import type { Command, Measured } from '../command.js';
import { runToEnd } from '../command.js';
import type { Corpus } from '../corpora.js';
import type { ProgramName } from '../programs.js';
import { WrongResult } from '../wrong-result.js';

export abstract class Store {
  abstract readonly name: string;
  abstract readonly needs: readonly ProgramName[];
  readonly corpus: Corpus;
  #keeps = false;

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
  abstract check(measured: Pick<Measured, 'stdout'>): Promise<void>;

  /** Begins anew, with nothing kept. */
  async empty(): Promise<void> {
    await this.remove();
    await runToEnd({ program: 'mkdir', args: ['-p', this.place] });
    await this.open();
    this.#keeps = true;
  }

  /** A pass that nobody measures. Returns what it printed. */
  async pass(): Promise<string> {
    return runToEnd(this.backup());
  }

  /** Keeps and has checked what the corpus holds now. */
  async bringUpToDate(): Promise<void> {
    if (!this.#keeps) await this.empty();
    await this.check({ stdout: await this.pass() });
  }

  async remove(): Promise<void> {
    this.#keeps = false;
    await runToEnd({ program: 'rm', args: ['-rf', this.place] });
  }
}

/** Throws `WrongResult` unless two folders hold the same names and the same bytes. */
export async function mustBeEqual(left: string, right: string): Promise<void> {
  try {
    await runToEnd({ program: 'diff', args: ['-r', '--brief', '--no-dereference', left, right] });
  } catch (error) {
    throw new WrongResult(error instanceof Error ? error.message : String(error));
  }
}

/** Throws `WrongResult` unless this many files lie below a folder. */
export async function mustHold(folder: string, files: number): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).length;
  if (found !== files) throw new WrongResult(`${found} files in ${folder} instead of ${files}`);
}

/** What a program printed as JSON, as far as it is an object. */
export function jsonObject(text: string): Record<string, unknown> {
  const found: unknown = JSON.parse(text);
  assert(typeof found === 'object' && found !== null, text.slice(0, 200));
  return { ...found };
}
