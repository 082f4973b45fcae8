/** Where the user keeps pictures, as the desktop says. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readText } from './files.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The absolute path of the user's pictures folder; it may not exist. On Linux XDG_PICTURES_DIR, from the
 * environment or from `user-dirs.dirs` (xdg-user-dirs), else `~/Pictures`.
 */
export async function findPicturesFolder(env: Environment = process.env, home = homedir()): Promise<string> {
  const usual = join(home, 'Pictures');
  if (process.platform === 'darwin' || process.platform === 'win32') return usual;
  const set = env['XDG_PICTURES_DIR'];
  if (set && isAbsolute(set)) return set;
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const text = await readText(join(config, 'user-dirs.dirs')).catch(() => undefined);
  const named = text === undefined ? undefined : picturesIn(text, home);
  // xdg-user-dirs names the home folder itself where a folder is switched off: that is not a pictures folder.
  return named === undefined || named === home ? usual : named;
}

/** Lines are `XDG_NAME_DIR="$HOME/yyy"` or `="/yyy"`, with backslash escapes; the last one counts. */
function picturesIn(text: string, home: string): string | undefined {
  let found: string | undefined;
  for (const line of text.split('\n')) {
    const match = /^\s*XDG_PICTURES_DIR\s*=\s*"((?:[^"\\]|\\.)*)"/.exec(line);
    if (match?.[1] === undefined) continue;
    const path = match[1].replace(/^\$HOME(?=\/|$)/, home).replace(/\\(.)/g, '$1');
    if (isAbsolute(path)) found = path.replace(/(?<=.)\/+$/, '');
  }
  return found;
}
