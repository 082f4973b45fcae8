/** One job at a time: what a person asks for comes first, and what runs by itself makes room for it. */
import { problem } from '../base/errors.js';

/** `automatic` jobs are computed work: stopped at any point, the next one does what is left. */
export type JobKind = 'asked' | 'automatic';

export interface JobOptions {
  readonly kind: JobKind;
  /** Stops this job; a job that has not begun then never begins. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly name: string;
  readonly kind: JobKind;
  readonly stop: AbortController;
  readonly begin: () => Promise<void>;
}

export class JobQueue {
  readonly #waiting: Waiting[] = [];
  #running: Waiting | undefined;
  #closed = false;
  readonly #idle: (() => void)[] = [];

  /** The job under way. */
  get running(): { readonly name: string; readonly kind: JobKind } | undefined {
    return this.#running;
  }

  /**
   * Runs a job when those before it are done. The job's signal is aborted when its owner stops it, when the
   * queue closes, and, for automatic jobs, when a person asks for something. Rejects with `stopped` when it
   * never began.
   */
  run<T>(name: string, job: (signal: AbortSignal) => Promise<T>, options: JobOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = new AbortController();
      const owner = options.signal;
      const onStop = (): void => stopJob({ name, stop });
      const begin = async (): Promise<void> => {
        try {
          stop.signal.throwIfAborted();
          resolve(await job(stop.signal));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        } finally {
          owner?.removeEventListener('abort', onStop);
        }
      };
      owner?.addEventListener('abort', onStop);
      if (this.#closed || owner?.aborted) onStop();
      this.#enter({ name, kind: options.kind, stop, begin });
    });
  }

  #enter(job: Waiting): void {
    const firstAutomatic = this.#waiting.findIndex((other) => other.kind === 'automatic');
    const at = job.kind === 'asked' && firstAutomatic >= 0 ? firstAutomatic : this.#waiting.length;
    this.#waiting.splice(at, 0, job);
    if (job.kind === 'asked') this.stopAutomatic();
    if (!this.#running) void this.#work();
  }

  async #work(): Promise<void> {
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      this.#running = job;
      await job.begin();
    }
    this.#running = undefined;
    for (const told of this.#idle.splice(0)) told();
  }

  /** Stops what runs by itself, if anything does. */
  stopAutomatic(): void {
    if (this.#running?.kind === 'automatic') stopJob(this.#running);
  }

  /** Stops everything, and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting) stopJob(job);
    if (!this.#running) return;
    stopJob(this.#running);
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}

function stopJob({ name, stop }: Pick<Waiting, 'name' | 'stop'>): void {
  stop.abort(problem('stopped', name));
}
