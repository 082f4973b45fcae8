/** Asks the running agent, when there is one. */
import { errnoOf, problem } from '../../base/errors.js';
import type { Listener } from '../../base/events.js';
import { callSocket } from '../../platform/local-socket.js';
import type { AnyDocument } from '../documents/outcome.js';
import { longestAnswer, protocolVersion } from './protocol.js';
import type { Answers, Request } from './protocol.js';

export interface AskOptions {
  readonly socket: string;
  readonly listener: Listener;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The agent's answer, `undefined` when no agent runs. Throws `agent-unreachable` when there is one that does
 * not answer or speaks another version, `stopped` when the signal came first, and `fault` for a fault of the
 * agent's.
 */
export async function askAgent(
  request: Omit<Request, 'glassine'>,
  options: AskOptions,
): Promise<AnyDocument | undefined> {
  const { socket, listener, signal } = options;
  let settle: { resolve(document: AnyDocument): void; reject(error: Error): void } | undefined;
  const answered = new Promise<AnyDocument>((resolve, reject) => (settle = { resolve, reject }));
  // Nobody waits for it until the request is sent, and there may be no agent at all.
  answered.catch(() => undefined);
  const unreachable = (detail: string): Error => problem('agent-unreachable', socket, { detail });
  const events = {
    onValue(value: unknown) {
      const { news, document, fault, refused } = (value ?? {}) as Partial<Answers>;
      if (news) listener(news);
      else if (document) settle?.resolve(document);
      else if (fault !== undefined) settle?.reject(problem('fault', fault));
      else settle?.reject(unreachable(refused ?? 'it talks nonsense'));
    },
    onClose: (reason?: Error) => settle?.reject(unreachable(reason?.message ?? 'it hung up')),
  };
  const line = await callSocket(socket, events, { longestLine: longestAnswer }).catch((error: unknown) => {
    throw unreachable(errnoOf(error) ?? String(error));
  });
  if (!line) return undefined;
  const onStop = (): void => {
    settle?.reject(problem('stopped', 'What you asked for'));
    line.close();
  };
  signal?.addEventListener('abort', onStop);
  if (signal?.aborted) onStop();
  try {
    const { verb, args, folder } = request;
    line.send({ glassine: protocolVersion, verb, args, folder });
    return await answered;
  } finally {
    signal?.removeEventListener('abort', onStop);
    line.close();
  }
}
