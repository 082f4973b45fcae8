/** The one sentence that says how everything is. */
import { untilResumed } from '../../agent/config.js';
import type { Description, SentenceParts, SharedDevice } from '../../rules/coverage.js';
import { describeCount, describeSpan } from '../../rules/people-times.js';
import { listed, localTime, printable } from '../words.js';

export interface SentenceContext {
  readonly sources: readonly unknown[];
  readonly vaults: readonly unknown[];
  readonly pausedUntil: string | undefined;
  readonly nowMs: number;
}

export function statusSentence({ sentenceParts: parts }: Description, context: SentenceContext): string {
  if (context.sources.length === 0) return 'Nothing is protected yet.';
  const said = [kept(parts, context), ...extras(parts, context)];
  return `${said.join(', ')}.`;
}

function kept(parts: SentenceParts, { vaults }: SentenceContext): string {
  const pictures = describeCount(parts.files, 'picture');
  if (parts.files === 0) return 'No pictures seen yet';
  if (vaults.length === 0) return `${pictures}, kept nowhere yet`;
  const { copies, unprotectedFiles: bare } = parts;
  if (bare === parts.files) return `${pictures}, none of them kept yet`;
  if (copies > 1) return `${pictures} in ${describeCount(copies)} places`;
  if (bare > 0) return `${pictures}, ${describeCount(bare)} of them not kept yet`;
  return parts.partialCopies > 0
    ? `${pictures} kept, no drive has all of them yet`
    : `${pictures} kept, all on one device`;
}

function extras(parts: SentenceParts, context: SentenceContext): string[] {
  const { copies, offSiteCopies, unprotectedFiles: bare, oldestUnprotectedAt, evidence } = parts;
  const said: string[] = [];
  if (offSiteCopies > 0)
    said.push(offSiteCopies === 1 ? 'one away from home' : `${offSiteCopies} away from home`);
  if (copies > 1 && bare > 0) said.push(`${describeCount(bare)} not kept yet`);
  if (bare > 0 && oldestUnprotectedAt !== undefined && context.nowMs - oldestUnprotectedAt >= 3_600_000) {
    said.push(`waiting for ${describeSpan(context.nowMs - oldestUnprotectedAt)}`);
  }
  if (evidence.damaged > 0) said.push(`${describeCount(evidence.damaged, 'copy', 'copies')} damaged`);
  const until = context.pausedUntil;
  if (until !== undefined) said.push(until === untilResumed ? 'paused' : `paused until ${localTime(until)}`);
  return said;
}

/** Why what lies on one device counts once. */
export function sharedDeviceSentence({ vaults, sources }: SharedDevice): string {
  const kept = listed(vaults.map(printable));
  const together = vaults.length === 1 ? `${kept} is` : `${kept} are`;
  if (sources.length === 0) return `${together} on one device, so they count as one copy.`;
  const none = vaults.length === 1 ? 'it is' : 'they are';
  const those = sources.length === 1 ? 'it' : 'them';
  return `${together} on the same device as ${listed(sources.map(printable))}, so ${none} no copy of ${those}.`;
}
