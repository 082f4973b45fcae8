/** A socket on which lines come and go: QEMU connects to it, for its monitor and for ports of the machine. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createInterface } from 'node:readline';

export class LineChannel {
  /** Every line that came, in order. */
  readonly lines: string[] = [];
  readonly #server: Server;
  readonly #lookers = new Set<() => void>();
  #socket: Socket | undefined;
  #failure: Error | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.once('connection', (socket) => {
      this.#socket = socket;
      const lines = createInterface({ input: socket });
      lines.on('line', (line) => {
        this.lines.push(line);
        this.#look();
      });
      // That the other side ended is told by whoever watches it.
      for (const each of [socket, lines]) each.on('error', () => undefined);
    });
  }

  /** Waits at a path for the one that will connect. */
  static async at(path: string): Promise<LineChannel> {
    const server = createServer();
    const channel = new LineChannel(server);
    server.listen(path);
    await once(server, 'listening');
    return channel;
  }

  send(line: string): void {
    this.#socket?.write(`${line}\n`);
  }

  /**
   * Resolves with what `pick` makes of the first line that it wants, from line `after` on; rejects when no
   * more lines will come.
   */
  heard<T>(pick: (line: string) => T | undefined, after = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      let next = after;
      const look = (): void => {
        for (; next < this.lines.length; next++) {
          const picked = pick(this.lines[next] ?? '');
          if (picked === undefined) continue;
          this.#lookers.delete(look);
          return resolve(picked);
        }
        if (this.#failure) reject(this.#failure);
      };
      this.#lookers.add(look);
      look();
    });
  }

  /** No more lines will come: all who wait are told why. */
  close(reason: Error): void {
    this.#failure = reason;
    this.#look();
    this.#socket?.destroy();
    this.#server.close();
  }

  #look(): void {
    for (const look of [...this.#lookers]) look();
  }
}
