/** The schema of every document, by the verb that answers with it: what docs/json-schema/ publishes. */
import { failureDocument } from './outcome.js';
import { findDocument, historyDocument, lsDocument, restoreDocument } from './asking.js';
import { cardsDocument, ingestDocument } from './cards.js';
import { backupDocument, retainDocument, verifyDocument } from './keeping.js';
import { ejectDocument } from './letting-go.js';
import { receiptDocument } from './receipts.js';
import { doctorDocument, runLine, statusDocument } from './looking.js';
import { pauseDocument, sourceDocument, vaultDocument } from './settings.js';

export const documents = {
  backup: backupDocument,
  cards: cardsDocument,
  doctor: doctorDocument,
  eject: ejectDocument,
  failure: failureDocument,
  find: findDocument,
  history: historyDocument,
  ingest: ingestDocument,
  ls: lsDocument,
  pause: pauseDocument,
  receipt: receiptDocument,
  restore: restoreDocument,
  resume: pauseDocument,
  retain: retainDocument,
  run: runLine,
  source: sourceDocument,
  status: statusDocument,
  vault: vaultDocument,
  verify: verifyDocument,
} as const;
