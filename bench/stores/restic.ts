/** restic, as it comes: a repository with a password, its own cache, its own settings. */
import path from 'node:path';
import { runToEnd } from '../command.js';
import type { Command, Measured } from '../command.js';
import type { Corpus } from '../corpora.js';
import type { Programs } from '../programs.js';
import { WrongResult } from '../wrong-result.js';
import { jsonObject, Store } from './store.js';

export class ResticStore extends Store {
  readonly name = 'restic';
  readonly needs = ['restic'] as const;
  readonly #programs: Programs;

  constructor(corpus: Corpus, programs: Programs) {
    super(corpus);
    this.#programs = programs;
  }

  command(args: readonly string[]): Command {
    return {
      program: this.#programs.pathOf('restic'),
      args,
      env: {
        RESTIC_REPOSITORY: path.join(this.place, 'repository'),
        RESTIC_PASSWORD: 'bench',
        RESTIC_CACHE_DIR: path.join(this.place, 'cache'),
      },
    };
  }

  protected async open(): Promise<void> {
    await runToEnd(this.command(['init', '--quiet']));
  }

  backup(): Command {
    return this.command(['backup', '--quiet', '--json', this.corpus.root]);
  }

  /** What it says itself; what it gives back is compared in the rows about restoring. */
  protected async look({ stdout }: Pick<Measured, 'stdout'>): Promise<void> {
    const summary = jsonObject(stdout.trim().split('\n').at(-1) ?? '');
    const files = summary['total_files_processed'];
    if (files !== this.corpus.files) throw new WrongResult(`restic: ${stdout.slice(-500)}`);
  }
}
