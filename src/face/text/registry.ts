/** The text of every verb's document, loaded when there is somebody to read it. */
import type { AnyDocument } from '../documents/outcome.js';
import type { VerbName } from '../verbs/registry.js';

interface Text {
  readonly text: (document: never, nowMs: number) => string[];
}

const texts = {
  source: () => import('./source.js'),
  vault: () => import('./vault.js'),
  backup: () => import('./backup.js'),
  status: () => import('./status.js'),
  history: () => import('./history.js'),
  ls: () => import('./ls.js'),
  find: () => import('./find.js'),
  restore: () => import('./restore.js'),
  ingest: () => import('./ingest.js'),
  cards: () => import('./cards.js'),
  verify: () => import('./verify.js'),
  retain: () => import('./retain.js'),
  receipt: () => import('./receipt.js'),
  pause: () => import('./pause.js'),
  resume: () => import('./pause.js'),
  doctor: () => import('./doctor.js'),
  eject: () => import('./eject.js'),
} satisfies Record<VerbName, () => Promise<Text>>;

/** The lines for people. `document` is the verb's own; failures have no text but their sentence. */
export async function textFor(verb: VerbName, document: AnyDocument, nowMs: number): Promise<string[]> {
  const loaded: Text = await texts[verb]();
  // The verb and its document came together.
  return loaded.text(document as never, nowMs);
}
