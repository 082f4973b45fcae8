/** One thing that `doctor` looked at. */
import { GlassineError } from '../../base/errors.js';
import type { DoctorDocument } from '../documents/looking.js';
import { sentenceFor } from '../sentences.js';

export type Check = DoctorDocument['checks'][number];

/** Runs a check; one that cannot be run is not a pass. */
export async function tryCheck(name: string, check: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    const why =
      error instanceof GlassineError
        ? sentenceFor(error.problem)
        : `could not be looked at: ${String(error)}`;
    return { name, result: 'not-checked', sentence: why };
  }
}
