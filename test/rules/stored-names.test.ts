/** Names in a vault, on every kind of volume. */
import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { joinPath, pathBytes, pathFromBytes } from '../../src/base/paths.js';
import {
  asideName,
  collisionName,
  flatPath,
  foldKey,
  parseAside,
  shortHash,
  sourceFolder,
  storedName,
  storedPath,
  trueName,
} from '../../src/rules/stored-names.js';
import type { VolumeNames } from '../../src/rules/stored-names.js';
import type { NameRules } from '../../src/store/vault/types.js';
import { hostileNames, longPaths } from '../support/hostile-names.js';

const ext4: NameRules = {
  caseSensitive: true,
  normalizing: false,
  refusedCharacters: '',
  trailingDots: true,
  reservedNames: true,
  longestName: { length: 255, unit: 'bytes' },
  links: true,
};
const windows = {
  refusedCharacters: '"*:<>?\\|',
  trailingDots: false,
  reservedNames: false,
  longestName: { length: 255, unit: 'utf16' },
} as const;
const exFat: NameRules = { ...ext4, ...windows, caseSensitive: false, links: false };
const volumes: Readonly<Record<string, NameRules>> = {
  ext4,
  exFAT: exFat,
  FAT32: { ...exFat },
  NTFS: { ...exFat, links: true },
  APFS: { ...ext4, caseSensitive: false, normalizing: true },
  eCryptfs: { ...ext4, longestName: { length: 143, unit: 'bytes' } },
};

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What is wrong with a name on a volume, told by other means than the code under test uses. */
function faultOf(name: string, rules: VolumeNames): string | undefined {
  const { length, unit } = rules.longestName;
  const measured = unit === 'bytes' ? Buffer.from(name).length : name.length;
  if (name === '' || name === '.' || name === '..') return 'no name';
  if (/[/\0]|\p{Surrogate}/u.test(name)) return 'no text';
  if (measured > length) return `${measured} long`;
  const isWindows = rules.refusedCharacters !== '';
  const controls = [...Array(32).keys()].map((code) => String.fromCharCode(code));
  const refused = [...rules.refusedCharacters.split(/(?:)/u), ...(isWindows ? controls : [])];
  const bad = refused.find((character) => name.includes(character));
  if (bad !== undefined) return `holds ${JSON.stringify(bad)}`;
  if (!rules.trailingDots && (name.endsWith('.') || name.endsWith(' '))) return 'ends in a dot or a space';
  const stem = name.split('.')[0]?.trimEnd().toUpperCase() ?? '';
  const device =
    /^(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|COM[0-9\u00b9\u00b2\u00b3]|LPT[0-9\u00b9\u00b2\u00b3])$/;
  if (!rules.reservedNames && device.test(stem)) return 'is a device';
  return undefined;
}

/** Places names as a backup does: a name that is taken gives way to one with a hash. */
function place(names: readonly string[], rules: VolumeNames): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let stored = storedName(name, rules);
    for (let attempt = 0; taken.has(foldKey(stored, rules)); attempt++) {
      stored = collisionName(storedName(name, rules), rules, (bytes) =>
        sha(Buffer.concat([bytes, pathBytes(name)])),
      );
      if (attempt > 0) throw new Error(`no place for ${name}`);
    }
    taken.add(foldKey(stored, rules));
    return stored;
  });
}

