/** When a card may be formatted. */
import test from 'ava';
import {
  type CardEvidence,
  type CardFileEvidence,
  type CopyEvidence,
  safeToFormat,
} from '../../../src/rules/cards/verdict.js';

const onA: CopyEvidence = { device: 'disk:A', evidence: 'proven' };
const onB: CopyEvidence = { device: 'disk:B', evidence: 'proven' };

function file(change: Partial<CardFileEvidence> = {}): CardFileEvidence {
  const path = 'DCIM/100CANON/IMG_0001.CR3';
  return { path, kind: 'picture', bytes: 10, state: 'known', copies: [onA, onB], ...change };
}

function card(files: readonly CardFileEvidence[], change: Partial<CardEvidence> = {}): CardEvidence {
  return {
    ...{ policy: 'two-copies', files, listedAgain: true, cardDevice: 'disk:card', delivered: false },
    ...change,
  };
}

const refused: readonly [string, string, CardEvidence][] = [
  ['the card was not listed again', 'card-not-listed', card([file()], { listedAgain: false })],
  ['a file could not be read', 'files-unreadable', card([file(), file({ state: 'unreadable', copies: [] })])],
  ['a file changed', 'files-changed', card([file({ state: 'changed' })])],
  ['a file appeared', 'files-appeared', card([file({ state: 'appeared', copies: [] })])],
  ['a file was not copied', 'files-not-copied', card([file({ state: 'not-copied', copies: [] })])],
  ['a picture has no bytes', 'pictures-empty', card([file({ bytes: 0 })])],
  ['a clip has no bytes', 'pictures-empty', card([file({ bytes: 0, kind: 'video' })])],
  ['nothing on it is understood', 'only-unknown-files', card([file({ kind: 'unknown' })])],
  ['there is no copy', 'copies-too-few', card([file({ copies: [] })])],
  ['there is one copy', 'copies-too-few', card([file({ copies: [onA] })])],
  [
    'a copy lies on the card',
    'copies-too-few',
    card([file({ copies: [onA, { ...onB, device: 'disk:card' }] })]),
  ],
  [
    'a copy was only written',
    'copies-not-proven',
    card([file({ copies: [onA, { ...onB, evidence: 'written' }] })]),
  ],
  ['two copies lie on one device', 'copies-on-one-device', card([file({ copies: [onA, onA] })])],
  [
    'nobody knows of two copies where they lie',
    'copies-on-one-device',
    card([
      file({
        copies: [
          { ...onA, device: undefined },
          { ...onB, device: undefined },
        ],
      }),
    ]),
  ],
  ['no copy is off-site', 'no-copy-off-site', card([file()], { policy: 'off-site' })],
  ['the job is not delivered', 'not-delivered', card([file()], { policy: 'delivered' })],
];

for (const [why, code, evidence] of refused) {
  test(`a card is not safe to format when ${why}`, (t) => {
    const verdict = safeToFormat(evidence);
    t.false(verdict.safe);
    t.deepEqual(
      verdict.reasons.map((reason) => reason.code as string),
      [code],
    );
  });
}

test('reasons count their files and name one', (t) => {
  const bad = file({ path: 'a.CR3', state: 'unreadable', copies: [] });
  const { reasons } = safeToFormat(card([file(), bad, { ...bad, path: 'b.CR3' }, file({ copies: [onA] })]));
  t.deepEqual(reasons, [
    { code: 'files-unreadable', files: 2, example: 'a.CR3' },
    { code: 'copies-too-few', files: 1, example: 'DCIM/100CANON/IMG_0001.CR3' },
  ]);
});

test('a card is safe to format with two proven copies on distinct devices', (t) => {
  t.deepEqual(safeToFormat(card([file(), file({ copies: [onA, onB, onB] })])), {
    ...{ safe: true, reasons: [], files: 2, devices: 2 },
  });
});

test('an unknown device beside a known one is another', (t) => {
  t.true(safeToFormat(card([file({ copies: [onA, { ...onB, device: undefined }] })])).safe);
});

test('an unknown file among pictures holds the card as they do, and no longer', (t) => {
  const unknown = file({ path: 'FSCK0000.REC', kind: 'unknown' });
  t.true(safeToFormat(card([file(), unknown])).safe);
  t.false(safeToFormat(card([file(), { ...unknown, copies: [] }])).safe);
});

test('what a computer left does not hold a card', (t) => {
  const left = file({ path: '.Trashes/501/IMG_7.CR3', kind: 'computer', state: 'not-copied', copies: [] });
  t.true(safeToFormat(card([file(), left])).safe);
});

test('an off-site copy counts when it is there or under way, and a delivery when it was made', (t) => {
  for (const offSite of ['done', 'under-way'] as const)
    t.true(safeToFormat(card([file({ copies: [onA, { ...onB, offSite }] })], { policy: 'off-site' })).safe);
  t.true(safeToFormat(card([file()], { policy: 'delivered', delivered: true })).safe);
});

test('nothing is lost with an empty card', (t) => {
  t.deepEqual(safeToFormat(card([])), { safe: true, reasons: [], files: 0, devices: 0 });
  t.false(safeToFormat(card([], { listedAgain: false })).safe);
});
