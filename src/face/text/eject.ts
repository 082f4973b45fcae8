/** The text of letting a drive go. */
import type { EjectDocument } from '../documents/letting-go.js';
import { listed, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: EjectDocument): string[] {
  return [...done(document), ...troubleLines(document)];
}

function done(document: EjectDocument): string[] {
  const { volume, volumes, safeToUnplug, poweredOff, network } = document;
  const name = printable(volume);
  if (!safeToUnplug) {
    const gone = volumes.filter(({ unmounted }) => unmounted).map((each) => printable(each.name));
    return gone.length === 0 ? [] : [`Unmounted so far: ${listed(gone)}.`];
  }
  if (network) return [`${name} is disconnected.`];
  const others = volumes.map((each) => printable(each.name)).filter((each) => each !== name);
  const all = others.length === 0 ? name : `${name}, with ${listed(others)} on the same drive,`;
  return [`${all} is ${poweredOff ? 'switched off and ' : ''}safe to unplug.`];
}
