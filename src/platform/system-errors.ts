/** Errors of the machine in Node's shape, from what the addon tells. */
import { constants } from 'node:os';
import type { RawFailure } from './native-addon.js';
import type { SystemError } from './native.js';

/** Names that Node's own list lacks, and Linux uses. */
const moreNames: Readonly<Record<number, string>> = {
  108: 'ESHUTDOWN',
  112: 'EHOSTDOWN',
  117: 'EUCLEAN',
  121: 'EREMOTEIO',
  123: 'ENOMEDIUM',
  124: 'EMEDIUMTYPE',
};

let names: Map<number, string> | undefined;

function nameOf(errno: number): string {
  if (!names) {
    names = new Map();
    // Of two names for one number (EAGAIN and EWOULDBLOCK) the first is the usual one.
    for (const [name, number] of Object.entries(constants.errno)) {
      if (!names.has(number)) names.set(number, name);
    }
  }
  return names.get(errno) ?? moreNames[errno] ?? `E${errno}`;
}

/**
 * A real `Error`, so that it can be thrown, with the fields of {@link SystemError} and Node's negative
 * `errno`.
 */
export function systemError(failure: RawFailure): SystemError & Error {
  const { errno, syscall, path } = failure;
  const code = nameOf(errno);
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, errno: -errno, syscall, path });
}

/** What an aborted call rejects with. */
export function abortError(signal: AbortSignal | undefined): Error {
  const cause: unknown = signal?.reason;
  return Object.assign(new Error('The operation was aborted', { cause }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}
