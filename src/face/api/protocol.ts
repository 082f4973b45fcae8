/** What goes over the socket: one request, then news, then one document. Every value is a line of JSON. */
import type { News } from '../../base/events.js';
import type { AnyDocument } from '../documents/outcome.js';

/** Changes when an older end could misunderstand a newer one. */
export const protocolVersion = 1;

/** In characters. Requests are words and paths. */
export const longestRequest = 1024 * 1024;

/** In characters. The largest answers are lists of a folder's files. */
export const longestAnswer = 256 * 1024 * 1024;

export interface Request {
  readonly glassine: number;
  readonly verb: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** What relative paths are relative to. */
  readonly folder: string;
}

/** What may come back, each in a line of its own, under its name. */
export interface Answers {
  readonly news: News;
  readonly document: AnyDocument;
  /** A fault of ours; the log says more. */
  readonly fault: string;
  /** The other end does not understand the request. */
  readonly refused: string;
}
