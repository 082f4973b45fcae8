/** The text of a backup. */
import { describeBytes, describeCount } from '../../rules/people-times.js';
import type { BackupDocument } from '../documents/keeping.js';
import { listed, printable } from '../words.js';
import { troubleLines } from './trouble-lines.js';

export function text(document: BackupDocument): string[] {
  return [summary(document), ...vaultLines(document), ...troubleLines(document)];
}

function summary(document: BackupDocument): string {
  const { dryRun, kept, moved, retired, bytesCopied, outcome } = document;
  const done: string[] = [];
  if (kept > 0) done.push(`${describeCount(kept, 'file')} kept`);
  if (moved > 0) done.push(`${describeCount(moved)} moved`);
  if (retired > 0) done.push(`${describeCount(retired)} removed`);
  if (dryRun) return done.length > 0 ? `Would be done: ${listed(done)}.` : 'Nothing to do.';
  if (done.length > 0) return `${listed(done)}; ${describeBytes(bytesCopied)} copied.`;
  return outcome === 'good' ? 'Everything is kept already.' : 'Nothing could be kept.';
}

function vaultLines({ vaults, dryRun, outcome, incomplete = [] }: BackupDocument): string[] {
  return vaults.flatMap((vault) => {
    // Where nothing at all was kept, the problems below say it.
    if (vault.problem) return outcome === 'failed' ? [] : [vault.problem.message];
    const name = printable(vault.name);
    const amount = `${describeCount(vault.kept, 'file')}, ${describeBytes(vault.bytesCopied)}`;
    if (dryRun) return [`${name}: ${vault.kept === 0 ? 'complete' : `${amount} missing`}`];
    // What could not be read is in no vault.
    const state = incomplete.length === 0 ? 'complete' : 'everything that could be read';
    return [`${name}: ${state}${vault.kept === 0 ? '' : `, ${amount} new`}`];
  });
}
