/** One disk with two volumes: an image with two loop devices, each over its own half. */
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun, run } from './commands.js';
import { detach } from './mounts.js';
import { temporaryFolder } from './trees.js';

/** Two mount points of ext4 volumes on one disk; all is gone when the test ends. `sizeBytes` is of each. */
export async function twoOnOneDisk(t: ExecutionContext, sizeBytes: number): Promise<[string, string]> {
  const folder = await temporaryFolder(t);
  const image = path.join(folder, 'disk');
  const file = await open(image, 'wx');
  await file.truncate(2 * sizeBytes);
  await file.close();
  const mounts: [string, string] = [path.join(folder, 'one'), path.join(folder, 'two')];
  t.teardown(async () => {
    for (const mount of mounts) await detach(mount);
    await rm(image, { force: true });
  });
  for (const [at, mount] of mounts.entries()) {
    await mkdir(mount);
    const half = ['--offset', String(at * sizeBytes), '--sizelimit', String(sizeBytes)];
    const device = (await mustRun('losetup', ['--find', '--show', ...half, image])).trim();
    try {
      await mustRun('mkfs.ext4', ['-q', '-F', '-m', '0', device]);
      await mustRun('mount', ['-t', 'ext4', device, mount]);
    } finally {
      // While it is mounted this only marks it, to be freed with the mount.
      await run('losetup', ['-d', device]);
    }
  }
  return mounts;
}
