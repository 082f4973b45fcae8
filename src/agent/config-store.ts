/**
 * The configuration in force: read from its file, kept while a newer one is wrong, changed without tearing.
 */
import { dirname } from 'node:path';
import { GlassineError, errnoOf, problem } from '../base/errors.js';
import type { Problem } from '../base/errors.js';
import { factsOf, readText, writeTextAtomically } from '../platform/files.js';
import { configText, emptyConfig, parseConfig } from './config.js';
import type { Config } from './config.js';

export class ConfigStore {
  readonly #file: string;
  #current: Config;
  #mark: string | undefined;
  #exists: boolean;
  #problem: Problem | undefined;

  private constructor(file: string, current: Config, mark: string | undefined) {
    this.#file = file;
    this.#current = current;
    this.#mark = mark;
    this.#exists = mark !== undefined;
  }

  /**
   * Reads the file; where there is none, nothing is set. Throws `config-invalid`, unless that may be looked
   * into.
   */
  static async open(file: string, options: { evenIfWrong?: boolean } = {}): Promise<ConfigStore> {
    const mark = await markOf(file);
    try {
      return new ConfigStore(file, await read(file), mark);
    } catch (error) {
      if (!options.evenIfWrong || !(error instanceof GlassineError)) throw error;
      const store = new ConfigStore(file, emptyConfig, mark);
      store.#problem = error.problem;
      return store;
    }
  }

  /** The configuration in force: the last good one. */
  get current(): Config {
    return this.#current;
  }

  /** Whether anybody has configured anything yet. */
  get exists(): boolean {
    return this.#exists;
  }

  /** What is wrong with the file as it is now, while an older one is in force. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /**
   * Looks at the file again, for one `stat` when it has not changed. True when what is in force or wrong
   * changed.
   */
  async refresh(): Promise<boolean> {
    const mark = await markOf(this.#file);
    if (mark === this.#mark) return false;
    this.#mark = mark;
    // A file that is gone may be on its way back from an editor; forgetting every source for it would be
    // wrong.
    if (mark === undefined) return false;
    try {
      this.#current = await read(this.#file);
      this.#exists = true;
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      this.#problem = error.problem;
    }
    return true;
  }

  /**
   * Changes what the file says now. Throws `config-invalid` without writing when the old or the new one is
   * wrong.
   */
  async update(change: (config: Config) => Config): Promise<Config> {
    const next = parseConfig(configText(change(await read(this.#file))));
    try {
      await writeTextAtomically(this.#file, configText(next));
    } catch (error) {
      throw problem('home-unwritable', dirname(this.#file), { detail: errnoOf(error) ?? '', cause: error });
    }
    this.#current = next;
    this.#exists = true;
    this.#problem = undefined;
    this.#mark = await markOf(this.#file);
    return next;
  }

  /**
   * Says where known places are now: in force at once, and with `write` in the file, where that can be
   * written. A file that cannot be is no reason not to find a drive.
   */
  async place(change: (config: Config) => Config, options: { readonly write: boolean }): Promise<void> {
    const next = change(this.#current);
    const written =
      options.write &&
      this.#exists &&
      !this.#problem &&
      (await this.update(change).then(
        () => true,
        () => false,
      ));
    if (!written) this.#current = next;
  }
}

async function markOf(file: string): Promise<string | undefined> {
  return (await factsOf(file).catch(() => undefined))?.mark;
}

async function read(file: string): Promise<Config> {
  const text = await readText(file).catch((error: unknown) => {
    throw problem('config-invalid', file, { detail: errnoOf(error) ?? '', cause: error });
  });
  return text === undefined ? emptyConfig : parseConfig(text);
}
