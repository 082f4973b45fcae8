/** What an error of the machine means for a vault: the one place where errno names become problems. */
import { errnoOf, GlassineError, type Problem, problem, type ProblemCode } from '../../base/errors.js';
import type { SystemError } from '../../platform/native.js';

const codeOf: Readonly<Record<string, ProblemCode>> = {
  ENOSPC: 'vault-full',
  EDQUOT: 'vault-full',
  EROFS: 'vault-read-only',
  EACCES: 'vault-read-only',
  EPERM: 'vault-read-only',
  EIO: 'vault-io',
  ENODEV: 'vault-io',
  ENXIO: 'vault-io',
  ENOTCONN: 'vault-io',
  ECONNABORTED: 'vault-io',
  ESTALE: 'vault-io',
};

/**
 * An error met while working in a vault, as a problem of that vault; problems pass unchanged, and mistakes of
 * ours are
 * thrown. Whatever the machine says that has no name here is `vault-io`: the vault waits, and nothing was
 * lost.
 */
export function vaultProblem(
  error: unknown,
  subject: string,
  facts?: Readonly<Record<string, string | number>>,
): GlassineError {
  if (error instanceof GlassineError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  const { syscall, path } = error as Partial<SystemError>;
  const detail = [errno, syscall, path].filter((part) => part !== undefined).join(' ');
  return problem(codeOf[errno] ?? 'vault-io', subject, { detail, cause: error, ...(facts && { facts }) });
}

/** Whether an error says that there is no room left. */
export function isFull(error: unknown): boolean {
  return codeOf[errnoOf(error) ?? ''] === 'vault-full';
}

/** What the addon says of one step or file, as an error that can be thrown. */
export function machineError(failure: SystemError): Error {
  const { code, syscall, path, message } = failure;
  return Object.assign(new Error(message), { code, syscall, path });
}

/** The same as {@link vaultProblem}, as plain data. */
export function asProblem(error: unknown, subject: string): Problem {
  return vaultProblem(error, subject).problem;
}
