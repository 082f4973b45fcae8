/** A drive with partitions, on a loop device: the kernel is told where they lie, so no table is needed. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun, run } from './commands.js';
import type { Need } from './needs.js';
import { temporaryFolder } from './trees.js';

export const partitionNeeds: readonly Need[] = ['linux', 'mounting', 'mkfs.ext4', 'addpart'];

const sectorBytes = 512;
const partitionSectors = (16 << 20) / sectorBytes;

export interface PartitionedDrive {
  /** The file that holds it. */
  readonly image: string;
  /** The device files of its partitions, with an ext4 on each. */
  readonly partitions: readonly string[];
}

/** Gone when the test ends; whoever mounts a partition unmounts it. */
export async function partitionedDrive(t: ExecutionContext, count: number): Promise<PartitionedDrive> {
  const image = path.join(await temporaryFolder(t), 'disk');
  const file = await open(image, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
  await file.truncate((count * partitionSectors + 2048) * sectorBytes);
  await file.close();
  const device = (await mustRun('losetup', ['--find', '--show', image])).trim();
  t.teardown(() => mustRun('losetup', ['-d', device]));
  const partitions: string[] = [];
  for (let at = 0; at < count; at++) {
    const number = String(at + 1);
    // Partitions outlive the file that was attached; a killed test may have left some.
    await run('delpart', [device, number]);
    t.teardown(() => mustRun('delpart', [device, number]));
    const start = 2048 + at * partitionSectors;
    await mustRun('addpart', [device, number, String(start), String(partitionSectors)]);
    const partition = `${device}p${number}`;
    await mustRun('mkfs.ext4', ['-q', '-F', '-L', `Part ${number}`, partition]);
    partitions.push(partition);
  }
  return { image, partitions };
}
