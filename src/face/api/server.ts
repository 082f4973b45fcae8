/** The agent's ear: answers requests that come over the socket of its home. */
import { isAbsolute } from 'node:path';
import type { Agent } from '../../agent/agent.js';
import type { Installation } from '../../agent/installation.js';
import type { News } from '../../base/events.js';
import { serveSocket } from '../../platform/local-socket.js';
import type { Line, LineEvents, SocketServer } from '../../platform/local-socket.js';
import { answer } from '../answer.js';
import { isVerb } from '../verbs/registry.js';
import type { VerbName } from '../verbs/registry.js';
import { longestRequest, protocolVersion } from './protocol.js';
import type { Answers, Request } from './protocol.js';

/** Serves until closed. Only for who holds the home's lock: a socket file that is in the way is removed. */
export function serveApi(installation: Installation, agent: Agent): Promise<SocketServer> {
  return serveSocket(installation.home.socket, (line) => call(line, installation, agent), {
    longestLine: longestRequest,
  });
}

/** One caller. Hanging up stops what it asked for. */
function call(line: Line, installation: Installation, agent: Agent): LineEvents {
  const stop = new AbortController();
  let asked = false;
  const send = (value: Partial<Answers>): void => void line.send(value);
  return {
    onValue(value) {
      const request = asked ? undefined : readRequest(value);
      if (typeof request !== 'object') {
        send({ refused: request ?? 'one request a call' });
        line.close();
        return;
      }
      asked = true;
      const listener = (news: News): void => send({ news });
      const app = { installation, agent, folder: request.folder, listener, signal: stop.signal };
      answer(app, request.verb, request.args)
        .then((document) => send({ document }))
        .catch((error: unknown) => {
          installation.log.error('a fault while answering', { verb: request.verb, error: stackOf(error) });
          send({ fault: String(error) });
        })
        .finally(() => line.close());
    },
    onClose: () => stop.abort(),
  };
}

/** The request, or why it is none. */
function readRequest(value: unknown): (Request & { readonly verb: VerbName }) | string {
  if (typeof value !== 'object' || value === null) return 'not a request';
  const { glassine, verb, args, folder } = value as Partial<Record<keyof Request, unknown>>;
  if (glassine !== protocolVersion) return `this agent speaks version ${protocolVersion}`;
  if (!isVerb(verb)) return 'no such verb';
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return 'no arguments';
  if (typeof folder !== 'string' || !isAbsolute(folder)) return 'no folder';
  return { glassine, verb, args: args as Request['args'], folder };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
