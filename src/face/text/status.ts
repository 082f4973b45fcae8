/** The text of how everything is: the sentence, what needs doing, then the sources and vaults. */
import { fromRfc3339 } from '../../base/time.js';
import { describeAge, describeBytes, describeCount } from '../../rules/people-times.js';
import type { StatusDocument } from '../documents/looking.js';
import { columns, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

type Vault = StatusDocument['vaults'][number];
type Source = StatusDocument['sources'][number];

export function text(document: StatusDocument, nowMs: number): string[] {
  const { sentence, needs, sources, vaults } = document;
  const lines = [sentence, ...needs.map((need) => `- ${need.sentence}`)];
  if (sources.length > 0) lines.push('', 'Protected:', ...indented(columns(sources.map(sourceRow), [1, 2])));
  if (vaults.length > 0) {
    lines.push('', 'Kept in:', ...indented(columns(vaults.map((vault) => vaultRow(vault, nowMs)))));
  }
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
  const where = [vault.medium, vault.place, vault.offSite ? 'away from home' : undefined];
  const named = where.filter((word) => word !== undefined).map(printable);
  return [printable(vault.name), named.join(', '), seen(vault, nowMs), content(vault), free(vault)];
}

function seen({ connected, lastSeenAt }: Vault, nowMs: number): string {
  if (connected) return 'connected';
  const at = lastSeenAt === undefined ? undefined : fromRfc3339(lastSeenAt);
  return at === undefined ? 'not seen yet' : `seen ${describeAge(nowMs - at)}`;
}

function content(vault: Vault): string {
  const { behindFiles, behindBytes, damagedFiles, provenFiles, writtenFiles } = vault;
  const parts: string[] = [];
  if (damagedFiles > 0) parts.push(`${describeCount(damagedFiles)} damaged`);
  if (behindFiles > 0)
    parts.push(`${describeCount(behindFiles, 'file')} behind (${describeBytes(behindBytes)})`);
  if (parts.length === 0) parts.push('complete');
  const held = provenFiles + writtenFiles;
  if (writtenFiles > 0) parts.push(`${describeCount(provenFiles)} of ${describeCount(held)} proven`);
  else if (held > 0 && damagedFiles === 0) parts.push('all proven');
  return parts.join(', ');
}

function free({ freeBytes }: Vault): string {
  return freeBytes === undefined ? '' : `${describeBytes(freeBytes)} free`;
}

function agentLine({ agent }: StatusDocument, nowMs: number): string {
  if (!agent.running) return 'No agent is running; start one with: glassine run';
  if (agent.doing !== undefined) return `The agent is at work (${agent.doing}).`;
  const at = agent.lastPassAt === undefined ? undefined : fromRfc3339(agent.lastPassAt);
  return at === undefined
    ? 'The agent is running.'
    : `The agent is watching; it last looked ${describeAge(nowMs - at)}.`;
}
