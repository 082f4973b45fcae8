/** When drives are expected back: by the wall clock alone, and in turns. */
import test from 'ava';
import fc from 'fast-check';
import { dueAtOf, membersOf, overdueAt } from '../../src/rules/rotation.js';
import type { ExpectedVault } from '../../src/rules/rotation.js';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 21, 18);

function drive(name: string, daysAway: number, more: Partial<ExpectedVault> = {}): ExpectedVault {
  return { name, connected: false, lastSeenAt: now - daysAway * dayMs, dueDays: 14, ...more };
}

const turns = (name: string, daysAway: number, more: Partial<ExpectedVault> = {}): ExpectedVault =>
  drive(name, daysAway, { group: 'Weekly', ...more });

/** Names of what is late, groups in brackets. */
function late(vaults: readonly ExpectedVault[], nowMs = now): string[] {
  return overdueAt(vaults, nowMs).map((overdue) =>
    overdue.kind === 'vault'
      ? overdue.vault.name
      : `[${overdue.group}: ${overdue.vaults.map(({ name }) => name).join(' ')}]`,
  );
}

test('nobody waits for what has no date, was never seen, or is put away', (t) => {
  t.is(dueAtOf({ lastSeenAt: 5, dueDays: undefined }), undefined);
  t.is(dueAtOf({ lastSeenAt: undefined, dueDays: 2 }), undefined);
  t.is(dueAtOf({ lastSeenAt: 5, dueDays: 2, retired: true }), undefined);
  t.is(dueAtOf({ lastSeenAt: 5, dueDays: 2 }), 5 + 2 * dayMs);
  t.deepEqual(
    late([
      drive('A', 999, { dueDays: undefined }),
      drive('B', 0, { lastSeenAt: undefined }),
      drive('C', 999, { retired: true }),
    ]),
    [],
  );
});

test('a drive is late after its date and not at it, and never while it is here', (t) => {
  t.deepEqual(late([drive('A', 14)]), []);
  t.deepEqual(late([drive('A', 14)], now + 1), ['A']);
  t.deepEqual(late([drive('A', 99, { connected: true })]), []);
});

test('of two drives that take turns the one that is away is silent until its date', (t) => {
  t.deepEqual(late([turns('A', 0, { connected: true }), turns('B', 13)]), []);
  t.deepEqual(late([turns('A', 3), turns('B', 13)]), []);
  t.deepEqual(late([turns('A', 0, { connected: true }), turns('B', 15)]), ['B']);
});

test('a group of which none came by in time is told once, in place of its drives', (t) => {
  const [a, b] = [turns('A', 15), turns('B', 20)];
  t.deepEqual(late([a, b]), ['[Weekly: B A]']);
  t.deepEqual(late([a, b, drive('C', 15)]), ['[Weekly: B A]', 'C']);
});

test('the shortest interval of a group counts for the group, each own for the drive', (t) => {
  const [often, seldom] = [turns('A', 8, { dueDays: 7 }), turns('B', 9, { dueDays: 90 })];
  t.deepEqual(late([often, seldom]), ['[Weekly: B A]']);
  t.deepEqual(late([often, { ...seldom, lastSeenAt: now - dayMs }]), ['A']);
  t.deepEqual(late([turns('A', 8, { dueDays: undefined }), turns('B', 9, { dueDays: undefined })]), []);
});

test('a drive whose fellows are put away takes no turns any more', (t) => {
  const vaults = [turns('A', 15), turns('B', 1, { retired: true })];
  t.deepEqual(late(vaults), ['A']);
  t.deepEqual(
    membersOf('Weekly', vaults).map(({ name }) => name),
    ['A'],
  );
});

test('a drive that was never seen does not make its group late', (t) => {
  t.deepEqual(late([turns('A', 1), turns('B', 0, { lastSeenAt: undefined })]), []);
});

test('a day is 24 hours, also where the clocks change in between', (t) => {
  // In Berlin 2026-03-29 has 23 hours and 2026-10-25 has 25.
  for (const seen of [Date.UTC(2026, 2, 28, 20), Date.UTC(2026, 9, 24, 20)]) {
    const vaults = [drive('A', 0, { lastSeenAt: seen, dueDays: 2 })];
    t.deepEqual(late(vaults, seen + 48 * 3_600_000), []);
    t.deepEqual(late(vaults, seen + 48 * 3_600_000 + 1), ['A']);
  }
});

test('who was just seen is never late, whatever the others of its group do', (t) => {
  const member = fc.record({
    away: fc.integer({ min: 0, max: 200 }),
    dueDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    group: fc.option(fc.constantFrom('G', 'H'), { nil: undefined }),
    connected: fc.boolean(),
    retired: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), (members) => {
      const vaults = members.map(({ away, ...more }, at) => drive(String(at), away, more));
      for (const overdue of overdueAt(vaults, now)) {
        const told = overdue.kind === 'vault' ? [overdue.vault] : overdue.vaults;
        t.true(overdue.dueAt < now);
        t.true(told.every(({ connected, retired }) => !connected && retired !== true));
      }
      const named = overdueAt(vaults, now).flatMap((overdue) =>
        overdue.kind === 'vault' ? [overdue.vault] : overdue.vaults,
      );
      t.is(new Set(named).size, named.length, 'each is told at most once');
    }),
  );
});