for (const [volume, rules] of Object.entries(volumes)) {
  test(`all 155 hostile names have legal and distinct names on ${volume}`, (t) => {
    const stored = place(
      hostileNames.map(({ name }) => name),
      rules,
    );
    t.is(stored.length, 155);
    for (const name of stored) t.is(faultOf(name, rules), undefined, name);
    t.is(new Set(stored.map((name) => foldKey(name, rules))).size, 155);
  });

  test(`all 155 hostile names fit on ${volume} when they are set aside, for the hundredth time`, (t) => {
    const names = hostileNames.map(({ name }) => storedName(name, rules));
    for (const name of names) {
      const aside = asideName(`Pictures/S/${name}`, 1.8e12, { attempt: 100, rules });
      t.true(aside.startsWith('Versions/S/'));
      t.is(faultOf(aside.slice('Versions/S/'.length), rules), undefined, aside);
    }
  });

  test(`any name is legal on ${volume}, and all but shortened ones can be read back`, (t) => {
    const bytes = fc
      .oneof(
        fc.uint8Array({ min: 1, minLength: 1, maxLength: 255 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).map((text) => Buffer.from(text)),
        fc
          .string({
            unit: fc.constantFrom('%', ':', '?', '.', ' ', 'a', 'C', 'O', 'N', '1'),
            minLength: 1,
            maxLength: 12,
          })
          .map((text) => Buffer.from(text)),
      )
      .map((name) => Buffer.from(name.filter((byte) => byte !== 0 && byte !== 0x2f)))
      .filter(
        (name) => name.length > 0 && name.toString('latin1') !== '.' && name.toString('latin1') !== '..',
      );
    fc.assert(
      fc.property(bytes, (each) => {
        const name = pathFromBytes(each);
        const stored = storedName(name, rules);
        t.is(faultOf(stored, rules), undefined, stored);
        if (!stored.includes(' (~') && !name.includes('%')) t.is(trueName(stored), name);
      }),
    );
  });
}

test('names that a volume can hold stay as they are', (t) => {
  for (const { name, id, linux } of hostileNames) {
    if (!name.startsWith('/') && linux) t.is(storedName(name, ext4), name, id);
  }
  for (const name of [
    'IMG_0001.JPG',
    'caf\u00e9.jpg',
    '100% sure.jpg',
    '%3A.jpg',
    ' lead.jpg',
    '.hidden',
    'COM10.jpg',
  ]) {
    t.is(storedName(name, exFat), name);
  }
});

test('what a volume refuses is escaped, readably', (t) => {
  const cases: [string, string][] = [
    ['a:b?.jpg', 'a%3Ab%3F.jpg'],
    ['50%: half.jpg', '50%25%3A half.jpg'],
    ['line\nbreak.jpg', 'line%0Abreak.jpg'],
    ['trail.', 'trail%2E'],
    ['trail ', 'trail%20'],
    ['...', '..%2E'],
    ['con.jpg', '%63on.jpg'],
    ['COM\u00b9', '%43OM\u00b9'],
    ['conin$', '%63onin$'],
    ['aux .txt', '%61ux .txt'],
    ['/caf%E9.jpg', 'caf%E9.jpg'],
    ['/%25%FF:', '%25%FF%3A'],
  ];
  for (const [name, stored] of cases) {
    t.is(storedName(name, exFat), stored);
    t.is(trueName(stored), name);
  }
});

test('a name that would climb out of its folder is escaped everywhere', (t) => {
  t.is(storedName('..', ext4), '.%2E');
  t.is(storedName('.', ext4), '%2E');
  const place = { prefix: 'Pictures', sourceFolder: 'S' } as const;
  t.is(storedPath(place, '../../etc/passwd', ext4), 'Pictures/S/.%2E/.%2E/etc/passwd');
});

test('a name that is too long keeps its beginning, its extension and room for a stamp', (t) => {
  const name = `${'c'.repeat(256)}.CR3`;
  const stored = storedName(name, ext4);
  t.regex(stored, /^c{200,} \(~[0-9a-f]{8}\)\.CR3$/);
  t.is(Buffer.byteLength(stored), 255 - 27);
  t.is(parseAside(asideName(stored, 1.8e12))?.name, stored);
  t.not(storedName(`${'c'.repeat(257)}.CR3`, ext4), stored);
});

test('a cut leaves no half escape and no half character', (t) => {
  const escaped = storedName('?'.repeat(255), exFat);
  t.regex(escaped, /^(?:%3F)+ \(~[0-9a-f]{8}\)$/);
  const emoji = storedName('\u{1f48d}'.repeat(100), ext4);
  t.regex(emoji, /^\u{1f48d}+ \(~[0-9a-f]{8}\)$/u);
});

test('a normalising volume is given names that fit in both forms', (t) => {
  const name = '\u00e9'.repeat(127);
  t.is(storedName(name, ext4), name);
  const stored = storedName(name, { ...ext4, normalizing: true });
  t.true(Buffer.byteLength(stored.normalize('NFD')) <= 255);
});

const inPictures = { prefix: 'Pictures', sourceFolder: 'Photos' } as const;

test('a path is stored name by name', (t) => {
  t.is(storedPath(inPictures, '', ext4), 'Pictures/Photos');
  t.is(storedPath(inPictures, '2026/a:b/caf\u00e9.jpg', exFat), 'Pictures/Photos/2026/a%3Ab/caf\u00e9.jpg');
  const path = joinPath('caf\u00e9 50%/x', pathFromBytes(Buffer.from([0xff])));
  t.is(storedPath({ ...inPictures, prefix: 'Versions' }, path, ext4), 'Versions/Photos/caf\u00e9 50%/x/%FF');
  t.is(storedPath(inPictures, longPaths[3]?.path ?? '', ext4), `Pictures/Photos/${longPaths[3]?.path}`);
});

test('a path that is too long is flattened, its folder apart from others', (t) => {
  const long = longPaths.find(({ id }) => id === 'path_4090')?.path ?? '';
  const stored = storedPath(inPictures, long, ext4);
  t.regex(stored, /^Pictures\/Photos\/~long\/[0-9a-f]{16}\/IMG_0001\.CR3$/);
  t.is(stored, flatPath(inPictures, long, ext4));
  t.not(storedPath(inPictures, `g${long.slice(1)}`, ext4), stored);
  for (const { path } of longPaths) t.true(Buffer.byteLength(storedPath(inPictures, path, ext4)) <= 3500);
});

test('a folder of the source does not get into the folder for flattened paths', (t) => {
  t.is(storedPath(inPictures, '~long/a.jpg', ext4), 'Pictures/Photos/%7Elong/a.jpg');
  t.is(storedPath(inPictures, '~LONG', exFat), 'Pictures/Photos/%7ELONG');
  t.is(storedPath(inPictures, 'a/~long', ext4), 'Pictures/Photos/a/~long');
});

test('a taken name gets a hash before its extension', (t) => {
  const hash = (): string => '3f9a1c0288';
  t.is(collisionName('IMG_0001.jpg', ext4, hash), 'IMG_0001 (~3f9a1c).jpg');
  t.is(collisionName('Pictures/S/a.b/noext', ext4, hash), 'Pictures/S/a.b/noext (~3f9a1c)');
  t.is(collisionName('.jpg', ext4, hash), '.jpg (~3f9a1c)');
  t.is(Buffer.byteLength(collisionName(`${'a'.repeat(251)}.jpg`, ext4, hash)), 255);
});

test('the hash of a taken name is of its path, and another hash gives another name', (t) => {
  t.is(collisionName('a/b.jpg', ext4, sha), `a/b (~${sha(Buffer.from('a/b.jpg')).slice(0, 6)}).jpg`);
  t.not(collisionName('a/b.jpg', ext4, sha), collisionName('a/b.jpg', ext4, shortHash));
});

const kept = Date.UTC(2026, 10, 21, 18, 26, 3, 500);

test('a version that is replaced goes aside under the moment it was kept', (t) => {
  const stamp = '2026-11-21 18.26.03Z';
  t.is(asideName('Pictures/P/2026/IMG_0001.xmp', kept), `Versions/P/2026/IMG_0001 (${stamp}).xmp`);
  t.is(asideName('IMG_0001.xmp', kept, { attempt: 2 }), `IMG_0001 (${stamp}) 2.xmp`);
  t.is(asideName('a.CR3.xmp', kept), `a.CR3 (${stamp}).xmp`);
  t.is(asideName('Pictures/P/noext', kept), `Versions/P/noext (${stamp})`);
  t.is(asideName('.hidden', kept), `.hidden (${stamp})`);
  t.is(asideName('v1.2 final cut', kept), `v1.2 final cut (${stamp})`);
  t.is(asideName('Pictures/Pictures/a', kept), `Versions/Pictures/a (${stamp})`);
});

test('what is not aside is not taken for it', (t) => {
  for (const name of [
    '',
    'a.jpg',
    'a (1).jpg',
    'a (2026-11-21 18:26:03Z).jpg',
    'a (2026-13-21 18.26.03Z).jpg',
  ]) {
    t.is(parseAside(name), undefined, name);
  }
  t.is(parseAside('a(2026-11-21 18.26.03Z).jpg'), undefined);
  t.is(parseAside('a (2026-11-21 18.26.03Z) 0.jpg'), undefined);
});

test('every name comes back from aside, with its moment to the second', (t) => {
  const tricky = fc.constantFrom(
    'a (2026-11-21 18.26.03Z)',
    'a (2026-11-21 18.26.03Z) 2.jpg',
    'x. y',
    'a.b (c',
    '.x',
    'a..b',
  );
  const plain = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '(', ')', ' ', '2', '\n', '\u00e9'),
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(fc.oneof(tricky, plain), fc.integer({ min: 1, max: 12 }), (name, attempt) => {
      t.deepEqual(parseAside(asideName(name, kept, { attempt })), { name, keptAt: kept - 500 });
    }),
  );
});

