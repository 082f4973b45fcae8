/** The text of how everything is: the sentence, what needs doing, then the sources and vaults. */
import { fromRfc3339 } from '../../base/time.js';
import { describeAge, describeBytes, describeCount, describeSpan } from '../../rules/people-times.js';
import type { StatusDocument } from '../documents/looking.js';
import { columns, localTime, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

type Vault = StatusDocument['vaults'][number];
type Source = StatusDocument['sources'][number];

export function text(document: StatusDocument, nowMs: number): string[] {
  const { sentence, needs, sources, vaults, coverage, cards } = document;
  const lines = [sentence, ...needs.map((need) => `- ${need.sentence}`)];
  if (sources.length > 0) lines.push('', 'Protected:', ...indented(columns(sources.map(sourceRow), [1, 2])));
  if (vaults.length > 0) {
    lines.push('', 'Kept in:', ...indented(columns(vaults.map((vault) => vaultRow(vault, nowMs)))));
    lines.push(...coverage.sharedDevices.map(({ sentence: shared }) => shared));
  }
  if (cards.length > 0) lines.push('', 'In a reader:', ...indented(columns(cards.map(cardRow))));
  return [...lines, '', agentLine(document, nowMs), ...troubleLines(document)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function sourceRow(source: Source): string[] {
  const { name, root, files, bytes, unprotectedFiles: bare, connected } = source;
  const state = !connected
    ? 'not there right now'
    : bare > 0
      ? `${describeCount(bare)} not kept yet`
      : 'kept';
  return [printable(name), describeCount(files, 'file'), describeBytes(bytes), state, printable(root)];
}

function vaultRow(vault: Vault, nowMs: number): string[] {
  const turns = vault.group === undefined ? undefined : `takes turns in ${vault.group}`;
  const where = [vault.medium, vault.place, vault.offSite ? 'away from home' : undefined, turns];
  const named = where.filter((word) => word !== undefined).map(printable);
  return [
    printable(vault.name),
    named.join(', '),
    seen(vault, nowMs),
    content(vault, nowMs),
    room(vault, nowMs),
  ];
}

function seen({ connected, lastSeenAt, dueAt, state }: Vault, nowMs: number): string {
  const at = lastSeenAt === undefined ? undefined : fromRfc3339(lastSeenAt);
  const sight = connected
    ? 'connected'
    : at === undefined
      ? 'not seen yet'
      : `seen ${describeAge(nowMs - at)}`;
  const back = connected || dueAt === undefined ? '' : `, due back ${day(dueAt)}`;
  return `${state === 'retired' ? 'retired, ' : ''}${sight}${back}`;
}

function day(moment: string): string {
  return localTime(moment).slice(0, 10);
}

function content(vault: Vault, nowMs: number): string {
  const { damagedFiles, provenFiles, writtenFiles } = vault;
  const parts: string[] = [];
  if (damagedFiles > 0) parts.push(`${describeCount(damagedFiles)} damaged`);
  if (vault.behindFiles > 0) parts.push(behind(vault, nowMs));
  if (parts.length === 0) parts.push('complete');
  const held = provenFiles + writtenFiles;
  if (writtenFiles > 0) parts.push(`${describeCount(provenFiles)} of ${describeCount(held)} proven`);
  else if (held > 0 && damagedFiles === 0) parts.push('all proven');
  return parts.join(', ');
}

function behind({ behindFiles, behindBytes, oldestBehindAt, state }: Vault, nowMs: number): string {
  // Nobody waits for a drive that is put away to catch up.
  if (state === 'retired') return `without ${describeCount(behindFiles, 'file')} of today`;
  const since = oldestBehindAt === undefined ? undefined : fromRfc3339(oldestBehindAt);
  const isOld = since !== undefined && nowMs - since >= 60_000;
  const age = isOld ? `, the oldest for ${describeSpan(nowMs - since)}` : '';
  return `${describeCount(behindFiles, 'file')} behind (${describeBytes(behindBytes)}${age})`;
}

function room({ connected, freeBytes, totalBytes, fullAt }: Vault, nowMs: number): string {
  if (freeBytes === undefined) return '';
  const all = totalBytes === undefined ? '' : ` of ${describeBytes(totalBytes)}`;
  const at = fullAt === undefined ? undefined : fromRfc3339(fullAt);
  const full = at === undefined ? '' : `, full in ${describeSpan(Math.max(0, at - nowMs))} at this rate`;
  return `${describeBytes(freeBytes)}${all} free${connected ? '' : ' then'}${full}`;
}

function cardRow({ name, mountPoint, doing, verdict }: StatusDocument['cards'][number]): string[] {
  const rest = verdict ? `${verdict.sentence} (${localTime(verdict.at)})` : 'not copied by itself';
  const state = doing === 'ingest' ? 'is copied' : doing === 'wait' ? 'waits for the end of the pause' : rest;
  return [printable(name), state, printable(mountPoint)];
}

function agentLine({ agent }: StatusDocument, nowMs: number): string {
  if (!agent.running) return 'No agent is running; start one with: glassine run';
  if (agent.doing !== undefined) return `The agent is at work (${agent.doing}).`;
  const at = agent.lastPassAt === undefined ? undefined : fromRfc3339(agent.lastPassAt);
  return at === undefined
    ? 'The agent is running.'
    : `The agent is watching; it last looked ${describeAge(nowMs - at)}.`;
}
