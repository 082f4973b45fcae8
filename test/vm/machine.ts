/**
 * A computer with a USB port: QEMU with a kernel of the distribution, which sees the files of this computer
 * read-only, and works in memory. Two drives are built in, empty; cards are plugged in and pulled out.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { mustRun, programPath } from '../support/commands.js';
import { mainScript } from '../support/glassine.js';
import { projectRoot } from '../support/lying-mount.js';
import type { Need } from '../support/needs.js';
import { temporaryFolder } from '../support/trees.js';
import type { CardImage } from './card-image.js';
import { findGuestKernel } from './guest-parts.js';
import { writeInitramfs } from './initramfs.js';
import { LineChannel } from './line-channel.js';
import { Monitor } from './monitor.js';

export const machineNeeds: readonly Need[] = [
  ...(['linux', 'x86-64', 'guest-kernel', 'static-busybox', 'qemu-system-x86_64', 'setpriv'] as const),
  ...(['mkfs.ext4', 'debugfs', 'mkfs.exfat', 'mkfs.vfat'] as const),
];

/** A line of the agent's, or of the desktop's that mounts cards. */
export interface MachineNews {
  readonly kind: string;
  readonly did?: string;
  readonly device?: string;
  readonly at?: string;
  readonly status?: number;
  readonly code?: string;
  readonly name?: string;
  readonly doing?: string;
  readonly card?: string;
  readonly job?: string;
  readonly outcome?: string;
  readonly copied?: number;
  readonly verdict?: {
    readonly safe: boolean;
    readonly sentence: string;
    readonly reasons: readonly unknown[];
  };
}

export interface Drive {
  readonly label: string;
  readonly image: string;
  /** Where the machine has mounted it. */
  readonly at: string;
}

const driveBytes = 512 << 20;
/** Emulation works everywhere; /dev/kvm may be there and run nothing. */
const accelerator = process.env['GLASSINE_VM_ACCEL'] ?? 'tcg';
const endLines = 40;

/** Quotes a word for the shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export class Machine {
  readonly #monitor: Monitor;
  readonly #control: LineChannel;
  readonly #news: LineChannel;
  readonly #ended: Promise<unknown>;

  constructor(
    channels: { readonly monitor: LineChannel; readonly control: LineChannel; readonly news: LineChannel },
    readonly drives: readonly Drive[],
    ended: Promise<unknown>,
  ) {
    this.#monitor = new Monitor(channels.monitor);
    this.#control = channels.control;
    this.#news = channels.news;
    this.#ended = ended;
  }

  /** Resolves when it has booted and its drives are mounted. */
  async boot(): Promise<void> {
    await this.#monitor.open();
    await this.#control.heard((line) => (line === 'ready' ? true : undefined));
    for (const { label, at } of this.drives) await this.must(`mkdir -p ${at} && mount LABEL=${label} ${at}`);
  }

  /** Everything the agent and the desktop said until now. */
  get news(): readonly MachineNews[] {
    return this.#news.lines.flatMap((line) => parseNews(line) ?? []);
  }

  /** How many lines of news there are: where {@link heard} is told to begin. */
  get heardSoFar(): number {
    return this.#news.lines.length;
  }

  /** The first news that fits, from line `after` on; waits for it. */
  heard(fits: (news: MachineNews) => boolean, after = 0): Promise<MachineNews> {
    return this.#news.heard((line) => {
      const news = parseNews(line);
      return news && fits(news) ? news : undefined;
    }, after);
  }

  /** Runs a line of shell in the machine; one at a time. Rejects when it fails. */
  async must(command: string): Promise<string> {
    const { status, output } = await this.shell(command);
    if (status !== 0) throw new Error(`in the machine: ${command}: status ${status}\n${output}`);
    return output;
  }

  /** Runs a line of shell in the machine, whatever its status; output and errors in one text. */
  async shell(command: string): Promise<{ readonly status: number; readonly output: string }> {
    const after = this.#control.lines.length;
    this.#control.send(command);
    const answer = await this.#control.heard((line) => line, after);
    const [status, output = ''] = answer.split(' ');
    return { status: Number(status), output: Buffer.from(output, 'base64').toString() };
  }

  /** Runs a verb of the program in the machine; resolves with its document. */
  async glassine(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.must(`${glassineCommand([...args, '--json'])} 2>/dev/console`));
  }

  /** Starts the agent, and resolves when it says that it is ready. Its end is news of the kind `exit`. */
  async startAgent(): Promise<void> {
    const after = this.heardSoFar;
    const run = `sh -c 'echo $$ >/run/agent; exec "$@"' sh ${glassineCommand(['run', '--json'])}`;
    await this.must(`{ ${run} 2>/dev/console; echo "{\\"kind\\":\\"exit\\",\\"status\\":$?}"; } >&4 &`);
    await this.heard(({ kind }) => kind === 'ready', after);
  }

  /** Ends the agent; resolves with its status. */
  async endAgent(): Promise<number | undefined> {
    await this.must('kill -TERM $(cat /run/agent)');
    return (await this.heard(({ kind }) => kind === 'exit')).status;
  }

  /**
   * Puts a card into a reader and plugs that in; resolves with what the desktop has made of it. A slow reader
   * gives at most `bytesPerSecond`.
   */
  async plug(card: CardImage, how: { readonly bytesPerSecond?: number } = {}): Promise<MachineNews> {
    const { label, image } = card;
    const after = this.heardSoFar;
    const limits = how.bytesPerSecond === undefined ? {} : { 'bps-read': how.bytesPerSecond };
    await this.#monitor.run('object-add', { 'qom-type': 'throttle-group', id: `pace-${label}`, limits });
    await this.#monitor.run('blockdev-add', {
      ...{ driver: 'throttle', 'node-name': label, 'throttle-group': `pace-${label}` },
      file: { driver: 'raw', file: { driver: 'file', filename: image } },
    });
    const reader = { driver: 'usb-storage', bus: 'usb.0', id: label, drive: label, serial: label };
    await this.#monitor.run('device_add', { ...reader, removable: true });
    return await this.heard(({ kind }) => kind === 'desktop', after);
  }

  /** Pulls a reader out, whatever is under way; resolves when the machine has noticed. */
  async unplug({ label }: CardImage): Promise<void> {
    const after = this.heardSoFar;
    await this.#monitor.removeDevice(label);
    await this.#monitor.run('blockdev-del', { 'node-name': label });
    await this.#monitor.run('object-del', { id: `pace-${label}` });
    await this.heard(({ kind, did }) => kind === 'desktop' && did === 'gone', after);
  }

  /** Resolves when so many bytes of a card have been read since it was plugged in. */
  async hasRead({ label }: CardImage, bytes: number): Promise<void> {
    for (;;) {
      const all = (await this.#monitor.run('query-blockstats')) as readonly {
        readonly 'node-name'?: string;
        readonly stats: { readonly rd_bytes: number };
      }[];
      const read = all.find((each) => each['node-name'] === label)?.stats.rd_bytes;
      if (read === undefined) throw new Error(`QEMU does not know how much of ${label} was read`);
      if (read >= bytes) return;
      await delay(20);
    }
  }

  /** Unmounts the drives, and switches off. */
  async shutDown(): Promise<void> {
    for (const { at } of this.drives) await this.must(`umount ${at}`);
    // No answer will come.
    this.#control.send('/run/busybox poweroff -f');
    await this.#ended;
  }
}

