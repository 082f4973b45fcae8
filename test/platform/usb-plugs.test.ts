/** Plugs of USB devices, in a room with a bus of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../support/commands.js';
import { testWith } from '../support/needs.js';
import { usbRoom, usbRoomNeeds } from '../support/usb-room.js';
import type { UsbRoom } from '../support/usb-room.js';

/** A program that says `plug` for each, and ends when its input does. */
const script = `
  import { hasUsbBus, listenForUsbPlugs } from ${JSON.stringify(
    new URL('../../src/platform/usb-plugs.js', import.meta.url).href,
  )};
  const refused = (error) => ({ close() {}, error });
  const listener = await listenForUsbPlugs(() => console.log('plug')).catch(refused);
  // Another one, as doctor has in a running agent, takes nothing from the first.
  const other = await listenForUsbPlugs(() => console.log('other')).catch(refused);
  other.close();
  console.log(listener.error?.message ?? (hasUsbBus() ? 'listening' : 'no bus'));
  process.stdin.on('data', () => { listener.close(); console.log('closed'); });
  process.stdin.on('end', () => process.exit(0));
`;
const words = ['--input-type=module', '-e', script] as const;

interface Ear {
  /** The next line it says. */
  said(): Promise<string>;
  close(): void;
}

async function listen(t: ExecutionContext, room: UsbRoom): Promise<Ear> {
  const [program, ...args] = room.inside(process.execPath, ...words);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.stdin.end();
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => ((await lines.next()).value as string | undefined) ?? 'ended';
  return { said, close: () => void child.stdin.write('close\n') };
}

testWith(usbRoomNeeds, 'every plug is heard, and no unplug', async (t) => {
  const room = await usbRoom(t);
  const ear = await listen(t, room);
  t.is(await ear.said(), 'listening');
  for (let round = 0; round < 20; round++) {
    await room.plug('1-1');
    t.is(await ear.said(), 'plug', `round ${round}`);
    await room.unplug('1-1');
  }
  await room.plug('2-1.4');
  t.is(await ear.said(), 'plug');
  ear.close();
  t.is(await ear.said(), 'closed', 'nothing was said of unplugs');
});

testWith(
  [...usbRoomNeeds, 'strace'],
  'where the system does not let us listen, that is told, and nothing ends',
  async (t) => {
    const room = await usbRoom(t);
    const refuse = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=socket', '-e', 'inject=socket:error=EACCES'];
    t.regex(await room.must('strace', ...refuse, process.execPath, ...words), /netlink socket \(errno 13\)/);
  },
);

testWith(
  ['linux', 'mounting', 'unshare'],
  'without a bus nothing is listened to, and nothing ends',
  async (t) => {
    const inside = `mount -t tmpfs tmpfs /sys/bus && exec "$@"`;
    const room = ['--mount', '--net', '--propagation', 'private', 'sh', '-c', inside, 'sh'] as const;
    t.is(await mustRun('unshare', [...room, process.execPath, ...words]), 'no bus\n');
  },
);
