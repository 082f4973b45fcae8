/** Gets a request answered: by the running agent where there is one, else here. */
import { setTimeout as delay } from 'node:timers/promises';
import type { InstallationParts } from '../agent/installation.js';
import type { Listener } from '../base/events.js';
import type { Home } from '../platform/home.js';
import { askAgent } from './api/client.js';
import type { Args } from './args.js';
import type { AnyDocument } from './documents/outcome.js';
import type { VerbName } from './verbs/registry.js';

/** The home, and the machine below it for when it is needed. */
export interface Place {
  readonly home: Home;
  readonly parts: () => Promise<InstallationParts>;
}

export interface Question {
  readonly verb: VerbName;
  readonly args: Args;
  /** What relative paths are relative to. */
  readonly folder: string;
  readonly listener: Listener;
  readonly signal?: AbortSignal | undefined;
}

/** Somebody who holds the lock and does not answer may be an agent that is just starting. */
const patienceMs = 3000;

/**
 * Never throws for what a person can meet. Who only asks a running agent loads nothing else: that is felt.
 */
export async function ask(place: Place, question: Question): Promise<AnyDocument> {
  try {
    for (let waitedMs = 0; ; waitedMs += 100) {
      const document = await askAgent(question, { ...question, socket: place.home.socket });
      if (document) return document;
      const { lockTaken, tryAnswer } = await import('./ask-here.js');
      const answered = await tryAnswer(place, question);
      if (answered) return answered;
      if (waitedMs >= patienceMs) throw await lockTaken(place.home);
      await delay(100);
    }
  } catch (error) {
    const { failureOf } = await import('./troubles.js');
    return failureOf(error);
  }
}
