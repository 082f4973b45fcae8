/** The agent's socket: who may speak there, and what it does with those who do not know how. */
import { stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { askAgent } from '../../src/face/api/client.js';
import { GlassineError } from '../../src/base/errors.js';
import { serveSocket } from '../../src/platform/local-socket.js';
import { desk } from '../support/glassine.js';
import { startAgent } from '../support/running-agent.js';
import { temporaryFolder } from '../support/trees.js';

const withOneFile = (source: string): Promise<void> => writeFile(join(source, 'a.jpg'), 'first');

/** Sends bytes as they are; resolves with all that comes back until the agent hangs up. */
async function shout(socket: string, text: string): Promise<string> {
  const line = createConnection(socket);
  line.on('error', () => undefined);
  let answer = '';
  line.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  line.write(text);
  await new Promise((resolve) => line.once('close', resolve));
  return answer;
}

test('rude callers are turned away, and the agent lives on', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await startAgent(t, place);
  const socket = join(place.home, 'run', 'agent.sock');
  const request = { glassine: 1, verb: 'status', args: {}, folder: '/' };
  const rude: [string, RegExp][] = [
    ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', /^$/],
    ['null\n', /refused.*not a request/],
    ['[]\n', /refused/],
    [JSON.stringify({ ...request, glassine: 99 }) + '\n', /refused.*version 1/],
    [JSON.stringify({ ...request, verb: 'constructor' }) + '\n', /refused.*no such verb/],
    [JSON.stringify({ ...request, verb: 'run' }) + '\n', /refused.*no such verb/],
    [JSON.stringify({ ...request, args: [] }) + '\n', /refused.*no arguments/],
    [JSON.stringify({ ...request, folder: 'relative' }) + '\n', /refused.*no folder/],
    [JSON.stringify({ ...request, verb: 'history', args: { path: 7 } }) + '\n', /"usage"/],
    [JSON.stringify({ ...request, verb: 'history', args: { path: 'a\0b' } }) + '\n', /"usage"/],
    [JSON.stringify({ ...request, verb: 'restore', args: { paths: 'a', to: {} } }) + '\n', /"usage"/],
    ['"' + 'x'.repeat(2 * 1024 * 1024), /^$/],
  ];
  for (const [text, answer] of rude) t.regex(await shout(socket, text), answer, text.slice(0, 80));
  t.regex(await shout(socket, JSON.stringify(request) + '\n'), /"document":\{"outcome":"good"/);
});

test('the socket is in a folder that only its owner may enter', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await startAgent(t, place);
  t.is((await stat(join(place.home, 'run'))).mode & 0o777, 0o700);
});

test('ten who ask at once are all answered', async (t) => {
  const place = await desk(t, { fill: withOneFile });
  await startAgent(t, place);
  const socket = join(place.home, 'run', 'agent.sock');
  const ask = (verb: string) =>
    askAgent({ verb, args: {}, folder: '/' }, { socket, listener: () => undefined });
  const verbs = ['status', 'backup', 'verify', 'ls', 'doctor'];
  const answers = await Promise.all([...verbs, ...verbs].map(ask));
  for (const answer of answers) t.is(answer?.outcome, 'good');
});

test('an agent that hangs up in the middle, or talks nonsense, is unreachable, not silent', async (t) => {
  const socket = join(await temporaryFolder(t), 'agent.sock');
  const answers = [undefined, { refused: 'this agent speaks version 2' }, 'nonsense', 7];
  for (const answer of answers) {
    const server = await serveSocket(
      socket,
      (line) => ({
        onValue: () => {
          if (answer !== undefined) line.send(answer);
          line.close();
        },
        onClose: () => undefined,
      }),
      { longestLine: 1000 },
    );
    const asked = askAgent({ verb: 'status', args: {}, folder: '/' }, { socket, listener: () => undefined });
    const error = await t.throwsAsync(asked, { instanceOf: GlassineError }, JSON.stringify(answer));
    t.is(error.code, 'agent-unreachable');
    await server.close();
  }
});

test('who stops asking is let go at once', async (t) => {
  const socket = join(await temporaryFolder(t), 'agent.sock');
  const server = await serveSocket(socket, () => ({ onValue: () => undefined, onClose: () => undefined }), {
    longestLine: 1000,
  });
  t.teardown(() => server.close());
  const stop = new AbortController();
  const asked = askAgent(
    { verb: 'status', args: {}, folder: '/' },
    { socket, listener: () => undefined, signal: stop.signal },
  );
  setImmediate(() => stop.abort());
  const error = await t.throwsAsync(asked, { instanceOf: GlassineError });
  t.is(error.code, 'stopped');
});
