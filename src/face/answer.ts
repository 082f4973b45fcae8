/** Answers one request with one document, whoever asked and wherever it runs. */
import type { App } from './app.js';
import type { Args } from './args.js';
import type { AnyDocument } from './documents/outcome.js';
import { failureOf } from './troubles.js';
import { verbs } from './verbs/registry.js';
import type { Verb, VerbName } from './verbs/registry.js';

/** Never throws for what a person can meet. What it throws is a fault of ours. */
export async function answer(app: App, name: VerbName, args: Args): Promise<AnyDocument> {
  const verb: Verb = verbs[name];
  const loaded = await verb.load();
  try {
    return await loaded.run(app, args);
  } catch (error) {
    return failureOf(error);
  }
}
