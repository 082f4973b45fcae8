/**
 * Folders for tests: temporary ones, trees that are the same on every run, and a comparison that forgives
 * nothing.
 */
import assert from 'node:assert';
import { closeSync, constants, existsSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { lstat, lutimes, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';

/** A fresh folder, removed with all it holds when the test ends. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'glassine-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** In memory where there is such a place: making many files on a busy disk takes long. */
export async function roomyFolder(t: ExecutionContext): Promise<string> {
  if (!existsSync('/dev/shm')) return temporaryFolder(t);
  const folder = await mkdtemp('/dev/shm/glassine-test-');
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Pseudo-random numbers from 0 up to, not including, `below`; the same for the same seed on every machine.
 */
export function seeded(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Bytes that do not compress and are the same for the same seed. */
export function seededBytes(seed: number, sizeBytes: number): Buffer {
  const next = seeded(seed);
  const bytes = Buffer.alloc(Math.ceil(sizeBytes / 4) * 4);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(next(0x1_0000_0000), at);
  return bytes.subarray(0, sizeBytes);
}

/** `name` below `root`, as bytes: names are bytes, whatever the test calls them. */
export function below(root: string | Buffer, name: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(root), Buffer.from('/'), Buffer.from(name)]);
}

/** Sets the time of a file or link to whole microseconds since 1970. */
export async function setModified(file: string | Buffer, modifiedUs: number): Promise<void> {
  const seconds = modifiedUs / 1e6;
  const stat = await lstat(file);
  await (stat.isSymbolicLink() ? lutimes(file, seconds, seconds) : utimes(file, seconds, seconds));
}

/** Writes a file and the folders above it; with a time when one is given. */
export async function plant(
  root: string,
  name: string | Buffer,
  content: { readonly bytes: Buffer | string; readonly modifiedUs?: number },
): Promise<Buffer> {
  const file = below(root, name);
  const cut = file.lastIndexOf(0x2f);
  await mkdir(file.subarray(0, cut), { recursive: true });
  await writeFile(file, content.bytes);
  if (content.modifiedUs !== undefined) await setModified(file, content.modifiedUs);
  return file;
}

export interface TreeShape {
  readonly files: number;
  readonly seed: number;
  /** Sizes run from 0 to this, small ones far more often. Default 64 KiB. */
  readonly largestBytes?: number;
  /** How many files a folder gets. Default 20. */
  readonly filesPerFolder?: number;
  /** The time of the first file; the others follow by a second and a microsecond each. */
  readonly modifiedUs?: number;
}

const endings = ['jpg', 'dng', 'xmp', 'NEF', 'mov', 'jpg.xmp'] as const;

/**
 * Fills a folder with picture-like names: years, jobs, RAW files, sidecars. Returns the names, `/` between
 * parts.
 */
export async function fillTree(root: string, shape: TreeShape): Promise<string[]> {
  const next = seeded(shape.seed);
  const perFolder = shape.filesPerFolder ?? 20;
  const largest = shape.largestBytes ?? 65_536;
  const start = shape.modifiedUs ?? 1_700_000_000_123_456;
  const names: string[] = [];
  for (let at = 0; at < shape.files; at++) {
    const folder = Math.floor(at / perFolder);
    const ending = endings[next(endings.length)] ?? 'jpg';
    const number = String(at + 1).padStart(4, '0');
    const name = `${String(2015 + (folder % 10))}/Job ${String(folder)}/IMG_${number}.${ending}`;
    const sizeBytes = next(4) === 0 ? next(largest + 1) : next(Math.min(largest, 2048) + 1);
    await plant(root, name, {
      bytes: seededBytes(shape.seed + at, sizeBytes),
      modifiedUs: start + at * 1_000_001,
    });
    names.push(name);
  }
  return names;
}

export interface TreeEntry {
  readonly name: Buffer;
  readonly kind: 'file' | 'link' | 'folder' | 'special';
  readonly bytes: number;
  readonly modifiedNs: bigint;
  readonly mode: number;
  readonly target: Buffer | undefined;
}

/**
 * Everything below a folder, by name (as latin1 text, so that every byte counts), the root itself left out.
 */
export async function listTree(root: string | Buffer): Promise<Map<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>();
  const waiting: Buffer[] = [Buffer.alloc(0)];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const inside = folder.length === 0 ? Buffer.from(root) : below(root, folder);
    for (const last of await readdir(inside, { encoding: 'buffer' })) {
      const name = folder.length === 0 ? last : below(folder, last);
      const entry = describe(root, name);
      if (entry.kind === 'folder') waiting.push(name);
      found.set(name.toString('latin1'), entry);
    }
  }
  return found;
}

