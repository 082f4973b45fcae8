/** What a verb's outcome is to the shell, as docs promise it. */
import type { ProblemCode } from '../base/errors.js';
import type { Outcome } from '../base/types.js';

/** 0 good · 1 a problem was found · 2 incomplete · 3 could not look · 64 usage · 70 a fault of ours. */
export type ExitCode = 0 | 1 | 2 | 3 | 64 | 70;

/** The exit code of a verb that ended in a problem, without an answer. */
const codes = {
  'source-missing': 3,
  'source-empty': 1,
  'source-other-volume': 3,
  'source-unreadable': 3,
  'source-unknown': 64,
  'source-exists': 64,
  'source-nested': 64,
  'source-holds-home': 64,
  'source-continued-elsewhere': 3,
  'many-removed': 1,
  'file-unreadable': 2,
  'file-changing': 2,
  'file-vanished': 2,
  'file-special': 2,
  'file-path-too-long': 2,
  'file-too-large': 2,
  'file-changed-silently': 1,
  'database-damaged': 1,
  'database-busy': 2,
  'vault-away': 3,
  'vault-no-marker': 3,
  'vault-other': 3,
  'vault-cloned': 3,
  'vault-exists': 64,
  'vault-unknown': 64,
  'vault-not-adopted': 64,
  'vault-newer': 3,
  'vault-full': 1,
  'vault-read-only': 3,
  'vault-io': 3,
  'vault-lies': 1,
  'vault-inside-source': 64,
  'vault-unsupported': 3,
  'ledger-damaged': 1,
  'ledger-missing-segment': 1,
  'ledger-behind': 1,
  'ledger-newer': 3,
  'volume-unknown': 64,
  'volume-ambiguous': 64,
  'volume-system': 64,
  'volume-busy': 1,
  'volume-held': 3,
  'volume-gone': 3,
  'copy-mismatch': 1,
  'copy-missing': 1,
  'copy-unreadable': 1,
  'no-good-copy': 3,
  'alarm-open': 1,
  'card-gone': 3,
  'card-unlike': 64,
  'card-unknown': 64,
  'card-ambiguous': 64,
  'card-unreadable': 2,
  'card-reads-differ': 1,
  'card-not-safe': 1,
  'no-destination': 64,
  'destination-away': 3,
  'destination-full': 1,
  'destination-lies': 1,
  'destination-unreadable': 1,
  'destination-on-card': 64,
  'destination-twice': 64,
  'template-unreadable': 64,
  'job-unknown': 64,
  'no-vault': 1,
  'one-device-only': 1,
  'unprotected-too-long': 1,
  'vault-due': 1,
  'rotation-due': 1,
  'folder-unreadable': 3,
  'receipt-missing': 3,
  'receipt-damaged': 1,
  'receipt-mismatch': 1,
  'receipt-file-missing': 1,
  'receipt-file-new': 2,
  'receipt-not-covered': 2,
  'receipt-cannot-name': 2,
  'path-unknown': 2,
  'path-outside': 64,
  'target-exists': 2,
  'target-unwritable': 3,
  'time-unreadable': 64,
  'rule-unreadable': 64,
  'catalog-newer': 3,
  'catalog-damaged': 3,
  'catalog-busy': 3,
  'config-invalid': 64,
  'agent-running': 3,
  'agent-unreachable': 3,
  'home-unwritable': 3,
  'not-supported-here': 3,
  'watch-limit': 3,
  usage: 64,
  stopped: 2,
  fault: 70,
} satisfies Record<ProblemCode, Exclude<ExitCode, 0>>;

export function exitCodeFor(code: ProblemCode): ExitCode {
  return codes[code];
}

/** What of a document says how it ended. */
interface Ended {
  readonly outcome: Outcome;
  readonly problem?: { readonly code: string };
  /** Copies that a verification found bad. */
  readonly bad?: readonly { readonly code: string }[];
  readonly problems?: readonly { readonly code: string }[];
  readonly incomplete?: readonly { readonly code: string }[];
}

/**
 * The exit code of an answer. Where nothing was achieved, the first reason counts: it tells a vault that is
 * away from one that is damaged. A code that a newer agent tells and we do not know is still a problem found.
 */
export function exitCodeOf({ outcome, problem, bad = [], problems = [], incomplete = [] }: Ended): ExitCode {
  const codesByName: Readonly<Record<string, ExitCode>> = codes;
  switch (outcome) {
    case 'good':
      return 0;
    case 'incomplete':
      return 2;
    case 'failed': {
      const reason = problem ?? bad[0] ?? problems[0] ?? incomplete[0];
      return (reason && codesByName[reason.code]) ?? 1;
    }
    default:
      return outcome satisfies never;
  }
}
