/** How well everything is kept, counted honestly. */
import test from 'ava';
import fc from 'fast-check';
import type { Problem } from '../../src/base/errors.js';
import { describeState } from '../../src/rules/coverage.js';
import type { CoverageInput, CoveredSource, CoveringVault, KeptShare } from '../../src/rules/coverage.js';
import type { KeptSummary } from '../../src/store/catalog/types.js';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 21, 18);

const photos: CoveredSource = {
  key: 1,
  name: 'Photos',
  device: 'laptop',
  files: 100,
  bytes: 5000,
  unprotectedFiles: 0,
  oldestUnprotectedAt: undefined,
};

function vault(key: number, device: string | undefined, more: Partial<CoveringVault> = {}): CoveringVault {
  return { key, name: `Vault ${key}`, device, connected: true, lastSeenAt: now, ...more };
}

function whole(vaultKey: number, more: Partial<KeptShare> = {}): KeptShare {
  const none = { behindFiles: 0, writtenFiles: 0, damagedFiles: 0 };
  return { sourceKey: 1, vaultKey, provenFiles: 100, ...none, ...more };
}

function describe(more: Partial<CoverageInput>): ReturnType<typeof describeState> {
  return describeState({
    sources: [photos],
    vaults: [vault(1, 'drive')],
    kept: [whole(1)],
    alarms: [],
    paused: false,
    working: false,
    nowMs: now,
    ...more,
  });
}

const codesOf = (more: Partial<CoverageInput>): string[] => describe(more).needs.map(({ code }) => code);

test('a damaged copy puts pictures at risk, whoever paused or works', (t) => {
  const kept = [whole(1, { damagedFiles: 1 })];
  t.is(describe({ kept }).state, 'at risk');
  t.is(describe({ kept, paused: true, working: true }).state, 'at risk');
  t.is(describe({ kept }).sentenceParts.copies, 1);
});

test('without a vault nothing is safe', (t) => {
  t.deepEqual(codesOf({ vaults: [], kept: [] }), ['no-vault']);
  t.is(describe({ vaults: [], kept: [] }).state, 'at risk');
});

test('with nothing to keep nothing is wrong', (t) => {
  const empty = { ...photos, files: 0, bytes: 0 };
  t.is(describe({ sources: [], vaults: [], kept: [] }).state, 'protected');
  const { state, sentenceParts, needs } = describe({ sources: [empty], vaults: [], kept: [] });
  t.is(state, 'protected');
  t.is(sentenceParts.copies, 0);
  t.deepEqual(needs, []);
});

test('a vault on the device of its source is no copy elsewhere, and is said to be none', (t) => {
  const result = describe({ vaults: [vault(1, 'laptop')] });
  t.is(result.state, 'attention');
  t.is(result.sentenceParts.copies, 1);
  t.deepEqual(result.needs, [{ code: 'one-device-only', subject: 'Photos' }]);
});

test('two vaults on one drive are one copy', (t) => {
  const result = describe({ vaults: [vault(1, 'drive'), vault(2, 'drive')], kept: [whole(1), whole(2)] });
  t.is(result.sentenceParts.copies, 2);
  t.is(result.state, 'protected');
});

test('a vault whose device is not known adds nothing', (t) => {
  const result = describe({ vaults: [vault(1, undefined)] });
  t.is(result.sentenceParts.copies, 1);
  t.is(result.state, 'attention');
});

test('a source whose device is not known may be on the device of one of its copies', (t) => {
  const sources = [{ ...photos, device: undefined }];
  t.is(describe({ sources }).sentenceParts.copies, 1);
  const vaults = [vault(1, 'a'), vault(2, 'b')];
  t.is(describe({ sources, vaults, kept: [whole(1), whole(2)] }).sentenceParts.copies, 2);
});

test('a copy that lacks changes or has damage is a part of one', (t) => {
  const vaults = [vault(1, 'a'), vault(2, 'b', { connected: false })];
  const result = describe({ vaults, kept: [whole(1), whole(2, { behindFiles: 3, provenFiles: 97 })] });
  t.is(result.sentenceParts.copies, 2);
  t.is(result.sentenceParts.partialCopies, 1);
  t.is(result.state, 'protected');
});

test('a whole copy and a part of one on the same device are one copy', (t) => {
  const vaults = [vault(1, 'a'), vault(2, 'a')];
  const { sentenceParts } = describe({ vaults, kept: [whole(1), whole(2, { behindFiles: 3 })] });
  t.is(sentenceParts.copies, 2);
  t.is(sentenceParts.partialCopies, 0);
});

