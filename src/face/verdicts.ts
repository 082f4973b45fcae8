/** Verdicts about cards in the words of documents, and for people. */
import type { Verdict, VerdictCode, VerdictReason } from '../rules/cards/verdict.js';
import { describeCount } from '../rules/people-times.js';
import type { VerdictPart } from './documents/cards.js';
import { printable } from './words.js';

type Sentence = (files: string, reason: VerdictReason) => string;

/** Does not compile while a reason has no sentence. */
const sentences = {
  'card-not-listed': () => 'the card could not be looked through once more after copying',
  'files-unreadable': (files) => `${files} on it cannot be read`,
  'files-changed': (files) => `${files} on it changed meanwhile`,
  'files-appeared': (files) => `${files} came to it meanwhile`,
  'files-not-copied': (files) => `${files} on it were not copied`,
  'pictures-empty': (files) => `${files} of pictures are empty, and may only be saved from this card`,
  'only-unknown-files': () => 'nothing on it is a picture or clip that we know',
  'copies-too-few': (files) => `${files} have fewer than two copies elsewhere than on the disk of the card`,
  'copies-not-proven': (files) => `${files} have fewer than two copies that were read back and compared`,
  'copies-on-one-device': (files) => `all copies of ${files} are on one drive, as far as we know`,
  'no-copy-off-site': (files) => `${files} have no copy away from here`,
  'not-delivered': () => 'the job is not delivered; say so with: glassine cards deliver <job>',
} satisfies Record<VerdictCode, Sentence>;

export function verdictPart({ safe, reasons }: Verdict): VerdictPart {
  return { safe, reasons: reasons.map((reason) => ({ ...reason, message: sentenceOf(reason) })) };
}

function sentenceOf(reason: VerdictReason): string {
  const sentence: Sentence = sentences[reason.code];
  const example = reason.example === undefined ? '' : ` (${printable(reason.example)})`;
  return sentence(`${describeCount(reason.files, 'file')}${example}`, reason);
}

/** One line for people. */
export function verdictLine({ safe, reasons }: VerdictPart): string {
  if (safe) return 'Safe to format.';
  return `Do not format it yet: ${reasons.map(({ message }) => message).join('; ')}.`;
}
