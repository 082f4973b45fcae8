/** Our own command line, with a home and a vault of its own for each corpus. */
import path from 'node:path';
import { runToEnd } from '../command.js';
import type { Command, Measured } from '../command.js';
import type { Corpus } from '../corpora.js';
import { glassineMain } from '../programs.js';
import type { Programs } from '../programs.js';
import { WrongResult } from '../wrong-result.js';
import { jsonObject, Store } from './store.js';
import { mustEqual } from './equal.js';

/** What the corpus is called among our sources. */
export const sourceName = 'Bench';

export class GlassineStore extends Store {
  readonly name = 'glassine';
  readonly needs = [];
  readonly #programs: Programs;

  constructor(corpus: Corpus, programs: Programs) {
    super(corpus);
    this.#programs = programs;
  }

  verb(args: readonly string[]): Command {
    return {
      program: process.execPath,
      args: [glassineMain, ...args],
      env: { GLASSINE_HOME: path.join(this.place, 'home') },
    };
  }

  /** Where the vault shows the newest version of everything. */
  get pictures(): string {
    return path.join(this.place, 'vault', 'Glassine', 'Pictures', sourceName);
  }

  protected async open(): Promise<void> {
    const vault = path.join(this.place, 'vault');
    await runToEnd({ program: 'mkdir', args: ['-p', vault] });
    await runToEnd(this.verb(['source', 'add', this.corpus.root, '--name', sourceName]));
    await runToEnd(this.verb(['vault', 'add', vault, '--name', 'Vault']));
  }

  backup(): Command {
    return this.verb(['backup', '--json']);
  }

  protected async look({ stdout }: Pick<Measured, 'stdout'>): Promise<void> {
    mustBeGood(stdout);
    await mustEqual(this.corpus, this.pictures, this.#programs);
  }
}

/** Throws `WrongResult` unless a verb's JSON says that it went well. Returns it. */
export function mustBeGood(stdout: string): Record<string, unknown> {
  const document = jsonObject(stdout);
  if (document['outcome'] !== 'good') throw new WrongResult(stdout.slice(0, 2000));
  return document;
}
