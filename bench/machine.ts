/** The machine: what it is, how its caches are dropped and its memory touched, and what its disk can do at most. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../test/support/commands.js';
import { runToEnd } from './command.js';
import { childScript } from './programs.js';
import type { Programs } from './programs.js';
import { WrongResult } from './wrong-result.js';

/** Caches are dropped through a file that only root may write. */
export const canDropCaches = process.platform === 'linux' && process.getuid?.() === 0;

/** What earlier commands wrote must not be flushed at the cost of the next. */
export async function flushAll(): Promise<void> {
  await runToEnd({ program: 'sync', args: [] });
}

export async function dropCaches(): Promise<void> {
  await flushAll();
  await writeFile('/proc/sys/vm/drop_caches', '3');
}

async function availableBytes(): Promise<number> {
  const facts = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(facts)?.[1];
  return kibibytes === undefined ? os.freemem() : Number(kibibytes) * 1024;
}

/**
 * Takes memory, writes to all of it and gives it back. A virtual machine hands free memory to its host, and
 * whoever then reads through the page cache waits for it to come back: that would flatter direct reads.
 */
export async function touchMemory(bytes: number): Promise<void> {
  const most = (await availableBytes()) * 0.8;
  const hands = Math.min(os.cpus().length, 4);
  const share = String(Math.floor(Math.min(bytes, most) / hands));
  const hand = { program: process.execPath, args: [childScript('hold-memory'), share] };
  await Promise.all(Array.from({ length: hands }, () => runToEnd(hand)));
}

/** Takes all memory but so much, until the returned function is called. */
export async function holdMemoryBut(bytes: number): Promise<() => Promise<void>> {
  const take = Math.max(0, (await availableBytes()) - bytes);
  const holder = spawn(process.execPath, [childScript('hold-memory'), String(take), 'hold'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  return async () => {
    if (holder.exitCode !== null || holder.signalCode !== null) {
      throw new WrongResult('the memory that had to be held was given back: the machine ran out of it');
    }
    holder.stdin.end();
    await ended;
  };
}

/** Bytes a second that the disk gives and takes past the cache, one after the other. */
export interface Device {
  readonly readBytes: number;
  readonly writeBytes: number;
}

export interface FioJob {
  readonly file: string;
  readonly bytes: number;
  readonly how: 'read' | 'write';
}

/** As large blocks and as deep a queue as any program of ours or others uses. */
export function fioArguments({ file, bytes, how }: FioJob): string[] {
  const depth = ['--direct=1', '--bs=1M', '--ioengine=libaio', '--iodepth=8'];
  const what = ['--name=bound', `--filename=${file}`, `--rw=${how}`, `--size=${bytes}`];
  return [...what, ...depth, '--output-format=json', ...(how === 'write' ? ['--end_fsync=1'] : [])];
}

/** Bytes a second, from what fio printed. */
export function fioRate(json: string, how: FioJob['how']): number {
  const answer = JSON.parse(json) as { jobs?: Record<string, { bw_bytes?: number } | undefined>[] };
  const rate = answer.jobs?.[0]?.[how]?.bw_bytes;
  if (rate === undefined || rate <= 0) throw new Error(`fio tells no rate: ${json.slice(0, 500)}`);
  return rate;
}

/** Three readings and three writings; the best of each, for a bound. `undefined` without fio. */
export async function measureDevice(
  programs: Programs,
  folder: string,
  bytes: number,
): Promise<Device | undefined> {
  if (!programs.has('fio')) return undefined;
  const file = path.join(folder, 'fio');
  const rates = { read: [0], write: [0] };
  for (let round = 0; round < 3; round++) {
    for (const how of ['write', 'read'] as const) {
      if (how === 'write') await rm(file, { force: true });
      const args = fioArguments({ file, bytes, how });
      rates[how].push(fioRate(await runToEnd({ program: programs.pathOf('fio'), args }), how));
    }
  }
  await rm(file);
  return { readBytes: Math.max(...rates.read), writeBytes: Math.max(...rates.write) };
}

/** Free bytes and files of the disk below a folder; no number of files where the file system has none. */
export async function freeSpace(folder: string): Promise<{ bytes: number; files: number | undefined }> {
  const facts = await statfs(folder);
  return { bytes: facts.bavail * facts.bsize, files: facts.files === 0 ? undefined : facts.ffree };
}

/** The machine in one line, so that nobody compares seconds of two of them. */
export async function describeMachine(folder: string): Promise<string> {
  const cpus = os.cpus();
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const mounted = await run('findmnt', ['-n', '-o', 'FSTYPE,SOURCE', '-T', folder]).catch(() => undefined);
  const parts = [
    `${cpus.length} x ${cpus[0]?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(os.totalmem() / 2 ** 30)} GiB of memory`,
    mounted?.status === 0 ? mounted.stdout.trim().replace(/\s+/, ' on ') : 'unknown file system',
    /^PRETTY_NAME="(.*)"$/m.exec(release)?.[1] ?? os.type(),
    `kernel ${os.release()}`,
    `Node ${process.versions.node}`,
  ];
  return parts.join(', ');
}