test('what is kept least decides', (t) => {
  const other = { ...photos, key: 2, name: 'Other' };
  const vaults = [vault(1, 'a'), vault(2, 'b')];
  const result = describe({
    sources: [photos, other],
    vaults,
    kept: [whole(1), whole(2), whole(1, { sourceKey: 2 })],
  });
  t.deepEqual(
    result.sources.map(({ name, copies }) => [name, copies]),
    [
      ['Photos', 3],
      ['Other', 2],
    ],
  );
  t.is(result.sentenceParts.copies, 2);
  t.is(result.sentenceParts.files, 200);
});

test('copies away from home and out of reach are counted by device', (t) => {
  const vaults = [
    vault(1, 'a', { connected: false, offSite: true, place: 'office', medium: 'hdd' }),
    vault(2, 'b', { place: 'studio', medium: 'ssd' }),
    vault(3, 'b', { connected: false, place: 'studio', medium: 'ssd' }),
  ];
  const { sentenceParts } = describe({ vaults, kept: [whole(1), whole(2), whole(3)] });
  t.is(sentenceParts.copies, 3);
  t.is(sentenceParts.disconnectedCopies, 1);
  t.is(sentenceParts.offSiteCopies, 1);
  t.deepEqual(sentenceParts.places, ['office', 'studio']);
  t.deepEqual(sentenceParts.media, ['hdd', 'ssd']);
});

test('evidence is counted by its grade', (t) => {
  const kept = [whole(1, { provenFiles: 60, writtenFiles: 40 })];
  t.deepEqual(describe({ kept }).sentenceParts.evidence, { proven: 60, written: 40, damaged: 0 });
});

const unprotected = (days: number): CoveredSource => ({
  ...photos,
  unprotectedFiles: 4,
  oldestUnprotectedAt: now - days * dayMs,
});

test('files in no vault for longer than the plan allows are at risk', (t) => {
  const result = describe({ sources: [unprotected(1.01)] });
  t.is(result.state, 'at risk');
  t.deepEqual(result.needs, [
    {
      code: 'unprotected-too-long',
      subject: 'Photos',
      facts: { files: 4, oldestUnprotectedAt: now - 1.01 * dayMs },
    },
  ]);
  t.deepEqual(codesOf({ sources: [unprotected(0.9)] }), []);
  t.deepEqual(codesOf({ sources: [unprotected(0.9)], longestUnprotectedMs: dayMs / 2 }), [
    'unprotected-too-long',
  ]);
});

test('a drive that is away as planned is silent until it is due', (t) => {
  const away = vault(1, 'drive', { connected: false, dueDays: 7, lastSeenAt: now - 6 * dayMs });
  t.deepEqual(codesOf({ sources: [unprotected(6)], vaults: [away] }), []);
  const late = { ...away, lastSeenAt: now - 8 * dayMs, place: 'office' };
  const result = describe({ vaults: [late] });
  t.is(result.state, 'attention');
  t.deepEqual(result.needs, [
    { code: 'vault-due', subject: 'Vault 1', facts: { dueAt: now - dayMs, place: 'office' } },
  ]);
  t.deepEqual(codesOf({ sources: [unprotected(8)], vaults: [late] }), ['unprotected-too-long', 'vault-due']);
});

test('a vault that is here is not due, and one without a date never is', (t) => {
  t.deepEqual(codesOf({ vaults: [vault(1, 'd', { dueDays: 1, lastSeenAt: 0 })] }), []);
  t.deepEqual(codesOf({ vaults: [vault(1, 'd', { connected: false, lastSeenAt: 0 })] }), []);
});

test('drives that take turns are silent while one of them comes by, and told as one when none does', (t) => {
  const turn = (key: number, days: number): CoveringVault =>
    vault(key, `drive ${key}`, {
      ...{ connected: false, group: 'Weekly', dueDays: 14, lastSeenAt: now - days * dayMs },
      place: key === 1 ? 'studio' : 'safe',
    });
  const kept = [whole(1), whole(2)];
  t.is(describe({ vaults: [turn(1, 2), turn(2, 12)], kept }).state, 'protected');
  t.deepEqual(describe({ vaults: [turn(1, 15), turn(2, 20)], kept }).needs, [
    {
      code: 'rotation-due',
      subject: 'Weekly',
      facts: { dueAt: now - dayMs, vaults: 'Vault 2 (safe), Vault 1 (studio)' },
    },
  ]);
});