test('names that any volume takes for one have one key', (t) => {
  const twins = [
    ['IMG_0001.JPG', 'img_0001.jpg'],
    ['STRASSE.jpg', 'stra\u00dfe.jpg'],
    ['\u0130.jpg', 'i\u0307.jpg'],
    ['\u0131.jpg', 'I.jpg'],
    ['\u03c2.jpg', '\u03a3.jpg'],
    ['caf\u00e9', 'cafe\u0301'],
    ['CAF\u00c9', 'cafe\u0301'],
    ['\u2126', '\u03a9'],
    ['\u212a', 'k'],
    ['\u212b', '\u00e5'],
    ['\u1e9e', 'SS'],
  ] as const;
  for (const [one, other] of twins) t.is(foldKey(one), foldKey(other), `${one} ${other}`);
  t.not(foldKey('a.jpg'), foldKey('b.jpg'));
});

test('a volume that tells names apart has a key for each', (t) => {
  t.not(foldKey('A', ext4), foldKey('a', ext4));
  t.not(foldKey('caf\u00e9', exFat), foldKey('cafe\u0301', exFat));
  t.is(foldKey('A', exFat), foldKey('a', exFat));
});

test('pairs that differ in case or form only are placed side by side', (t) => {
  const [first, second] = place(['IMG.jpg', 'img.jpg'], exFat);
  t.is(first, 'IMG.jpg');
  t.regex(second ?? '', /^img \(~[0-9a-f]{6}\)\.jpg$/);
  // One name looks like the other's escape.
  t.is(place(['a:b.jpg', 'a%3Ab.jpg'], exFat)[0], 'a%3Ab.jpg');
  t.regex(place(['a:b.jpg', 'a%3Ab.jpg'], exFat)[1] ?? '', /^a%3Ab \(~[0-9a-f]{6}\)\.jpg$/);
});

