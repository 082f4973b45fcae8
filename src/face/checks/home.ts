/** Checks of this installation's own: its folder, configuration and history. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { GlassineError } from '../../base/errors.js';
import { removeFile, writeTextAtomically } from '../../platform/files.js';
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { App } from '../app.js';
import { sentenceFor } from '../sentences.js';
import { printable } from '../words.js';
import type { Check } from './check.js';

/** Less than this, and the history of a large library may not fit. */
const littleBytes = 500_000_000;

export async function homeCheck(app: App): Promise<Check> {
  const { home, native } = app.installation;
  const name = 'Home';
  const folder = printable(home.dataFolder);
  const probe = join(home.dataFolder, `probe-${randomUUID()}`);
  try {
    await writeTextAtomically(probe, 'probe');
    await removeFile(probe);
  } catch (error) {
    return { name, result: 'bad', sentence: `${folder} cannot be written: ${String(error)}` };
  }
  const { freeBytes } = await native.volumeOf(home.dataFolder);
  const sentence = `${folder}, ${describeBytes(freeBytes)} free`;
  return { name, result: freeBytes < littleBytes ? 'attention' : 'good', sentence };
}

export function configCheck(app: App): Check {
  const { config } = app.installation;
  const name = 'Configuration';
  if (config.problem) return { name, result: 'bad', sentence: sentenceFor(config.problem) };
  const { sources, vaults, retention } = config.current;
  const counted = `${describeCount(sources.length, 'source')}, ${describeCount(vaults.length, 'vault')}`;
  return { name, result: 'good', sentence: `${counted}, versions kept ${printable(retention)}` };
}

export function catalogCheck(app: App): Check {
  const name = 'History';
  try {
    const wrong = app.installation.catalog.check();
    if (wrong.length === 0) return { name, result: 'good', sentence: 'whole' };
    const sentence = `damaged (${wrong[0]}); it is made again from the vaults with the next: glassine backup`;
    return { name, result: 'bad', sentence };
  } catch (error) {
    if (!(error instanceof GlassineError)) throw error;
    return { name, result: 'bad', sentence: sentenceFor(error.problem) };
  }
}
