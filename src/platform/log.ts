/** The log of this installation: structured lines in a file of bounded size, never on stdout. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Logger, pino as Pino } from 'pino';

export interface Log {
  info(text: string, facts?: object): void;
  warn(text: string, facts?: object): void;
  error(text: string, facts?: object): void;
}

/** Says nothing; for tests, and where no log can be written. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * When full, the file becomes `<file>.1`, replacing the one before: at most twice this many bytes are kept.
 */
export const fullLogBytes = 1024 * 1024;

/**
 * A log in `file`, whose folder exists. A log that cannot be written never stops the program: it is then
 * silent.
 */
export function openLog(file: string, options: { fullBytes?: number } = {}): Log {
  const sink = new RotatingFile(file, options.fullBytes ?? fullLogBytes);
  let made: Logger | undefined;
  // Most commands have nothing to log; the logger's thirty modules are loaded by the first line.
  const logger = (): Logger => (made ??= makeLogger(sink));
  return {
    info: (text, facts = {}) => logger().info(facts, text),
    warn: (text, facts = {}) => logger().warn(facts, text),
    error: (text, facts = {}) => logger().error(facts, text),
  };
}

function makeLogger(sink: RotatingFile): Logger {
  const pino = createRequire(import.meta.url)('pino') as typeof Pino;
  return pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, sink);
}

/** Written at once and synchronously: a line that tells of a crash must be there after the crash. */
class RotatingFile {
  readonly #file: string;
  readonly #fullBytes: number;
  #descriptor: number | undefined;
  #bytes = 0;

  constructor(file: string, fullBytes: number) {
    this.#file = file;
    this.#fullBytes = fullBytes;
  }

  write(line: string): void {
    try {
      const length = Buffer.byteLength(line);
      this.#descriptor ??= this.#open();
      if (this.#bytes > 0 && this.#bytes + length > this.#fullBytes) {
        closeSync(this.#descriptor);
        this.#descriptor = undefined;
        renameSync(this.#file, `${this.#file}.1`);
        this.#descriptor = this.#open();
      }
      this.#bytes += writeSync(this.#descriptor, line);
    } catch {
      // A full or read-only disk: protection goes on, and the next line tries again.
    }
  }

  #open(): number {
    const descriptor = openSync(this.#file, 'a', 0o600);
    this.#bytes = fstatSync(descriptor).size;
    return descriptor;
  }
}
