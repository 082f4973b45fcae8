/**
 * A room with a USB bus of its own: mount and network namespaces in which devices are plugged in that nobody
 * outside hears of. usb-room.py is what plugs them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun, systemPython } from './commands.js';
import { projectRoot } from './lying-mount.js';
import type { Need } from './needs.js';

export const usbRoomNeeds: readonly Need[] = ['linux', 'mounting', 'python3', 'unshare', 'nsenter'];

export interface UsbRoom {
  /** The words of a command that runs inside. */
  inside(program: string, ...args: readonly string[]): readonly [program: string, ...args: string[]];
  /** Runs inside to the end; rejects when that fails. */
  must(program: string, ...args: readonly string[]): Promise<string>;
  /** Plugs a card reader into a port, such as `1-1`. */
  plug(port: string): Promise<void>;
  unplug(port: string): Promise<void>;
}

/** Opens a room. What runs inside must have ended before the test does; mounts made there go with it. */
export async function usbRoom(t: ExecutionContext): Promise<UsbRoom> {
  const furnish = 'mount -t tmpfs tmpfs /sys/bus && mkdir -p /sys/bus/usb/devices && echo open && exec cat';
  const words = ['--mount', '--net', '--propagation', 'private', 'sh', '-c', furnish];
  // It lasts as long as its standard input does, so it ends with us, however we end.
  const holder = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  t.teardown(async () => {
    holder.kill('SIGKILL');
    await ended;
  });
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('the room did not open'))),
  ]);
  const enter = ['--target', String(holder.pid), '--mount', '--net', '--'] as const;
  const must = (program: string, ...args: readonly string[]): Promise<string> =>
    mustRun('nsenter', [...enter, program, ...args]);
  const script = path.join(projectRoot, 'test/support/usb-room.py');
  const move = async (what: 'plug' | 'unplug', port: string): Promise<void> => {
    await must(systemPython, script, what, port, `serial-of-${port}`);
  };
  return {
    inside: (program, ...args) => ['nsenter', ...enter, program, ...args],
    must,
    plug: (port) => move('plug', port),
    unplug: (port) => move('unplug', port),
  };
}