/**
 * Without waiting in between: a hundred thousand small waits are what a comparison would spend its time on.
 */
function describe(root: string | Buffer, name: Buffer): TreeEntry {
  const file = below(root, name);
  const stat = lstatSync(file, { bigint: true });
  const isLink = stat.isSymbolicLink();
  const kind = stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : isLink ? 'link' : 'special';
  return {
    name,
    kind,
    bytes: Number(stat.size),
    modifiedNs: stat.mtimeNs,
    mode: Number(stat.mode & 0o7777n),
    target: isLink ? readlinkSync(file, { encoding: 'buffer' }) : undefined,
  };
}

export interface Comparison {
  /** Times may differ by less than this: 2,000,000 on FAT. Default: equal to the microsecond. */
  readonly timeStepUs?: number;
  /** Compare permission bits. Default false. */
  readonly modes?: boolean;
  /** Leave empty folders out of the comparison. Default false. */
  readonly ignoreEmptyFolders?: boolean;
}

/**
 * Compares two trees: names as bytes, kinds, contents byte for byte, times of files, targets of links.
 * Returns one
 * sentence for each difference: nothing means equal.
 */
export async function differences(left: string, right: string, how: Comparison = {}): Promise<string[]> {
  const a = await listTree(left);
  const b = await listTree(right);
  if (how.ignoreEmptyFolders) {
    for (const tree of [a, b]) dropFolders(tree);
  }
  const sentences: string[] = [];
  for (const [key, entry] of a) {
    const other = b.get(key);
    if (!other) sentences.push(`only in ${left}: ${JSON.stringify(entry.name.toString())}`);
    else sentences.push(...unlike([left, entry], [right, other], how));
  }
  for (const [key, entry] of b) {
    if (!a.has(key)) sentences.push(`only in ${right}: ${JSON.stringify(entry.name.toString())}`);
  }
  return sentences;
}

/** What holds files is named by them; so only folders that hold nothing are lost by this. */
function dropFolders(tree: Map<string, TreeEntry>): void {
  for (const [key, entry] of tree) if (entry.kind === 'folder') tree.delete(key);
}

function unlike(
  [left, a]: readonly [string, TreeEntry],
  [right, b]: readonly [string, TreeEntry],
  how: Comparison,
): string[] {
  const name = JSON.stringify(a.name.toString());
  if (a.kind !== b.kind) return [`${name}: ${a.kind} against ${b.kind}`];
  const found: string[] = [];
  if (how.modes && a.kind !== 'link' && a.mode !== b.mode) {
    found.push(`${name}: mode ${a.mode.toString(8)} against ${b.mode.toString(8)}`);
  }
  if (a.kind === 'link' && !a.target?.equals(b.target ?? Buffer.alloc(0))) {
    found.push(`${name}: points to ${String(a.target)} against ${String(b.target)}`);
  }
  if (a.kind !== 'file') return found;
  const apartUs = Number(a.modifiedNs / 1000n - b.modifiedNs / 1000n);
  if (Math.abs(apartUs) >= (how.timeStepUs ?? 1))
    found.push(`${name}: times are ${String(apartUs)} us apart`);
  if (a.bytes !== b.bytes) found.push(`${name}: ${String(a.bytes)} bytes against ${String(b.bytes)}`);
  else if (!sameBytes(below(left, a.name), below(right, b.name))) found.push(`${name}: bytes differ`);
  return found;
}

/** Whether two files hold the same bytes; reads both, whatever their sizes say. */
export function sameBytes(left: string | Buffer, right: string | Buffer): boolean {
  const a = openSync(left, constants.O_RDONLY);
  try {
    const b = openSync(right, constants.O_RDONLY);
    try {
      return sameRest(a, b);
    } finally {
      closeSync(b);
    }
  } finally {
    closeSync(a);
  }
}

const ours = Buffer.alloc(1 << 20);
const theirs = Buffer.alloc(1 << 20);

function sameRest(a: number, b: number): boolean {
  for (;;) {
    const read = fillBlock(a, ours);
    if (read !== fillBlock(b, theirs)) return false;
    if (!ours.subarray(0, read).equals(theirs.subarray(0, read))) return false;
    if (read < ours.length) return true;
  }
}

function fillBlock(file: number, block: Buffer): number {
  let length = 0;
  while (length < block.length) {
    const read = readSync(file, block, length, block.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** A link, with the folders above it. */
export async function plantLink(root: string, name: string | Buffer, target: string | Buffer): Promise<void> {
  const link = below(root, name);
  const cut = link.lastIndexOf(0x2f);
  assert(cut > 0);
  await mkdir(link.subarray(0, cut), { recursive: true });
  await symlink(target, link);
}
