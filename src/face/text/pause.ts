/** The text of pausing and resuming. */
import type { PauseDocument } from '../documents/settings.js';
import { localTime } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: PauseDocument): string[] {
  const { paused, until } = document;
  if (!paused) return ['Glassine keeps everything again.', ...troubleLines(document)];
  const end = until === undefined ? 'until you say: glassine resume' : `until ${localTime(until)}`;
  return [`Paused ${end}`, ...troubleLines(document)];
}
