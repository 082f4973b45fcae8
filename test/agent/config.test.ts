/** What a configuration may say, and how a wrong one is told. */
import test from 'ava';
import { configText, emptyConfig, parseConfig } from '../../src/agent/config.js';
import { GlassineError } from '../../src/base/errors.js';
import type { Problem } from '../../src/base/errors.js';

const id = (digit: string): string => `${digit.repeat(8)}-1111-4111-8111-${digit.repeat(12)}`;
const photos = { id: id('1'), name: 'Photos', root: '/home/ann/Photos' };
const drive = { id: id('2'), name: 'Drive', folder: '/media/ann/DRIVE/Glassine' };

function refusal(text: string): Problem {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof GlassineError) return error.problem;
    throw error;
  }
  throw new Error('this configuration was accepted');
}

const wrong: [string, unknown, string, string, RegExp][] = [
  ['a misspelt field', { retentoin: 'for ever' }, 'retentoin', '"retentoin"', /retention/],
  ['a list where an object belongs', [], 'config.json', '[]', /fields sources, vaults/],
  [
    'a text for a number',
    { quietSeconds: 'ten' },
    'quietSeconds',
    '"ten"',
    /whole number of seconds from 1 to 3600/,
  ],
  ['a number out of range', { reconcileMinutes: 0 }, 'reconcileMinutes', '0', /from 1 to 1440/],
  ['a fraction', { quietSeconds: 1.5 }, 'quietSeconds', '1.5', /whole/],
  ['a moment that is none', { pausedUntil: 'tomorrow' }, 'pausedUntil', '"tomorrow"', /2026-11-21T18:00:00Z/],
  ['a relative root', { sources: [{ ...photos, root: 'Photos' }] }, 'sources.0.root', '"Photos"', /absolute/],
  [
    'a missing root',
    { sources: [{ id: id('1'), name: 'P' }] },
    'sources.0.root',
    'nothing',
    /a value for "root"/,
  ],
  ['a name with a slash', { sources: [{ ...photos, name: 'a/b' }] }, 'sources.0.name', '"a/b"', /without \//],
  ['a name that climbs', { sources: [{ ...photos, name: '..' }] }, 'sources.0.name', '".."', /a name/],
  ['an id that is none', { vaults: [{ ...drive, id: '7' }] }, 'vaults.0.id', '"7"', /UUID/],
  [
    'a medium nobody knows',
    { vaults: [{ ...drive, medium: 'tape' }] },
    'vaults.0.medium',
    '"tape"',
    /ssd, hdd, nas, cloud/,
  ],
  ['a due of no days', { vaults: [{ ...drive, dueDays: 0 }] }, 'vaults.0.dueDays', '0', /days from 1/],
  [
    'a state nobody knows',
    { vaults: [{ ...drive, state: 'lost' }] },
    'vaults.0.state',
    '"lost"',
    /active, retired/,
  ],
  [
    'a rule for cards that is none',
    { cards: { rule: 'maybe' } },
    'cards.rule',
    '"maybe"',
    /always, ask, never/,
  ],
  [
    'a place for cards that is relative',
    { cards: { destinations: [{ folder: 'Photos' }] } },
    'cards.destinations.0.folder',
    '"Photos"',
    /absolute/,
  ],
  [
    'a template that is none',
    { cards: { template: '{nonsense}' } },
    'cards.template',
    '"{nonsense}"',
    /camera/,
  ],
  ['a group with a slash', { vaults: [{ ...drive, group: 'a/b' }] }, 'vaults.0.group', '"a/b"', /without \//],
  ['the word for no group', { vaults: [{ ...drive, group: 'None' }] }, 'vaults.0.group', '"None"', /out of/],
  [
    'a way out of a volume',
    { vaults: [{ ...drive, inside: '../Glassine' }] },
    'vaults.0.inside',
    '"../Glassine"',
    /below the mount point/,
  ],
  [
    'two sources of one name',
    { sources: [photos, { ...photos, id: id('3'), name: 'PHOTOS', root: '/b' }] },
    'sources.1.name',
    '"PHOTOS"',
    /no other/,
  ],
  [
    'two vaults of one id',
    { vaults: [drive, { ...drive, name: 'B', folder: '/b' }] },
    'vaults.1.id',
    JSON.stringify(drive.id),
    /no other/,
  ],
];

for (const [what, input, field, value, allowed] of wrong) {
  test(`${what} is refused with the field, the value and what is allowed`, (t) => {
    const found = refusal(JSON.stringify(input));
    t.is(found.code, 'config-invalid');
    t.is(found.subject, field);
    t.is(found.facts?.['value'], value);
    t.regex(String(found.facts?.['allowed']), allowed);
  });
}

test('a text that is not JSON is refused with what the parser said', (t) => {
  const found = refusal('{"sources": [');
  t.is(found.code, 'config-invalid');
  t.truthy(found.detail);
});

test('a source inside another source is refused by both names', (t) => {
  const inner = { ...photos, id: id('3'), name: 'Inner', root: '/home/ann/Photos/2026' };
  const found = refusal(JSON.stringify({ sources: [photos, inner] }));
  t.is(found.code, 'source-nested');
  t.is(found.facts?.['other'], 'Photos');
});

test('a vault inside a source, and a source inside a vault, are refused', (t) => {
  const inside = { ...drive, folder: '/home/ann/Photos/Glassine' };
  t.is(refusal(JSON.stringify({ sources: [photos], vaults: [inside] })).code, 'vault-inside-source');
  const around = { ...photos, root: '/media/ann/DRIVE/Glassine/Pictures' };
  t.is(refusal(JSON.stringify({ sources: [around], vaults: [drive] })).code, 'vault-inside-source');
});

test('a folder that only begins like another is not inside it', (t) => {
  const beside = { ...photos, id: id('3'), name: 'Beside', root: '/home/ann/Photos 2' };
  t.is(parseConfig(JSON.stringify({ sources: [photos, beside] })).sources.length, 2);
});

test('an empty object is the empty configuration, with every default said', (t) => {
  t.deepEqual(parseConfig('{}'), emptyConfig);
  t.is(emptyConfig.retention, 'for ever');
});

test('what is written is read back the same', (t) => {
  const config = parseConfig(
    JSON.stringify({
      sources: [{ ...photos, volume: 'abc', inside: 'Photos' }],
      vaults: [
        { ...drive, medium: 'hdd', place: 'studio', offSite: true, dueDays: 30 },
        { ...drive, id: id('4'), name: 'B', group: 'Weekly', state: 'retired', volume: 'x', inside: '' },
      ],
      pausedUntil: 'resumed',
      quietSeconds: 3,
    }),
  );
  t.deepEqual(parseConfig(configText(config)), config);
});

test('a configuration of before there were groups and states is as good as ever', (t) => {
  const old = { vaults: [drive], sources: [{ ...photos, volume: 'abc' }] };
  t.like(parseConfig(JSON.stringify(old)), old);
});

test('a byte order mark that an editor left does no harm', (t) => {
  t.deepEqual(parseConfig('\uFEFF{}'), emptyConfig);
});
