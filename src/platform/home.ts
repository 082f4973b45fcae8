/** Where this installation keeps what is its own: configuration, history, log and socket. */
import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { problem, errnoOf } from '../base/errors.js';
import { factsOf, keepToOwner, makeFolder } from './files.js';

/** Absolute paths. Folders exist after {@link makeHome}; files may not. */
export interface Home {
  /** Set by GLASSINE_HOME: everything is in one folder, and nothing is looked for elsewhere. */
  readonly portable: boolean;
  readonly configFolder: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  /** Only its owner may enter it; holds the socket. */
  readonly socketFolder: string;
  readonly scratchFolder: string;
  readonly configFile: string;
  /**
   * Apart from the configuration: a configuration may be copied to another computer, an identity must not.
   */
  readonly identityFile: string;
  readonly catalogFile: string;
  /** Which device each source and vault was last seen on. */
  readonly devicesFile: string;
  readonly lockFile: string;
  readonly holderFile: string;
  readonly logFile: string;
  /** A path, or a named pipe on Windows. */
  readonly socket: string;
  /** Where the vault of the embedded default goes. */
  readonly firstVaultFolder: string;
}

/** sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL among them. */
const longestSocketPathBytes = 100;

type Environment = Readonly<Record<string, string | undefined>>;

/** The home that the environment asks for. Touches nothing. */
export function findHome(env: Environment = process.env): Home {
  const own = env['GLASSINE_HOME'];
  if (own) {
    const folder = resolve(own);
    return layOut({ portable: true, config: folder, data: folder, log: join(folder, 'log') }, env);
  }
  const paths = envPaths('glassine', { suffix: '' });
  const config = process.platform === 'darwin' ? paths.data : paths.config;
  return layOut({ portable: false, config, data: paths.data, log: paths.log }, env);
}

interface Folders {
  readonly portable: boolean;
  readonly config: string;
  readonly data: string;
  readonly log: string;
}

function layOut(folders: Folders, env: Environment): Home {
  const { socketFolder, socket } = socketOf(folders.data, env);
  return {
    portable: folders.portable,
    configFolder: folders.config,
    dataFolder: folders.data,
    logFolder: folders.log,
    socketFolder,
    scratchFolder: join(folders.data, 'scratch'),
    configFile: join(folders.config, 'config.json'),
    identityFile: join(folders.data, 'identity.json'),
    devicesFile: join(folders.data, 'devices.json'),
    catalogFile: join(folders.data, 'history.sqlite'),
    lockFile: join(folders.data, 'agent.lock'),
    holderFile: join(folders.data, 'agent.holder.json'),
    logFile: join(folders.log, 'glassine.log'),
    socket,
    firstVaultFolder: join(folders.data, 'Glassine'),
  };
}

function socketOf(data: string, env: Environment): { socketFolder: string; socket: string } {
  const near = join(data, 'run');
  const digest = createHash('sha256').update(data).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return { socketFolder: near, socket: `\\\\.\\pipe\\glassine-${digest}` };
  if (fits(join(near, 'agent.sock'))) return { socketFolder: near, socket: join(near, 'agent.sock') };
  const runtime = env['XDG_RUNTIME_DIR'];
  const base =
    runtime && fits(join(runtime, 'glassine', `${digest}.sock`)) ? join(runtime, 'glassine') : undefined;
  const socketFolder = base ?? join(tmpdir(), `glassine-${userInfo().uid}`);
  return { socketFolder, socket: join(socketFolder, `${digest}.sock`) };
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= longestSocketPathBytes;
}

/**
 * Makes the folders of a home, for their owner alone where they are new; the socket's folder in any case.
 * Throws `home-unwritable`.
 */
export async function makeHome(home: Home): Promise<void> {
  for (const folder of [home.configFolder, home.dataFolder, home.logFolder, home.socketFolder]) {
    try {
      await makeFolder(folder, { onlyOwner: true });
    } catch (error) {
      throw problem('home-unwritable', folder, { detail: errnoOf(error) ?? String(error), cause: error });
    }
  }
  await guardSocketFolder(home.socketFolder);
}

/**
 * A folder in a shared place could be somebody else's, made beforehand; a socket in it would not be ours
 * alone.
 */
async function guardSocketFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const facts = await factsOf(folder, false);
    if (facts?.kind !== 'folder') throw new Error('not a folder');
    if (facts.owner !== userInfo().uid) throw new Error('owned by another user');
    if ((facts.mode & 0o077) !== 0) await keepToOwner(folder, 0o700);
  } catch (error) {
    throw problem('home-unwritable', folder, { detail: errnoOf(error) ?? String(error), cause: error });
  }
}
