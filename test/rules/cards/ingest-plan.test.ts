/** Plans of ingests. */
import test from 'ava';
import { type CardEntry, planIngest, type PlanOptions } from '../../../src/rules/cards/ingest-plan.js';
import { parseTemplate } from '../../../src/rules/cards/naming.js';
import { foldKey } from '../../../src/rules/stored-names.js';

const noon = Date.UTC(2026, 2, 20, 12);

function files(...paths: string[]): CardEntry[] {
  return paths.map((path) => ({ path, bytes: 10 }));
}

function options(change: Partial<PlanOptions> & { readonly text?: string } = {}): PlanOptions {
  const { text, ...rest } = change;
  const template = text === undefined ? undefined : parseTemplate(text);
  if (template && 'fault' in template) throw new Error(template.fault);
  return {
    job: 'Smith',
    card: 'CARD_A',
    shotOf: () => ({ takenAtMs: noon, isFromPicture: true, camera: 'R5' }),
    isTaken: () => false,
    ...(template && { template }),
    ...rest,
  };
}

function placesOf(entries: readonly CardEntry[], plan: PlanOptions): Record<string, string> {
  const { files: planned } = planIngest({ files: entries, emptyFolders: [] }, plan);
  return Object.fromEntries(planned.map(({ path, to }) => [path, to]));
}

test('an empty card makes an empty plan', (t) => {
  t.deepEqual(planIngest({ files: [], emptyFolders: [] }, options()), {
    ...{ files: [], emptyFolders: [], left: [], bytes: 0, empty: [], undated: [] },
  });
});

test('what a computer left is not copied, and thrown away pictures are told from the rest', (t) => {
  const card = files('DCIM/100CANON/IMG_0001.CR3', 'DCIM/100CANON/._IMG_0001.CR3', '.Trashes/501/IMG_7.CR3');
  const plan = planIngest({ files: card, emptyFolders: ['.Spotlight-V100/Store-V2', 'MISC'] }, options());
  t.deepEqual(plan.left, [
    { path: 'DCIM/100CANON/._IMG_0001.CR3', why: 'of-a-computer' },
    { path: '.Trashes/501/IMG_7.CR3', why: 'thrown-away' },
  ]);
  t.deepEqual(
    plan.files.map(({ to }) => to),
    ['CARD_A/DCIM/100CANON/IMG_0001.CR3'],
  );
  t.deepEqual(plan.emptyFolders, ['CARD_A/MISC']);
  t.is(plan.bytes, 10);
});

test('nothing is put where damaged files are saved, whatever the card or the template calls it', (t) => {
  const card = files('Damaged (not copies)/IMG_0001.CR3.partial', 'DCIM/100CANON/IMG_0002.CR3');
  t.deepEqual(placesOf(card, options({ text: 'damaged (NOT copies)/{name}' })), {
    'Damaged (not copies)/IMG_0001.CR3.partial': 'CARD_A/Damaged (not copies) (2)/IMG_0001.CR3.partial',
    'DCIM/100CANON/IMG_0002.CR3': 'damaged (NOT copies) (2)/IMG_0002.CR3',
  });
});

test('pictures of no bytes are named', (t) => {
  const card = [...files('DCIM/100CANON/IMG_0001.CR3'), { path: 'DCIM/100CANON/IMG_0002.CR3', bytes: 0 }];
  const { empty } = planIngest(
    { files: [...card, { path: 'MISC/x', bytes: 0 }], emptyFolders: [] },
    options(),
  );
  t.deepEqual(empty, ['DCIM/100CANON/IMG_0002.CR3']);
});

test('without a template the card keeps its folders and names', (t) => {
  const card = files(
    'DCIM/100CANON/IMG_0001.CR3',
    'DCIM/101CANON/IMG_0001.CR3',
    'MISC/A.MRK',
    'FSCK0000.REC',
  );
  t.deepEqual(placesOf(card, options()), {
    'DCIM/100CANON/IMG_0001.CR3': 'CARD_A/DCIM/100CANON/IMG_0001.CR3',
    'DCIM/101CANON/IMG_0001.CR3': 'CARD_A/DCIM/101CANON/IMG_0001.CR3',
    'MISC/A.MRK': 'CARD_A/MISC/A.MRK',
    'FSCK0000.REC': 'CARD_A/FSCK0000.REC',
  });
});

test('names that a destination has are never given again', (t) => {
  const taken = new Set([foldKey('CARD_A/DCIM/100CANON/img_0001.jpg')]);
  const card = files('DCIM/100CANON/IMG_0001.CR3', 'DCIM/100CANON/IMG_0001.JPG');
  t.deepEqual(placesOf(card, options({ isTaken: (folded) => taken.has(folded) })), {
    'DCIM/100CANON/IMG_0001.CR3': 'CARD_A/DCIM/100CANON/IMG_0001 (2).CR3',
    'DCIM/100CANON/IMG_0001.JPG': 'CARD_A/DCIM/100CANON/IMG_0001 (2).JPG',
  });
});

test('names that only case tells apart get names of their own', (t) => {
  const places = placesOf(files('a/IMG_1.JPG', 'a/IMG_1.jpg', 'a/img_1.JPG'), options());
  t.is(new Set(Object.values(places).map((place) => foldKey(place))).size, 3);
});

test('three pictures of one name stay three in one folder', (t) => {
  const card = files(
    'DCIM/100CANON/IMG_0001.CR2',
    'DCIM/101CANON/IMG_0001.CR2',
    'DCIM/102CANON/IMG_0001.CR2',
  );
  t.deepEqual(Object.values(placesOf(card, options({ text: '{name}' }))), [
    'IMG_0001.CR2',
    'IMG_0001 (2).CR2',
    'IMG_0001 (3).CR2',
  ]);
});

test('a template names a picture, and all that belongs to it alike', (t) => {
  const card = files(
    'D/1/IMG_0001.CR3',
    'D/1/IMG_0001.JPG',
    'D/1/IMG_0001.WAV',
    'D/1/IMG_0002.CR3',
    'MISC/A.MRK',
  );
  t.deepEqual(placesOf(card, options({ text: '{date}/{job}_{counter}' })), {
    'D/1/IMG_0001.CR3': '2026-03-20/Smith_0001.CR3',
    'D/1/IMG_0001.JPG': '2026-03-20/Smith_0001.JPG',
    'D/1/IMG_0001.WAV': '2026-03-20/Smith_0001.WAV',
    'D/1/IMG_0002.CR3': '2026-03-20/Smith_0002.CR3',
    'MISC/A.MRK': 'CARD_A/MISC/A.MRK',
  });
});

test('counters follow the time pictures were taken', (t) => {
  const takenAtMs = (stem: string): number => noon + (stem.endsWith('9999') ? 0 : 1000);
  const shotOf = (stem: string) => ({ takenAtMs: takenAtMs(stem), isFromPicture: true });
  const places = placesOf(files('D/IMG_0001.CR3', 'D/IMG_9999.CR3'), options({ text: '{counter}', shotOf }));
  t.deepEqual(places, { 'D/IMG_0001.CR3': '0002.CR3', 'D/IMG_9999.CR3': '0001.CR3' });
});

test('pictures that do not tell their time are named', (t) => {
  const shotOf = (stem: string) => ({ takenAtMs: noon, isFromPicture: !stem.endsWith('2') });
  const card = { files: files('D/IMG_1.CR3', 'D/IMG_2.CR3', 'D/IMG_2.JPG'), emptyFolders: [] };
  t.deepEqual(planIngest(card, options({ text: '{date} {name}', shotOf })).undated, ['D/IMG_2.CR3']);
});
