/** How far a job is, on stderr: a bar on a terminal, a plain line now and then elsewhere. */
import type { SingleBar } from 'cli-progress';
import type { News } from '../../base/events.js';
import { describeBytes, describeCount } from '../../rules/people-times.js';
import { sentenceFor } from '../sentences.js';
import { printable } from '../words.js';

export interface ProgressOptions {
  readonly err: (text: string) => void;
  readonly errIsTerminal: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsedMs: () => number;
}

export interface Progress {
  hear(news: News): void;
  /** Clears the line. Call before anything else is written. */
  end(): void;
}

type Step = Extract<News, { kind: 'progress' }>;

const jobWords: Readonly<Record<Step['job'], string>> = {
  backup: 'Keeping',
  restore: 'Restoring',
  verify: 'Reading back',
  rebuild: 'Reading',
  prune: 'Thinning',
  ingest: 'Copying off the card',
  feed: 'Copying on from the first place',
};

type Released = Extract<News, { kind: 'released' }>;

function releasedLine({ from }: Released): string {
  return `The card can be taken out; copying goes on from ${printable(from)}.\n`;
}

export const silentProgress: Progress = { hear: () => undefined, end: () => undefined };

/** Loads the bar only where there is a terminal to draw it on. */
export async function createProgress(options: ProgressOptions): Promise<Progress> {
  return options.errIsTerminal ? barProgress(options) : lineProgress(options);
}

async function barProgress({ err }: ProgressOptions): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  let bar: SingleBar | undefined;
  let begun: Step['job'] | undefined;
  const end = (): void => {
    bar?.stop();
    bar = undefined;
    begun = undefined;
  };
  return {
    end,
    hear(news) {
      if (news.kind === 'progress') {
        if (begun !== news.job) {
          end();
          begun = news.job;
          bar = new cliProgress.SingleBar({
            format: `${jobWords[news.job]} [{bar}] {percentage}%  {files}  {size}`,
            clearOnComplete: true,
            hideCursor: true,
            fps: 5,
          });
          bar.start(100, 0, { files: '', size: '' });
        }
        bar?.update(percentOf(news), { files: filesOf(news), size: sizeOf(news) });
      } else if (news.kind === 'problem') {
        end();
        err(`${sentenceFor(news.problem)}\n`);
      } else if (news.kind === 'released') {
        end();
        err(releasedLine(news));
      }
    },
  };
}

/** A line at the first news of a job, then one whenever so long has passed. */
const betweenLinesMs = 5000;

function lineProgress({ err, elapsedMs }: ProgressOptions): Progress {
  let lastAt: number | undefined;
  return {
    end: () => undefined,
    hear(news) {
      if (news.kind === 'problem') err(`${sentenceFor(news.problem)}\n`);
      if (news.kind === 'released') err(releasedLine(news));
      if (news.kind !== 'progress') return;
      const now = elapsedMs();
      if (lastAt !== undefined && now - lastAt < betweenLinesMs) return;
      lastAt = now;
      err(`${jobWords[news.job]}: ${percentOf(news)}%, ${filesOf(news)}, ${sizeOf(news)}\n`);
    },
  };
}

function percentOf({ doneBytes, totalBytes, doneFiles, totalFiles }: Step): number {
  const share = totalBytes > 0 ? doneBytes / totalBytes : totalFiles > 0 ? doneFiles / totalFiles : 1;
  return Math.min(100, Math.floor(share * 100));
}

function filesOf({ doneFiles, totalFiles }: Step): string {
  return `${describeCount(doneFiles)} of ${describeCount(totalFiles, 'file')}`;
}

function sizeOf({ doneBytes, totalBytes }: Step): string {
  return `${describeBytes(doneBytes)} of ${describeBytes(totalBytes)}`;
}
