/** The programs that are measured or that measure, as far as this machine has them. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { programPath, run } from '../test/support/commands.js';

/** What Debian calls the package of each program, and how the program is asked for its version. */
const known = {
  cp: ['coreutils', '--version'],
  find: ['findutils', '--version'],
  diff: ['diffutils', '--version'],
  b3sum: ['b3sum', '--version'],
  rsync: ['rsync', '--version'],
  rclone: ['rclone', 'version'],
  restic: ['restic', 'version'],
  borg: ['borgbackup', '--version'],
  fio: ['fio', '--version'],
  taskset: ['util-linux', '--version'],
  fincore: ['util-linux', '--version'],
  time: ['time', '--version'],
} as const;

export type ProgramName = keyof typeof known;

export interface Found {
  readonly path: string;
  readonly version: string;
}

export class Programs {
  readonly #found = new Map<ProgramName, Found>();

  static async find(): Promise<Programs> {
    const programs = new Programs();
    for (const [name, [, ask]] of Object.entries(known)) {
      const file = programPath(name);
      if (file === undefined) continue;
      const { stdout, stderr } = await run(file, [ask]);
      const version = /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'of unknown version';
      programs.#found.set(name as ProgramName, { path: file, version });
    }
    return programs;
  }

  has(name: ProgramName): boolean {
    return this.#found.has(name);
  }

  /** Throws where it is missing: ask `has` first. */
  pathOf(name: ProgramName): string {
    const found = this.#found.get(name);
    if (!found) throw new Error(missingSentence([name]));
    return found.path;
  }

  /** The first of these that is missing. */
  missing(names: readonly ProgramName[]): ProgramName[] {
    return names.filter((name) => !this.has(name));
  }

  /** `restic 0.14.0` and so on. */
  versions(): string[] {
    return [...this.#found].map(([name, { version }]) => `${name} ${version}`);
  }

  /** A sentence for everything that would have been used and is not here. */
  missingSentences(): string[] {
    return this.missing(Object.keys(known) as ProgramName[]).map((name) => missingSentence([name]));
  }
}

/** `not installed: restic (apt-get install restic)`. */
export function missingSentence(names: readonly ProgramName[]): string {
  const packages = names.map((name) => known[name][0]);
  return `not installed: ${names.join(', ')} (apt-get install ${packages.join(' ')})`;
}

const built = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The command line as it is installed. */
export const glassineMain = path.join(built, 'src', 'main.js');

/** A script that is run as a program of its own. */
export function childScript(name: 'hash-file' | 'copy-tree' | 'hold-memory' | 'start-agent'): string {
  return path.join(built, 'bench', 'children', `${name}.js`);
}
