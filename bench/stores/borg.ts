/** borg, as it comes, without encryption: what it spends it spends on chunks, compression and its index. */
import path from 'node:path';
import { runToEnd } from '../command.js';
import type { Command } from '../command.js';
import type { Corpus } from '../corpora.js';
import type { Programs } from '../programs.js';
import { WrongResult } from '../wrong-result.js';
import { Store } from './store.js';

export class BorgStore extends Store {
  readonly name = 'borg';
  readonly needs = ['borg'] as const;
  readonly #programs: Programs;
  #archives = 0;

  constructor(corpus: Corpus, programs: Programs) {
    super(corpus);
    this.#programs = programs;
  }

  #command(args: readonly string[]): Command {
    return {
      program: this.#programs.pathOf('borg'),
      args,
      env: {
        BORG_REPO: path.join(this.place, 'repository'),
        BORG_BASE_DIR: path.join(this.place, 'base'),
        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
      },
    };
  }

  protected async open(): Promise<void> {
    await runToEnd({ program: 'mkdir', args: ['-p', path.join(this.place, 'base')] });
    await runToEnd(this.#command(['init', '--encryption', 'none']));
  }

  backup(): Command {
    this.#archives++;
    return this.#command(['create', `::pass-${this.#archives}`, this.corpus.root]);
  }

  protected async look(): Promise<void> {
    const listed = await runToEnd(
      this.#command(['list', '--format', '{type}{NL}', `::pass-${this.#archives}`]),
    );
    const files = listed.split('\n').filter((type) => type === '-').length;
    if (files !== this.corpus.files) throw new WrongResult(`borg keeps ${files} files`);
  }
}
