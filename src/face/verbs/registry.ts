/** Every verb that answers with a document: where it is, and whether it must be alone in its home. */
import type { App } from '../app.js';
import type { Args } from '../args.js';
import type { AnyDocument } from '../documents/outcome.js';

export interface Verb {
  /** Loaded when first asked for, so that a running agent holds only what was used. */
  readonly load: () => Promise<{ readonly run: (app: App, args: Args) => Promise<AnyDocument> }>;
  /** It writes: without a running agent it takes the home's lock while it works. */
  readonly alone: boolean;
  /** It looks into what is wrong, a wrong configuration and a damaged history among that. */
  readonly evenIfWrong?: boolean;
}

export const verbs = {
  source: { load: () => import('./source.js'), alone: true },
  vault: { load: () => import('./vault.js'), alone: true },
  backup: { load: () => import('./backup.js'), alone: true },
  status: { load: () => import('./status.js'), alone: false },
  history: { load: () => import('./history.js'), alone: false },
  ls: { load: () => import('./ls.js'), alone: false },
  find: { load: () => import('./find.js'), alone: false },
  restore: { load: () => import('./restore.js'), alone: true },
  ingest: { load: () => import('./ingest.js'), alone: true },
  cards: { load: () => import('./cards.js'), alone: true },
  verify: { load: () => import('./verify.js'), alone: true },
  retain: { load: () => import('./retain.js'), alone: true },
  receipt: { load: () => import('./receipt.js'), alone: false },
  pause: { load: () => import('./pause.js'), alone: true },
  resume: { load: () => import('./resume.js'), alone: true },
  eject: { load: () => import('./eject.js'), alone: true },
  doctor: { load: () => import('./doctor.js'), alone: true, evenIfWrong: true },
} satisfies Record<string, Verb>;

export type VerbName = keyof typeof verbs;

export function isVerb(name: unknown): name is VerbName {
  return typeof name === 'string' && Object.hasOwn(verbs, name);
}
