/** Problems as documents tell them: the code for scripts, and its sentence for people. */
import { GlassineError, remedies } from '../base/errors.js';
import type { Problem } from '../base/errors.js';
import type { FailureDocument, Left, Trouble } from './documents/outcome.js';
import { catalogProblem } from '../store/catalog/database.js';
import { sentenceFor } from './sentences.js';

export function troubleOf(problem: Problem): Trouble {
  const { code, subject } = problem;
  return { code, subject, message: sentenceFor(problem), remedy: remedies[code] };
}

export function leftOf(problem: Problem): Left {
  return { path: problem.subject, code: problem.code, message: sentenceFor(problem) };
}

/** What of a job's report every document has in common; empty lists are left out. */
export function leftAndTroubles(report: {
  readonly incomplete?: readonly Problem[];
  readonly problems?: readonly Problem[];
}): { incomplete?: Left[]; problems?: Trouble[] } {
  const { incomplete = [], problems = [] } = report;
  return {
    ...(incomplete.length > 0 && { incomplete: incomplete.map(leftOf) }),
    ...(problems.length > 0 && { problems: problems.map(troubleOf) }),
  };
}

/**
 * The document in place of an answer. Throws anything that is not a problem of the world's: those are ours.
 */
export function failureOf(error: unknown): FailureDocument {
  if (error instanceof GlassineError) return { outcome: 'failed', problem: troubleOf(error.problem) };
  const own = catalogProblem(error, 'the history');
  if (own) return { outcome: 'failed', problem: troubleOf(own.problem) };
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'AbortError' || code === 'ABORT_ERR') {
    return { outcome: 'failed', problem: troubleOf({ code: 'stopped', subject: 'What you asked for' }) };
  }
  throw error;
}
