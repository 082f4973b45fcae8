/** Alarms: what was found wrong with copies, remembered until it is found right again. */
import type { Problem, ProblemCode } from '../../base/errors.js';
import type { WorkDeps } from '../deps.js';
import type { BadCopy, CopyTrouble } from './copies.js';

const copyTroubles: readonly CopyTrouble[] = ['copy-mismatch', 'copy-missing', 'copy-unreadable'];

/** While one of these is open nothing is deleted anywhere. */
const alarms: ReadonlySet<string> = new Set<ProblemCode>([
  ...copyTroubles,
  'many-removed',
  'file-changed-silently',
  'ledger-damaged',
  'ledger-missing-segment',
  'ledger-behind',
]);

/** So many copies of a vault are named one by one; how many there are in all, the catalog knows. */
const mostNamed = 20;

/** Remembers bad copies. */
export function raiseAlarms(deps: WorkDeps, bad: readonly BadCopy[]): void {
  const { catalog } = deps;
  if (bad.length === 0) return;
  const named = new Map<string, number>();
  for (const code of copyTroubles) {
    for (const { facts } of catalog.openEvents(code)) count(named, String(facts['vaultId']));
  }
  catalog.transaction(() => {
    for (const { vault, vaultId, stored, code } of bad) {
      if (count(named, vaultId) > mostNamed) continue;
      const facts = { vaultId, stored };
      catalog.addEvent({ at: deps.clock.now(), code, subject: `${vault}/${stored}`, facts });
    }
  });
}

function count(counts: Map<string, number>, key: string): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}

/** Closes the alarms about copies of a vault that are good now, or no longer there to be bad. */
export function clearAlarms(deps: WorkDeps, vaultId: string, isGood: (stored: string) => boolean): void {
  const { catalog } = deps;
  for (const code of copyTroubles) {
    for (const { subject, facts } of catalog.openEvents(code)) {
      if (facts['vaultId'] !== vaultId || !isGood(String(facts['stored']))) continue;
      catalog.resolveEvents(code, subject, deps.clock.now());
    }
  }
}

/** What is wrong, if anything is: as long as that is so, nothing may be deleted. */
export function openAlarm(deps: WorkDeps): Problem | undefined {
  const { catalog } = deps;
  const event = catalog.openEvents().find(({ code }) => alarms.has(code));
  if (event) return { code: 'alarm-open', subject: event.subject, detail: event.code };
  const damaged = catalog.damagedCopy();
  if (!damaged) return undefined;
  const vault = catalog.vaults().find(({ key }) => key === damaged.vaultKey);
  return { code: 'alarm-open', subject: `${vault?.name ?? ''}/${damaged.stored ?? ''}`, detail: 'damaged' };
}