test('a retired vault counts while it lacks nothing, and not at all when it does', (t) => {
  const retired = vault(1, 'drive', { retired: true, connected: false, dueDays: 1, lastSeenAt: 0 });
  const active = vault(2, 'other');
  const both = describe({ vaults: [retired, active], kept: [whole(1), whole(2)] });
  t.is(both.sentenceParts.copies, 3);
  t.deepEqual(both.needs, [], 'and it is never due');
  const behind = describe({ vaults: [retired, active], kept: [whole(1, { behindFiles: 1 }), whole(2)] });
  t.is(behind.sentenceParts.copies, 2);
  t.is(behind.sentenceParts.partialCopies, 0, 'nobody will ever bring it up to date');
  const alone = [vault(2, 'laptop'), retired];
  t.deepEqual(codesOf({ vaults: alone, kept: [whole(2), whole(1, { behindFiles: 1 })] }), [
    'one-device-only',
  ]);
});

test('with none but retired vaults nothing new is kept, and that is a risk', (t) => {
  const vaults = [vault(1, 'drive', { retired: true })];
  t.deepEqual(codesOf({ vaults }), ['no-vault']);
  t.is(describe({ vaults }).state, 'at risk');
});

test('what lies on one device is named together, and what lies alone is not', (t) => {
  const vaults = [
    vault(1, 'drive'),
    vault(2, 'drive'),
    vault(3, 'laptop'),
    vault(4, 'b'),
    vault(5, undefined),
  ];
  t.deepEqual(describe({ vaults }).sharedDevices, [
    { vaults: ['Vault 1', 'Vault 2'], sources: [] },
    { vaults: ['Vault 3'], sources: ['Photos'] },
  ]);
  t.deepEqual(describe({}).sharedDevices, []);
});

test('a first copy that is being made is no reason to call', (t) => {
  const kept = [whole(1, { provenFiles: 0, behindFiles: 100 })];
  t.is(describe({ kept, working: true }).state, 'working');
  t.deepEqual(codesOf({ kept, working: false }), ['one-device-only']);
  t.deepEqual(codesOf({ kept, working: true, vaults: [vault(1, 'laptop')] }), ['one-device-only']);
});

test('grave alarms come first and put at risk, others want attention', (t) => {
  const full: Problem = { code: 'vault-full', subject: 'Drive' };
  const torn: Problem = { code: 'ledger-damaged', subject: 'Drive' };
  t.is(describe({ alarms: [full] }).state, 'attention');
  const both = describe({ alarms: [full, torn] });
  t.is(both.state, 'at risk');
  t.deepEqual(both.needs, [torn, full]);
});

test('a pause hides needs but no risk, and is not called protected', (t) => {
  const alarms: Problem[] = [{ code: 'vault-full', subject: 'Drive' }];
  t.is(describe({ alarms, paused: true }).state, 'paused');
  t.deepEqual(describe({ alarms, paused: true }).needs, alarms);
  t.is(describe({ paused: true, working: true }).state, 'paused');
});

test('all is well when a whole copy is on another device', (t) => {
  const result = describe({});
  t.is(result.state, 'protected');
  t.deepEqual(result.needs, []);
  t.is(result.sentenceParts.copies, 2);
  t.is(describe({ working: true }).state, 'working');
});

test('rows of the catalog are what the count takes', (t) => {
  const row: KeptSummary = { ...whole(1), behindBytes: 0 };
  t.is(describe({ kept: [row] }).sentenceParts.copies, 2);
});

test('nothing is protected without a whole copy, or part of one, on a known device of its own', (t) => {
  const device = fc.option(fc.constantFrom('laptop', 'a', 'b'), { nil: undefined });
  const vaults = fc.array(fc.record({ device, connected: fc.boolean() }), { maxLength: 4 });
  const share = fc.record({
    vaultKey: fc.nat({ max: 4 }),
    behindFiles: fc.nat({ max: 1 }),
    provenFiles: fc.nat({ max: 2 }),
    writtenFiles: fc.nat({ max: 2 }),
    damagedFiles: fc.nat({ max: 1 }),
  });
  fc.assert(
    fc.property(vaults, fc.array(share, { maxLength: 5 }), (drives, shares) => {
      const kept = shares.map((each) => ({ ...each, sourceKey: 1 }));
      const places = drives.map((drive, key) => vault(key, drive.device, { connected: drive.connected }));
      const { state, sentenceParts } = describe({ vaults: places, kept });
      const elsewhere = new Set(
        drives.map((drive) => drive.device).filter((each) => each && each !== 'laptop'),
      );
      t.true(sentenceParts.copies <= 1 + elsewhere.size);
      t.true(sentenceParts.copies + sentenceParts.partialCopies <= 1 + elsewhere.size);
      if (state === 'protected') {
        t.true(sentenceParts.copies + sentenceParts.partialCopies >= 2);
        t.is(sentenceParts.evidence.damaged, 0);
      }
    }),
  );
});
