/** What a test needs of the machine: probed when the test is declared; missing parts make it a named skip. */
import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import test from 'ava';
import type { Implementation } from 'ava';
import { findGuestKernel, staticBusybox } from '../vm/guest-parts.js';
import { programPath, systemPython } from './commands.js';
import { referenceTool } from './reference-tool.js';
import { skipMark } from './tap.js';

/** Abilities of the machine that no package brings. */
export type Ability =
  | 'linux'
  | 'x86-64'
  | 'root'
  | 'mounting'
  | 'fuse'
  | 'btrfs-kernel'
  | 'xfs-kernel'
  | 'ext4-tells'
  | 'asc-mhl-reference';

/** Debian's package for each program a test may call. */
export const packageOf = {
  'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
  addpart: 'util-linux',
  age: 'age',
  b3sum: 'b3sum',
  bash: 'bash',
  borg: 'borgbackup',
  cc: 'gcc',
  'c++': 'g++',
  'clang-format': 'clang-format',
  'clang-tidy': 'clang-tidy',
  debugfs: 'e2fsprogs',
  'dpkg-deb': 'dpkg',
  exiftool: 'libimage-exiftool-perl',
  fusefat: 'fusefat',
  fusermount3: 'fuse3',
  'g++': 'g++',
  'mkfs.btrfs': 'btrfs-progs',
  'mkfs.exfat': 'exfatprogs',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  'mkfs.xfs': 'xfsprogs',
  mkntfs: 'ntfs-3g',
  'mount.exfat-fuse': 'exfat-fuse',
  nsenter: 'util-linux',
  python3: 'python3',
  'qemu-aarch64': 'qemu-user',
  restic: 'restic',
  rsync: 'rsync',
  setpriv: 'util-linux',
  sqlite3: 'sqlite3',
  strace: 'strace',
  'systemd-analyze': 'systemd',
  unshare: 'util-linux',
  valgrind: 'valgrind',
  xfs_io: 'xfsprogs',
  xmllint: 'libxml2-utils',
} as const;

/** What only the virtual machine of `npm run test:vm` asks for; that is not run in CI. */
export const machinePackageOf = {
  'guest-kernel': 'linux-image-amd64',
  'qemu-system-x86_64': 'qemu-system-x86',
  'static-busybox': 'busybox-static',
} as const;

export type Program = keyof typeof packageOf | 'qemu-system-x86_64';
/** `fusepy` is a Python module; everything else is an ability, a program, or a part of the virtual machine. */
export type Need = Ability | Program | 'fusepy' | keyof typeof machinePackageOf;

function hasSystemAdmin(): boolean {
  try {
    const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match?.[1] !== undefined && ((BigInt('0x' + match[1]) >> 21n) & 1n) === 1n;
  } catch {
    return false;
  }
}

function knowsFileSystem(name: string): boolean {
  try {
    const known = readFileSync('/proc/filesystems', 'utf8').split(/\s+/).includes(name);
    return known || spawnSync('modprobe', [name]).status === 0;
  } catch {
    return false;
  }
}

function kernelIsAtLeast(major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = os.release().split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

const abilities: Record<Ability, { readonly has: () => boolean; readonly otherwise: string }> = {
  linux: { has: () => process.platform === 'linux', otherwise: 'runs on Linux only' },
  root: { has: () => process.getuid?.() === 0, otherwise: 'runs as root only' },
  mounting: {
    has: () => process.getuid?.() === 0 && hasSystemAdmin() && existsSync('/dev/loop-control'),
    otherwise: 'needs root, CAP_SYS_ADMIN and loop devices',
  },
  'x86-64': { has: () => process.arch === 'x64', otherwise: 'runs on x86-64 only' },
  fuse: { has: () => existsSync('/dev/fuse'), otherwise: 'needs /dev/fuse' },
  'ext4-tells': {
    has: () => kernelIsAtLeast(6, 15),
    otherwise: 'needs Linux 6.15, where ext4 tells that it is shut down',
  },
  'btrfs-kernel': { has: () => knowsFileSystem('btrfs'), otherwise: 'needs a kernel with btrfs' },
  'xfs-kernel': { has: () => knowsFileSystem('xfs'), otherwise: 'needs a kernel with XFS' },
  'asc-mhl-reference': {
    has: () => referenceTool !== undefined,
    otherwise:
      'needs GLASSINE_ASCMHL_TOOL=<checkout of github.com/ascmitc/mhl>, see test/support/reference-tool.ts',
  },
};

const found = new Map<Need, string | undefined>();

function hasPart(need: Need): boolean {
  if (need === 'guest-kernel') return findGuestKernel() !== undefined;
  if (need === 'static-busybox') return staticBusybox() !== undefined;
  return programPath(need) !== undefined;
}

function probe(need: Need): string | undefined {
  if (need in abilities) {
    const ability = abilities[need as Ability];
    return ability.has() ? undefined : ability.otherwise;
  }
  if (need === 'fusepy') {
    const loads = spawnSync(systemPython, ['-c', 'import fusepy']).status === 0;
    return loads ? undefined : 'apt-get install python3-fusepy';
  }
  const packages: Partial<Record<string, string>> = { ...packageOf, ...machinePackageOf };
  return hasPart(need) ? undefined : `apt-get install ${packages[need] ?? need}`;
}

/** What the machine lacks of `needs`, in words that say what to install; `undefined` when all is there. */
export function missingOf(needs: readonly Need[]): string | undefined {
  const reasons = new Set<string>();
  for (const need of needs) {
    if (!found.has(need)) found.set(need, probe(need));
    const reason = found.get(need);
    if (reason !== undefined) reasons.add(reason);
  }
  return reasons.size === 0 ? undefined : [...reasons].join(', ');
}

/**
 * Declares a test that needs parts of the machine. Where one is missing the test is skipped by name, and the
 * reason,
 * with the package to install, is part of the title, so that the closing count lists it.
 */
export function testWith(needs: readonly Need[], title: string, run: Implementation<[]>): void {
  const missing = missingOf(needs);
  if (missing === undefined) test(title, run);
  else test.skip(title + skipMark + missing, run);
}
