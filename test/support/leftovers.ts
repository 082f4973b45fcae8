/** What a killed test leaves below a folder: mounts, which would keep the folder from being removed. */
import { readFile, rm } from 'node:fs/promises';
import { run } from './commands.js';

/**
 * Unmounts everything below a folder, last mounted first, and removes it. Returns what had to be unmounted.
 */
export async function sweep(folder: string): Promise<string[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mountPoint) => mountPoint.startsWith(`${folder}/`))
    .reverse();
  for (const mountPoint of mounts) await run('umount', ['-l', mountPoint]);
  await rm(folder, { recursive: true, force: true });
  return mounts;
}
