/** `run`: the agent in the foreground, and what it says while it runs. */
import { Agent } from '../agent/agent.js';
import { Binder, bindPlaces } from '../agent/binding.js';
import { lockTaken, takeHomeLock } from '../agent/home-lock.js';
import { Installation } from '../agent/installation.js';
import { prepareHistory } from '../agent/whole-history.js';
import { GlassineError } from '../base/errors.js';
import type { News } from '../base/events.js';
import { toRfc3339 } from '../base/time.js';
import { makeHome } from '../platform/home.js';
import { staySmall } from '../platform/memory.js';
import type { App } from './app.js';
import { serveApi } from './api/server.js';
import type { Io } from './cli/io.js';
import type { RunLine, StatusDocument } from './documents/looking.js';
import { exitCodeFor } from './exit-codes.js';
import { receiptWords } from './receipt-words.js';
import type { ExitCode } from './exit-codes.js';
import { beginWithPictures } from './first-run.js';
import { RunText } from './text/run.js';
import { failureOf } from './troubles.js';

export interface RunOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Runs until the signal. Throws only for faults of ours. */
export async function runAgent(io: Io, options: RunOptions): Promise<ExitCode> {
  const teller = new Teller(io, options);
  staySmall();
  try {
    const parts = await io.parts();
    await makeHome(io.home);
    const lock = await takeHomeLock(parts.native, io.home, 'run');
    if (!lock) throw await lockTaken(io.home);
    try {
      const installation = await Installation.open(parts);
      try {
        await live(io, installation, teller);
      } finally {
        installation.close();
      }
    } finally {
      await lock.release();
    }
    teller.tell({ kind: 'end', at: now(parts.clock), outcome: 'good' });
    return 0;
  } catch (error) {
    if (!(error instanceof GlassineError)) throw error;
    const { problem } = failureOf(error);
    io.err(`${problem.message}\n`);
    return exitCodeFor(error.code);
  }
}

async function live(io: Io, installation: Installation, teller: Teller): Promise<void> {
  installation.log.info('the agent begins', { version: io.version, home: io.home.dataFolder });
  const listener = (news: News): void => teller.hear(news, now(installation.clock));
  await bindPlaces(installation, new Binder(), { write: true, patienceMs: 1000 });
  await prepareHistory(installation, { alone: true, listener, signal: io.signal });
  const [watchFolder, volumes] = await Promise.all([io.watchFolder(), io.watchVolumes()]);
  const agent = new Agent(installation, { watchFolder, volumes, listener, receiptWords });
  const app: App = { installation, agent, folder: io.folder, listener, signal: io.signal };
  if (!installation.config.exists) teller.say(await beginWithPictures(app, io.command));
  const server = await serveApi(installation, agent);
  try {
    await agent.start();
    await teller.ready(app);
    await ended(io.signal);
  } finally {
    await server.close();
    await agent.stop();
    installation.log.info('the agent ends');
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function now(clock: { now(): number }): string {
  return toRfc3339(clock.now());
}

/** What the agent says in its terminal: lines of text, or of JSON. */
class Teller {
  readonly #io: Io;
  readonly #options: RunOptions;
  readonly #text = new RunText();

  constructor(io: Io, options: RunOptions) {
    this.#io = io;
    this.#options = options;
  }

  say(lines: readonly string[]): void {
    if (!this.#options.json && !this.#options.quiet) for (const line of lines) this.#io.out(`${line}\n`);
  }

  /** Says how everything is, as `status` does. */
  async ready(app: App): Promise<void> {
    if (this.#options.quiet) return;
    const { run } = await import('./verbs/status.js');
    const { sentence }: StatusDocument = await run(app);
    this.tell({ kind: 'ready', at: now(app.installation.clock), sentence });
  }

  hear(news: News, at: string): void {
    switch (news.kind) {
      case 'pass':
        return this.tell({ at, ...news });
      case 'vault':
      case 'up-to-date':
      case 'card':
        return this.tell({ at, ...news });
      case 'ingested': {
        const { verdict, ...told } = news;
        return this.tell({ at, ...told, verdict: { ...verdict, reasons: [...verdict.reasons] } });
      }
      case 'problem': {
        const { code, subject } = news.problem;
        const message = failureOf(new GlassineError(news.problem)).problem.message;
        return this.tell({ kind: 'problem', at, code, subject, message });
      }
      case 'scan':
      case 'progress':
      case 'released':
      case 'note':
        return;
      default:
        news satisfies never;
    }
  }

  tell(line: RunLine): void {
    if (this.#options.json) return this.#io.out(`${JSON.stringify(line)}\n`);
    const text = this.#text.lineFor(line);
    if (text !== undefined && !this.#options.quiet) this.#io.out(`${text}\n`);
  }
}