test('a source has a folder of its own, on any volume', (t) => {
  t.is(sourceFolder('Photography', 'studio', new Set()), 'Photography');
  t.is(sourceFolder('Photography', 'studio', new Set(['photography'])), 'Photography (studio)');
  const taken = new Set(['Photography', 'Photography (Studio)']);
  t.is(sourceFolder('Photography', 'studio', taken), 'Photography (studio) 2');
  t.is(sourceFolder('Caf\u00e9', 'a', new Set(['Cafe\u0301'])), 'Caf\u00e9 (a)');
  t.is(sourceFolder('2026: all/of?it', 'a', new Set()), '2026%3A all%2Fof%3Fit');
  t.is(sourceFolder('..', 'a', new Set()), '.%2E');
  t.is(sourceFolder('  ', 'a', new Set()), 'Source');
  t.is(sourceFolder('CON', 'a', new Set()), '%43ON');
});

test('source folders are legal and never one another, whatever people and computers are called', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string({ maxLength: 300 }),
      (name, computer) => {
        const taken = new Set<string>();
        for (let at = 0; at < 4; at++) {
          const folder = sourceFolder(name, computer, taken);
          t.is(faultOf(folder, exFat), undefined, folder);
          t.true(Buffer.byteLength(folder) <= 200);
          t.false([...taken].some((other) => foldKey(other) === foldKey(folder)));
          taken.add(folder);
        }
      },
    ),
  );
});

test('the short hash spreads names that differ in one place', (t) => {
  t.is(shortHash(new Uint8Array()).length, 16);
  const prefixes = Array.from({ length: 20_000 }, (_, at) =>
    shortHash(Buffer.from(`IMG_${at}.jpg`)).slice(0, 8),
  );
  // By chance one pair in twenty thousand shares 32 bits one time in twenty; three pairs never do.
  t.true(new Set(prefixes).size > 19_997);
});
