/** JSON over the user's own socket: both ends, and what they do with nonsense. */
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { callSocket, serveSocket } from '../../src/platform/local-socket.js';
import type { LineEvents } from '../../src/platform/local-socket.js';
import { temporaryFolder } from '../support/trees.js';

const options = { longestLine: 1000 };

interface Heard {
  readonly onValue: LineEvents['onValue'];
  readonly onClose: LineEvents['onClose'];
  readonly values: unknown[];
  readonly closed: Promise<Error | undefined>;
}

function listen(): Heard {
  const values: unknown[] = [];
  let onClose: (reason?: Error) => void = () => undefined;
  const closed = new Promise<Error | undefined>((resolve) => (onClose = resolve));
  return { values, closed, onValue: (value) => values.push(value), onClose: (reason) => onClose(reason) };
}

async function echoServer(t: ExecutionContext) {
  const path = join(await temporaryFolder(t), 'agent.sock');
  const calls: Heard[] = [];
  const server = await serveSocket(
    path,
    (line) => {
      const heard = listen();
      calls.push(heard);
      return {
        onValue: (value) => {
          heard.onValue(value);
          line.send({ echo: value });
          if (value === 'bye') line.close();
        },
        onClose: (reason) => {
          heard.onClose(reason);
        },
      };
    },
    options,
  );
  t.teardown(() => server.close());
  return { path, server, calls };
}

test('nobody there is told from somebody there', async (t) => {
  const folder = await temporaryFolder(t);
  t.is(await callSocket(join(folder, 'none.sock'), listen(), options), undefined);
  await writeFile(join(folder, 'file.sock'), 'not a socket');
  t.is(await callSocket(join(folder, 'file.sock'), listen(), options), undefined);
});

test('a line that is not JSON closes the connection and harms nobody else', async (t) => {
  const { path, calls } = await echoServer(t);
  const rude = createConnection(path);
  rude.write('GET / HTTP/1.1\r\n\r\n');
  await once(rude.resume(), 'close');
  t.regex(String(await calls[0]?.closed), /not JSON/);

  const heard = listen();
  const line = await callSocket(path, heard, options);
  line?.send('bye');
  t.is(await heard.closed, undefined);
  t.deepEqual(heard.values, [{ echo: 'bye' }]);
});

test('a line without an end is cut off before it fills the memory', async (t) => {
  const { path, calls } = await echoServer(t);
  const rude = createConnection(path);
  rude.on('error', () => undefined);
  rude.write('"' + 'x'.repeat(5000));
  await once(rude.resume(), 'close');
  t.regex(String(await calls[0]?.closed), /too long/);
});

test('values arrive whole and in order, however the bytes are cut', async (t) => {
  const { path } = await echoServer(t);
  const socket = createConnection(path);
  const bytes = Buffer.from('{"name":"Zoë 🎞"}\n\n"bye"\n');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  for (const byte of bytes) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  t.is(answer, '{"echo":{"name":"Zoë 🎞"}}\n{"echo":"bye"}\n');
});

test('a socket file that a dead owner left is replaced', async (t) => {
  const path = join(await temporaryFolder(t), 'agent.sock');
  await writeFile(path, '');
  const server = await serveSocket(path, () => listen(), options);
  const heard = listen();
  t.truthy(await callSocket(path, heard, options));
  await server.close();
  await heard.closed;
  await t.throwsAsync(stat(path));
});

test('a caller that hangs up is noticed, and sending to it is no error', async (t) => {
  const path = join(await temporaryFolder(t), 'agent.sock');
  let hungUp: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (hungUp = resolve));
  const lines: { send(value: unknown): boolean }[] = [];
  const server = await serveSocket(
    path,
    (line) => {
      lines.push(line);
      return { onValue: () => undefined, onClose: hungUp };
    },
    options,
  );
  t.teardown(() => server.close());
  const line = await callSocket(path, listen(), options);
  line?.close();
  await gone;
  t.false(lines[0]?.send('anybody?'));
});
