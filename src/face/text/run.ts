/** The lines of a running agent, for people: what happened, each problem when it is new. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { RunLine } from '../documents/looking.js';
import { listed, localTime, printable, quoted } from '../words.js';

export class RunText {
  /** Problems told and not over: one that comes with every pass is told once. */
  #told = new Set<string>();
  #met = new Set<string>();

  /** `undefined` where there is nothing new to say. */
  lineFor(line: RunLine): string | undefined {
    const time = localTime(line.at).slice(11);
    switch (line.kind) {
      case 'ready':
        return `${time}  ${line.sentence}`;
      case 'vault':
        return `${time}  ${printable(line.name)} is ${line.connected ? 'connected' : 'away'}.`;
      case 'up-to-date':
        return `${time}  ${printable(line.name)} is up to date${gained(line)}.`;
      case 'card':
        return `${time}  ${cardText(line)}`;
      case 'ingested':
        return `${time}  ${ingestedText(line)}`;
      case 'pass':
        this.#told = this.#met;
        this.#met = new Set();
        return passText(line, time);
      case 'problem': {
        const key = `${line.code} ${line.subject}`;
        const isNew = !this.#told.has(key);
        this.#met.add(key);
        this.#told.add(key);
        return isNew ? `${time}  ${line.message}` : undefined;
      }
      case 'end':
        return `${time}  Stopped; everything kept so far is kept.`;
      default:
        return line satisfies never;
    }
  }
}

function passText(pass: Extract<RunLine, { kind: 'pass' }>, time: string): string | undefined {
  const { kept, moved, retired } = pass;
  const done: string[] = [];
  if (kept > 0) done.push(`${describeCount(kept, 'file')} kept`);
  if (moved > 0) done.push(`${describeCount(moved)} moved`);
  if (retired > 0) done.push(`${describeCount(retired)} removed`);
  return done.length === 0 ? undefined : `${time}  ${listed(done)}.`;
}

function gained({ files, bytes }: Extract<RunLine, { kind: 'up-to-date' }>): string {
  return files === 0 ? '' : `, ${describeCount(files, 'file')} (${describeBytes(bytes)}) new`;
}

function cardText({ name, maker, mountPoint, doing }: Extract<RunLine, { kind: 'card' }>): string {
  const card = `The card ${printable(name)}${maker === undefined ? '' : ` (${printable(maker)})`} is here`;
  switch (doing) {
    case 'ingest':
      return `${card}, and is copied.`;
    case 'wait':
      return `${card}, and is copied when the pause ends.`;
    case 'ask':
      return `${card}. To copy it: glassine ingest ${quoted(mountPoint)} --to <folder> --to <folder>`;
    default:
      return doing satisfies never;
  }
}

function ingestedText(line: Extract<RunLine, { kind: 'ingested' }>): string {
  const { card, job, copied, bytes, skipped, verdict } = line;
  const done = [
    ...(copied > 0
      ? [`${describeCount(copied, 'file')} (${describeBytes(bytes)}) copied as ${printable(job)}`]
      : []),
    ...(skipped > 0 ? [`${describeCount(skipped, 'file')} there already`] : []),
  ];
  const what = done.length === 0 ? 'nothing copied' : listed(done);
  return `${printable(card)}: ${what}. ${verdict.sentence}`;
}
