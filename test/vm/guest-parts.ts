/**
 * What the virtual machine begins with: a kernel of the distribution, from /boot, with the modules that
 * drives and cards need, and a busybox. GLASSINE_VM_KERNEL names a folder to look in for the kernel instead
 * of `/`: its package, unpacked.
 */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { programPath } from '../support/commands.js';

export interface GuestKernel {
  /** What QEMU boots. */
  readonly image: string;
  /** The file of each module, by its name with `_` for `-`. */
  readonly files: ReadonlyMap<string, string>;
  /** Modules that are a part of the image. */
  readonly builtIn: ReadonlySet<string>;
}

/** In the order in which they are loaded; each after those it depends on. */
const wanted = [
  ...['virtio_pci', 'virtio_blk', 'virtio_console', '9p', '9pnet_virtio', 'ext4'],
  ...['xhci_pci', 'usb_storage', 'sd_mod', 'exfat', 'vfat', 'nls_cp437', 'nls_ascii'],
] as const;

/** What the others ask for by another name, where kernels still have it as a module of its own. */
const alsoWanted = ['crc32c_generic', 'crc32c_intel', 'crct10dif_generic', 'crc16'] as const;

const packing = /\.(xz|zst|gz)$/;
const unpackers: Readonly<Record<string, string>> = { xz: 'xz', zst: 'zstd', gz: 'gzip' };

function moduleName(file: string): string {
  return path.basename(file).replace(packing, '').replace(/\.ko$/, '').replaceAll('-', '_');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function kernelOf(image: string, modules: string): GuestKernel | undefined {
  try {
    const found = readdirSync(path.join(modules, 'kernel'), { recursive: true, encoding: 'utf8' });
    const files = found.filter((name) => /\.ko(\.\w+)?$/.test(name));
    const builtIn = readFileSync(path.join(modules, 'modules.builtin'), 'utf8').split('\n');
    return {
      image,
      files: new Map(files.map((name) => [moduleName(name), path.join(modules, 'kernel', name)])),
      builtIn: new Set(builtIn.map(moduleName)),
    };
  } catch {
    return undefined;
  }
}

/** The newest kernel that has all it takes; kernels for clouds have no USB. */
export function findGuestKernel(): GuestKernel | undefined {
  const root = process.env['GLASSINE_VM_KERNEL'] ?? '/';
  const images = namesIn(path.join(root, 'boot')).filter((name) => name.startsWith('vmlinuz-'));
  const newestFirst = images.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  for (const name of newestFirst) {
    for (const lib of ['lib', 'usr/lib']) {
      const modules = path.join(root, lib, 'modules', name.replace('vmlinuz-', ''));
      const kernel = kernelOf(path.join(root, 'boot', name), modules);
      if (kernel && wanted.every((each) => kernel.files.has(each) || kernel.builtIn.has(each))) return kernel;
    }
  }
  return undefined;
}

/** A busybox that needs no library; `undefined` where there is none. */
export function staticBusybox(): string | undefined {
  const file = programPath('busybox');
  return file === undefined || readFileSync(file).includes('/ld-linux') ? undefined : file;
}

export interface GuestModule {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The modules to load, in their order. */
export async function modulesOf(kernel: GuestKernel): Promise<GuestModule[]> {
  const ordered: GuestModule[] = [];
  const met = new Set<string>();
  const add = async (name: string): Promise<void> => {
    const file = kernel.files.get(name);
    if (met.has(name) || file === undefined) return;
    met.add(name);
    const bytes = await unpacked(file);
    for (const other of dependenciesIn(bytes)) await add(other);
    ordered.push({ name, bytes });
  };
  for (const name of [...alsoWanted, ...wanted]) await add(name);
  return ordered;
}

async function unpacked(file: string): Promise<Buffer> {
  const unpacker = unpackers[packing.exec(file)?.[1] ?? ''];
  if (unpacker === undefined) return await readFile(file);
  const whole = { encoding: 'buffer', maxBuffer: 64 << 20 } as const;
  return (await promisify(execFile)(unpacker, ['-dc', file], whole)).stdout;
}

/** A module says itself which others it depends on. */
function dependenciesIn(bytes: Buffer): string[] {
  const names = /\0depends=([\w,-]*)\0/.exec(bytes.toString('latin1'))?.[1] ?? '';
  return names.split(',').flatMap((name) => (name === '' ? [] : name.replaceAll('-', '_')));
}