function glassineCommand(args: readonly string[]): string {
  return [process.execPath, mainScript, ...args].map(quoted).join(' ');
}

function parseNews(line: string): MachineNews | undefined {
  try {
    return JSON.parse(line) as MachineNews;
  } catch {
    return undefined;
  }
}

async function makeDrive(folder: string, label: string): Promise<Drive> {
  const image = path.join(folder, `${label}.drive`);
  await writeFile(image, '');
  await truncate(image, driveBytes);
  await mustRun('mkfs.ext4', ['-q', '-F', '-m', '0', '-L', label, image]);
  return { label, image, at: `/run/media/${label}` };
}

const comma = (text: string): string => text.replaceAll(',', ',,');

interface Parts {
  readonly folder: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly console: string;
  readonly drives: readonly Drive[];
}

function wordsOf({ folder, kernel, initramfs, console, drives }: Parts): string[] {
  const socket = (id: string): string[] => [
    '-chardev',
    `socket,id=${id},path=${comma(path.join(folder, id))}`,
  ];
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-machine', `q35,accel=${accelerator}`, '-cpu', 'max,la57=off', '-smp', '2', '-m', '1024'],
    ...['-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
    ...['-chardev', `file,id=console,path=${comma(console)}`, '-serial', 'chardev:console'],
    ...[...socket('monitor'), '-mon', 'chardev=monitor,mode=control'],
    ...['-device', 'virtio-serial-pci'],
    ...['control', 'news'].flatMap((name) => [
      ...socket(name),
      ...['-device', `virtserialport,chardev=${name},name=${name}`],
    ]),
    ...['-fsdev', 'local,id=outside,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=outside,mount_tag=outside'],
    ...drives.flatMap(({ label, image }) => {
      const node = { driver: 'raw', 'node-name': label, file: { driver: 'file', filename: image } };
      return ['-blockdev', JSON.stringify(node), '-device', `virtio-blk-pci,drive=${label},serial=${label}`];
    }),
    ...['-device', 'qemu-xhci,id=usb'],
  ];
}

/** Starts a machine with two drives, and resolves when it has booted. It is killed when the test ends. */
export async function startMachine(t: ExecutionContext): Promise<Machine> {
  const folder = await temporaryFolder(t);
  const kernel = findGuestKernel();
  const qemu = programPath('qemu-system-x86_64');
  if (!kernel || qemu === undefined) throw new Error('no kernel, or no QEMU');
  const initramfs = path.join(folder, 'initramfs');
  await writeInitramfs(initramfs, kernel, `PROJECT=${quoted(projectRoot)}\n`);
  const drives = [await makeDrive(folder, 'Blue'), await makeDrive(folder, 'Red')];
  const [monitor, control, news] = await Promise.all(
    ['monitor', 'control', 'news'].map((name) => LineChannel.at(path.join(folder, name))),
  );
  if (!monitor || !control || !news) throw new Error('no channels');
  const console = path.join(folder, 'console');
  const words = wordsOf({ folder, kernel: kernel.image, initramfs, console, drives });
  // It ends with us, however we end.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', qemu, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = once(child, 'close').then(async ([status]: unknown[]) => {
    const said = (await readFile(console, 'utf8').catch(() => '')).split('\n').slice(-endLines).join('\n');
    const reason = new Error(`the machine ended with ${String(status)}\n${complaint}\n${said}`);
    for (const channel of [monitor, control, news]) channel.close(reason);
  });
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const machine = new Machine({ monitor, control, news }, drives, ended);
  await machine.boot();
  return machine;
}
