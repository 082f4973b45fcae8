/** The first files of the virtual machine: an archive that the kernel unpacks into memory. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../support/lying-mount.js';
import { modulesOf, staticBusybox } from './guest-parts.js';
import type { GuestKernel } from './guest-parts.js';

/** Writes the archive; `settings` are lines of shell that both of the machine's scripts read. */
export async function writeInitramfs(file: string, kernel: GuestKernel, settings: string): Promise<void> {
  const busybox = staticBusybox();
  if (busybox === undefined) throw new Error('no static busybox');
  const modules = await modulesOf(kernel);
  const script = 0o100755;
  const entries = [
    ...['bin', 'dev', 'modules', 'proc', 'root', 'sys'].map((name) => ({ name, mode: 0o040755 })),
    // Without it the first process has nowhere to complain to.
    { name: 'dev/console', mode: 0o020600, device: [5, 1] as const },
    { name: 'bin/busybox', mode: script, bytes: await readFile(busybox) },
    { name: 'init', mode: script, bytes: await readFile(path.join(projectRoot, 'test/vm/init.sh')) },
    { name: 'settings', mode: 0o100644, bytes: Buffer.from(settings) },
    ...modules.map(({ name, bytes }) => ({ name: `modules/${name}.ko`, mode: 0o100644, bytes })),
    {
      name: 'modules/order',
      mode: 0o100644,
      bytes: Buffer.from(modules.map(({ name }) => `${name}.ko\n`).join('')),
    },
    { name: 'TRAILER!!!', mode: 0 },
  ];
  await writeFile(file, Buffer.concat(entries.map(packed)));
}

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly bytes?: Buffer;
  readonly device?: readonly [major: number, minor: number];
}

/** One entry in the form "newc" of cpio; see the kernel's driver-api/early-userspace/buffer-format. */
function packed({ name, mode, bytes = Buffer.alloc(0), device = [0, 0] }: Entry, at: number): Buffer {
  const path0 = Buffer.from(`${name}\0`);
  const [owner, group, links, modified, check] = [0, 0, 1, 0, 0];
  const numbers = [
    ...[at + 1, mode, owner, group, links, modified, bytes.length, 0, 0, ...device],
    ...[path0.length, check],
  ];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), path0])), padded(bytes)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
