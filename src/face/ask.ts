/** Gets a request answered: by the running agent where there is one, else here. */
import { setTimeout as delay } from 'node:timers/promises';
import { lockTaken, takeHomeLock } from '../agent/home-lock.js';
import type { HomeLock } from '../agent/home-lock.js';
import { Installation } from '../agent/installation.js';
import type { InstallationParts } from '../agent/installation.js';
import { prepareHistory } from '../agent/whole-history.js';
import type { Listener } from '../base/events.js';
import { makeHome } from '../platform/home.js';
import type { Home } from '../platform/home.js';
import { answer } from './answer.js';
import { askAgent } from './api/client.js';
import type { Args } from './args.js';
import type { AnyDocument } from './documents/outcome.js';
import { failureOf } from './troubles.js';
import { verbs } from './verbs/registry.js';
import type { Verb, VerbName } from './verbs/registry.js';

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

/** Never throws for what a person can meet. */
export async function ask({ home, parts }: Place, question: Question): Promise<AnyDocument> {
  try {
    for (let waitedMs = 0; ; waitedMs += 100) {
      const document = await askAgent(question, { ...question, socket: home.socket });
      if (document) return document;
      if (!verbs[question.verb].alone) return await answerHere(await parts(), question);
      await makeHome(home);
      const machine = await parts();
      const lock = await takeHomeLock(machine.native, home, question.verb);
      if (lock) return await answerAlone(machine, question, lock);
      if (waitedMs >= patienceMs) throw await lockTaken(home);
      await delay(100);
    }
  } catch (error) {
    return failureOf(error);
  }
}

async function answerHere(parts: InstallationParts, question: Question, alone = false): Promise<AnyDocument> {
  await makeHome(parts.home);
  const { evenIfWrong = false }: Verb = verbs[question.verb];
  const installation = await Installation.open(parts, { evenIfWrong });
  try {
    const { folder, listener, signal } = question;
    if (!evenIfWrong) await prepareHistory(installation, { alone, listener, signal });
    const app = { installation, agent: undefined, folder, listener, signal };
    const document = await answer(app, question.verb, question.args);
    if (!alone || document.problem?.code !== 'catalog-damaged') return document;
    // Damage deep in the file shows only when it is read: the ledgers fill a new one, and the verb is asked
    // again.
    await installation.setCatalogAside();
    return await answer(app, question.verb, question.args);
  } finally {
    installation.close();
  }
}

async function answerAlone(
  parts: InstallationParts,
  question: Question,
  lock: HomeLock,
): Promise<AnyDocument> {
  try {
    return await answerHere(parts, question, true);
  } finally {
    await lock.release();
  }
}
