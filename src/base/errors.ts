/** Problems as values: a code, a remedy, and the thing concerned. Sentences for people live in `face/`. */

/** What has to happen before the thing can work. */
export type Remedy = 'retry' | 'wait-for-device' | 'ask-user' | 'stop';

/**
 * Every problem Glassine names, with its remedy. Scripts may rely on the codes; each has one sentence for
 * people in `face/sentences.ts`, which does not compile while one is missing.
 */
export const remedies = {
  // sources
  'source-missing': 'wait-for-device',
  'source-empty': 'ask-user',
  'source-other-volume': 'wait-for-device',
  'source-unreadable': 'ask-user',
  'source-unknown': 'ask-user',
  'source-exists': 'ask-user',
  'source-nested': 'ask-user',
  'source-holds-home': 'ask-user',
  'source-continued-elsewhere': 'ask-user',
  'many-removed': 'ask-user',
  // files of a source
  'file-unreadable': 'ask-user',
  'file-changing': 'retry',
  'file-vanished': 'retry',
  'file-special': 'ask-user',
  'file-path-too-long': 'ask-user',
  'file-too-large': 'ask-user',
  'file-changed-silently': 'ask-user',
  'database-damaged': 'ask-user',
  'database-busy': 'retry',
  // vaults
  'vault-away': 'wait-for-device',
  'vault-no-marker': 'ask-user',
  'vault-other': 'wait-for-device',
  'vault-cloned': 'ask-user',
  'vault-exists': 'ask-user',
  'vault-unknown': 'ask-user',
  'vault-not-adopted': 'ask-user',
  'vault-newer': 'stop',
  'vault-full': 'ask-user',
  'vault-read-only': 'ask-user',
  'vault-io': 'wait-for-device',
  'vault-lies': 'ask-user',
  'vault-inside-source': 'ask-user',
  'vault-unsupported': 'ask-user',
  'ledger-damaged': 'ask-user',
  'ledger-missing-segment': 'ask-user',
  'ledger-behind': 'ask-user',
  'ledger-newer': 'stop',
  // volumes
  'volume-unknown': 'ask-user',
  'volume-ambiguous': 'ask-user',
  'volume-system': 'ask-user',
  'volume-busy': 'ask-user',
  'volume-held': 'ask-user',
  'volume-gone': 'wait-for-device',
  // copies
  'copy-mismatch': 'ask-user',
  'copy-missing': 'ask-user',
  'copy-unreadable': 'ask-user',
  'no-good-copy': 'wait-for-device',
  'alarm-open': 'ask-user',
  // cards
  'card-gone': 'wait-for-device',
  'card-unlike': 'ask-user',
  'card-unknown': 'ask-user',
  'card-ambiguous': 'ask-user',
  'card-unreadable': 'ask-user',
  'card-reads-differ': 'ask-user',
  'card-not-safe': 'ask-user',
  'no-destination': 'ask-user',
  'destination-away': 'wait-for-device',
  'destination-full': 'ask-user',
  'destination-lies': 'ask-user',
  'destination-unreadable': 'wait-for-device',
  'destination-on-card': 'ask-user',
  'destination-twice': 'ask-user',
  'template-unreadable': 'ask-user',
  'job-unknown': 'ask-user',
  // how well everything is kept
  'no-vault': 'ask-user',
  'one-device-only': 'ask-user',
  'unprotected-too-long': 'ask-user',
  'vault-due': 'wait-for-device',
  'rotation-due': 'wait-for-device',
  // receipts
  'folder-unreadable': 'ask-user',
  'receipt-missing': 'ask-user',
  'receipt-damaged': 'ask-user',
  'receipt-mismatch': 'ask-user',
  'receipt-file-missing': 'ask-user',
  'receipt-file-new': 'ask-user',
  'receipt-not-covered': 'ask-user',
  'receipt-cannot-name': 'ask-user',
  // restoring and asking
  'path-unknown': 'ask-user',
  'path-outside': 'ask-user',
  'target-exists': 'ask-user',
  'target-unwritable': 'ask-user',
  'time-unreadable': 'ask-user',
  'rule-unreadable': 'ask-user',
  // this installation
  'catalog-newer': 'stop',
  'catalog-damaged': 'retry',
  'catalog-busy': 'retry',
  'config-invalid': 'ask-user',
  'agent-running': 'retry',
  'agent-unreachable': 'retry',
  'home-unwritable': 'ask-user',
  'not-supported-here': 'stop',
  'watch-limit': 'ask-user',
  usage: 'ask-user',
  stopped: 'retry',
  fault: 'stop',
} as const satisfies Record<string, Remedy>;

export type ProblemCode = keyof typeof remedies;

/** A problem that was met: small, plain data, so that it can cross a socket and be counted. */
export interface Problem {
  readonly code: ProblemCode;
  /** What it concerns, as a person would name it: a path, a vault's or a source's name, a field. */
  readonly subject: string;
  /** What the machine said, for the log: an errno name, a parser's message. Never the only explanation. */
  readonly detail?: string;
  /** Numbers and names the sentence needs, such as `neededBytes`. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/**
 * A problem on its way up the stack. `code` is a {@link ProblemCode}, never an errno: that is in
 * `problem.detail`.
 */
export class GlassineError extends Error {
  readonly problem: Problem;
  readonly remedy: Remedy;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(`${problem.code}: ${problem.subject}${problem.detail ? ` (${problem.detail})` : ''}`, options);
    this.name = 'GlassineError';
    this.problem = problem;
    this.remedy = remedies[problem.code];
  }

  get code(): ProblemCode {
    return this.problem.code;
  }
}

/** Shorthand for throwing: `throw problem('vault-away', name)`. */
export function problem(
  code: ProblemCode,
  subject: string,
  more: { detail?: string; facts?: Record<string, string | number>; cause?: unknown } = {},
): GlassineError {
  const { cause, ...rest } = more;
  return new GlassineError({ code, subject, ...rest }, cause === undefined ? undefined : { cause });
}

/** What is wrong with this installation, or was asked of it: never the problem of the vault at hand. */
export function isOurs({ code }: GlassineError): boolean {
  return code.startsWith('catalog-') || code === 'home-unwritable' || code === 'fault' || code === 'stopped';
}

/**
 * The errno name of an error of Node's or the addon's shape, else `undefined`: codes such as
 * `ERR_INVALID_ARG_TYPE` and `SQLITE_CONSTRAINT` are no word of the machine's, but a mistake of ours.
 */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || error instanceof GlassineError) return undefined;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^(E[A-Z0-9]+|UNKNOWN)$/.test(code) ? code : undefined;
}
