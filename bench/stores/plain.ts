/** The programs that copy a folder to a folder and keep no versions: rsync and rclone. */
import path from 'node:path';
import type { Command } from '../command.js';
import type { Corpus } from '../corpora.js';
import type { ProgramName, Programs } from '../programs.js';
import { Store } from './store.js';
import { mustEqual } from './equal.js';

abstract class PlainCopy extends Store {
  abstract override readonly name: ProgramName;
  readonly programs: Programs;

  constructor(corpus: Corpus, programs: Programs) {
    super(corpus);
    this.programs = programs;
  }

  get needs(): readonly ProgramName[] {
    return [this.name];
  }

  get copy(): string {
    return path.join(this.place, 'copy');
  }

  protected async open(): Promise<void> {
    // The first pass makes the folder.
  }

  protected async look(): Promise<void> {
    await mustEqual(this.corpus, this.copy, this.programs);
  }
}

export class RsyncStore extends PlainCopy {
  readonly name = 'rsync';

  backup(): Command {
    return { program: this.programs.pathOf('rsync'), args: ['-a', `${this.corpus.root}/`, `${this.copy}/`] };
  }

  /** The way of keeping versions with it: a whole new folder, unchanged files linked to those of the last. */
  get linked(): string {
    return path.join(this.place, 'linked');
  }

  backupLinked(): Command {
    const args = ['-a', `--link-dest=${this.copy}`, `${this.corpus.root}/`, `${this.linked}/`];
    return { program: this.programs.pathOf('rsync'), args };
  }
}

export class RcloneStore extends PlainCopy {
  readonly name = 'rclone';

  backup(): Command {
    return {
      program: this.programs.pathOf('rclone'),
      args: ['copy', '--config=', '--quiet', this.corpus.root, this.copy],
    };
  }
}
