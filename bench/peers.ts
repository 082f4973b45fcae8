/** Who is measured: Glassine itself, and the programs found on this machine that keep versions of folders. */
import assert from 'node:assert';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { mustRun, programPath, run } from '../test/support/commands.js';
import { countFiles } from './data.js';

/** One way of keeping a folder, with its own place to keep it in. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Makes an empty repository or vault below `place` for the folder `source`. Not measured. */
  prepare(place: string, source: string): Promise<void>;
  /** The command of the pass with this number, counted from 0. Measured. */
  pass(place: string, source: string, number: number): Command;
  /** Throws unless the last pass really kept this many files. */
  check(place: string, files: number, stdout: string): Promise<void>;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A program that would have been measured and is not on this machine. */
export interface MissingPeer {
  readonly name: string;
  readonly install: string;
}

async function versionOf(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, args);
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown';
}

export async function glassine(main: string): Promise<Peer> {
  const command = (place: string, args: readonly string[]): Command => ({
    program: process.execPath,
    args: [main, ...args],
    env: { GLASSINE_HOME: path.join(place, 'home') },
  });
  return {
    name: 'glassine',
    version: await versionOf(process.execPath, [main, '--version']),
    async prepare(place, source) {
      await mkdir(path.join(place, 'vault'), { recursive: true });
      for (const args of [
        ['source', 'add', source, '--name', 'Bench'],
        ['vault', 'add', path.join(place, 'vault'), '--name', 'Vault'],
      ]) {
        const { program, args: all, env } = command(place, args);
        await mustRun(program, all, { env });
      }
    },
    pass: (place) => command(place, ['backup', '--json']),
    async check(place, files, stdout) {
      const document = JSON.parse(stdout) as { outcome?: unknown };
      assert.strictEqual(document.outcome, 'good', stdout);
      const pictures = path.join(place, 'vault', 'Glassine', 'Pictures', 'Bench');
      assert.strictEqual(await countFiles(pictures), files, `files in ${pictures}`);
    },
  };
}

async function rsync(program: string): Promise<Peer> {
  return {
    name: 'rsync --link-dest',
    version: await versionOf(program, ['--version']),
    async prepare(place) {
      await mkdir(place, { recursive: true });
    },
    pass(place, source, number) {
      const before = number === 0 ? [] : [`--link-dest=../${number - 1}`];
      return { program, args: ['-a', ...before, `${source}/`, path.join(place, String(number))], env: {} };
    },
    async check(place, files) {
      assert.strictEqual(await countFiles(path.join(place, '0')), files);
    },
  };
}

async function restic(program: string): Promise<Peer> {
  const env = (place: string): Record<string, string> => ({
    RESTIC_REPOSITORY: path.join(place, 'repository'),
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: path.join(place, 'cache'),
  });
  return {
    name: 'restic',
    version: await versionOf(program, ['version']),
    async prepare(place) {
      await mkdir(place, { recursive: true });
      await mustRun(program, ['init', '--quiet'], { env: env(place) });
    },
    pass: (place, source) => ({ program, args: ['backup', '--json', '--quiet', source], env: env(place) }),
    async check(place, files) {
      const stats = await mustRun(program, ['stats', 'latest', '--json'], { env: env(place) });
      const counted = JSON.parse(stats) as { total_file_count?: number };
      assert((counted.total_file_count ?? 0) >= files, stats);
    },
  };
}

async function borg(program: string): Promise<Peer> {
  const env = (place: string): Record<string, string> => ({
    BORG_REPO: path.join(place, 'repository'),
    BORG_BASE_DIR: path.join(place, 'base'),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  });
  return {
    name: 'borg',
    version: await versionOf(program, ['--version']),
    async prepare(place) {
      await mkdir(path.join(place, 'base'), { recursive: true });
      await mustRun(program, ['init', '--encryption', 'none'], { env: env(place) });
    },
    pass: (place, source, number) => ({
      program,
      args: ['create', `::pass-${number}`, source],
      env: env(place),
    }),
    async check(place, files) {
      const listed = await mustRun(program, ['list', '--format', '{type}{NL}', '::pass-0'], {
        env: env(place),
      });
      assert.strictEqual(listed.split('\n').filter((type) => type === '-').length, files);
    },
  };
}

/** Glassine and the peers that this machine has, and the names of those it has not. */
export async function findPeers(main: string): Promise<{ peers: Peer[]; missing: MissingPeer[] }> {
  const peers = [await glassine(main)];
  const missing: MissingPeer[] = [];
  for (const [name, install, open] of [
    ['rsync', 'rsync', rsync],
    ['restic', 'restic', restic],
    ['borg', 'borgbackup', borg],
  ] as const) {
    const program = programPath(name);
    if (program === undefined) missing.push({ name, install: `apt-get install ${install}` });
    else peers.push(await open(program));
  }
  return { peers, missing };
}
