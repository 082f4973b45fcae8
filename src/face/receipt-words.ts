/** What receipts of ingests say in words. */
import { programVersion } from '../platform/version.js';
import type { ReceiptWords } from '../work/ingest/leave-receipts.js';
import { sentenceFor } from './sentences.js';
import { verdictLine, verdictPart } from './verdicts.js';

export const receiptWords: ReceiptWords = {
  tool: { name: 'Glassine', version: programVersion() },
  verdict(verdict) {
    const part = verdictPart(verdict);
    return { sentence: verdictLine(part), reasons: part.reasons.map(({ message }) => message) };
  },
  why: (reason) =>
    ({
      'kept-before': 'it was copied here before',
      'of-a-computer': 'a computer left it on the card',
      'thrown-away': 'it was in a wastebasket',
    })[reason],
  problem: sentenceFor,
};
