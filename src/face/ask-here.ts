/** Answers a request in this process, where no agent runs: alone in the home where the verb writes. */
import { Binder, bindPlaces } from '../agent/binding.js';
import { takeHomeLock } from '../agent/home-lock.js';
import type { HomeLock } from '../agent/home-lock.js';
import { Installation } from '../agent/installation.js';
import type { InstallationParts } from '../agent/installation.js';
import { prepareHistory } from '../agent/whole-history.js';
import { makeHome } from '../platform/home.js';
import { answer } from './answer.js';
import type { Place, Question } from './ask.js';
import type { AnyDocument } from './documents/outcome.js';
import { verbs } from './verbs/registry.js';
import type { Verb } from './verbs/registry.js';

export { lockTaken } from '../agent/home-lock.js';

/** The answer; `undefined` where the verb has to be alone in its home and somebody else holds the lock. */
export async function tryAnswer(
  { home, parts }: Place,
  question: Question,
): Promise<AnyDocument | undefined> {
  if (!verbs[question.verb].alone) return answerHere(await parts(), question);
  await makeHome(home);
  const machine = await parts();
  const lock = await takeHomeLock(machine.native, home, question.verb);
  return lock && answerAlone(machine, question, lock);
}

async function answerHere(parts: InstallationParts, question: Question, alone = false): Promise<AnyDocument> {
  await makeHome(parts.home);
  const { evenIfWrong = false }: Verb = verbs[question.verb];
  const installation = await Installation.open(parts, { evenIfWrong });
  try {
    const { folder, listener, signal } = question;
    await bindPlaces(installation, new Binder(), { write: alone, patienceMs: 1000 });
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
