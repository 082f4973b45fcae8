/** A socket of the user's own that carries JSON, one value a line, each line bounded. */
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { removeFile } from './files.js';

/** One end of a connection. After `close` nothing more arrives. */
export interface Line {
  /** False when the other end is gone; the value is then dropped. */
  send(value: unknown): boolean;
  /** Lets what was sent go out, then hangs up. */
  close(): void;
}

/**
 * What the owner of an end is told. `onClose` comes exactly once, last, and names what was wrong, if anything
 * was.
 */
export interface LineEvents {
  onValue(value: unknown): void;
  onClose(reason?: Error): void;
}

export interface LineOptions {
  /** In characters. A longer line closes the connection. */
  readonly longestLine: number;
}

/** Cuts a stream of bytes into lines and lines into values. */
function readLines(socket: Socket, events: LineEvents, options: LineOptions): void {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  let length = 0;
  let reason: Error | undefined;
  const refuse = (why: string): void => {
    reason ??= new Error(why);
    socket.destroy();
  };
  const take = (text: string): void => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return refuse('a line is not JSON');
    }
    events.onValue(value);
  };
  socket.on('data', (chunk: Buffer) => {
    const parts = decoder.write(chunk).split('\n');
    for (const [index, part] of parts.entries()) {
      length += part.length;
      if (length > options.longestLine) return refuse('a line is too long');
      pieces.push(part);
      if (index === parts.length - 1) break;
      const text = pieces.join('');
      pieces = [];
      length = 0;
      if (text !== '') take(text);
      if (socket.destroyed) return;
    }
  });
  socket.on('error', (error) => (reason ??= error));
  socket.on('close', () => events.onClose(reason));
}

function lineOver(socket: Socket): Line {
  return {
    send(value) {
      if (socket.destroyed || !socket.writable) return false;
      socket.write(JSON.stringify(value) + '\n');
      return true;
    },
    close: () => void socket.end(),
  };
}

/**
 * Calls a socket. `undefined` when nobody answers there; throws what the system says when it may not be used.
 */
export async function callSocket(
  path: string,
  events: LineEvents,
  options: LineOptions,
): Promise<Line | undefined> {
  const socket = createConnection(path);
  const failed = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('error', resolve);
  });
  if (failed) {
    if (['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(failed.code ?? '')) return undefined;
    throw failed;
  }
  socket.removeAllListeners('error');
  const line = lineOver(socket);
  readLines(socket, events, options);
  return line;
}

export interface SocketServer {
  /** Hangs up on everybody and stops listening; the socket's file is gone afterwards. */
  close(): Promise<void>;
}

/**
 * Listens. A file that a dead owner left at the path is removed first: call this only while holding the lock
 * that says that no other owner lives. `onCall` is handed each caller's line and says who listens to it.
 */
export async function serveSocket(
  path: string,
  onCall: (line: Line) => LineEvents,
  options: LineOptions,
): Promise<SocketServer> {
  const isPipe = path.startsWith('\\\\');
  if (!isPipe) await removeFile(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const line = lineOver(socket);
    readLines(socket, onCall(line), options);
  });
  await listen(server, path);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroySoon();
      await closed;
      if (!isPipe) await removeFile(path);
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      // A caller that hangs up in the middle must not end the program.
      server.on('error', () => undefined);
      resolve();
    });
  });
}
