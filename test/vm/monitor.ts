/** QEMU's monitor: commands and events of its protocol, QMP, as lines of JSON. */
import type { LineChannel } from './line-channel.js';

interface Message {
  readonly QMP?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
  readonly data?: { readonly device?: string };
}

export class Monitor {
  readonly #channel: LineChannel;
  #last = 0;

  constructor(channel: LineChannel) {
    this.#channel = channel;
  }

  /** Resolves when QEMU is there and takes commands. */
  async open(): Promise<void> {
    await this.#channel.heard((line) => (parse(line).QMP === undefined ? undefined : true));
    await this.run('qmp_capabilities');
  }

  /** Runs a command; resolves with what it returns, rejects when QEMU refuses. */
  async run(command: string, words: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++this.#last;
    const after = this.#channel.lines.length;
    this.#channel.send(JSON.stringify({ execute: command, arguments: words, id }));
    const answer = await this.#channel.heard((line) => {
      const message = parse(line);
      return message.id === id ? message : undefined;
    }, after);
    if (answer.error) throw new Error(`${command}: ${answer.error.desc}`);
    return answer.return;
  }

  /** Pulls a device out; resolves when it is gone. */
  async removeDevice(id: string): Promise<void> {
    const after = this.#channel.lines.length;
    await this.run('device_del', { id });
    await this.#channel.heard((line) => {
      const { event, data } = parse(line);
      return event === 'DEVICE_DELETED' && data?.device === id ? true : undefined;
    }, after);
  }
}

function parse(line: string): Message {
  return JSON.parse(line) as Message;
}
