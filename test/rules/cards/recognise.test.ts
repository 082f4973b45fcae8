/** What is a card and what is not, by its folders. */
import test from 'ava';
import {
  isWorthALook,
  recogniseCard,
  type VolumeLook,
  whatElse,
} from '../../../src/rules/cards/recognise.js';

function look(folders: string[], facts: Omit<VolumeLook, 'folders'> = {}): VolumeLook {
  return { folders, ...facts };
}

const notCards: readonly [string, VolumeLook][] = [
  ['nothing at all', look([])],
  ['a stick with a folder DCIM alone', look(['DCIM'], { fileSystem: 'vfat', removable: true })],
  ['a folder of pictures', look(['2026', 'MISC', 'FGPS'])],
  ['a drive that old cards were copied to', look(['2026', 'DCIM', 'DCIM/old card copy'])],
  ['a phone', look(['Android', 'DCIM', 'DCIM/100ANDRO', 'DCIM/Camera'])],
  ['another phone', look(['DCIM', 'DCIM/100APPLE', 'DCIM/101APPLE'])],
  ['a disk to start from', look(['boot', 'casper', 'DCIM', 'DCIM/100CANON'])],
  ['a vault beside a card that was copied', look(['Glassine', 'DCIM', 'DCIM/100CANON'])],
  ['a computer’s disk', look(['DCIM', 'DCIM/100CANON'], { fileSystem: 'ext4', removable: true })],
  ['a Mac’s disk', look(['DCIM', 'DCIM/100CANON', 'PRIVATE/M4ROOT'], { fileSystem: 'apfs' })],
  ['a Windows disk', look(['DCIM', 'DCIM/100CANON', 'DCIM/101CANON'], { fileSystem: 'ntfs3' })],
];

test('phones, boot sticks, backup drives and sticks are no cards', (t) => {
  for (const [what, volume] of notCards) {
    const found = recogniseCard(volume);
    t.false(found.isCard, what);
    t.is(found.maker, undefined, what);
  }
});

test('what a volume is instead is said where something tells', (t) => {
  t.is(whatElse(look(['DCIM', 'Android'])), 'a phone or tablet');
  t.is(whatElse(look(['Boot'])), 'a disk to start a computer from');
  t.is(whatElse(look(['DCIM', 'DCIM/100CANON'])), undefined);
});

const cards: readonly [string, string | undefined, string[]][] = [
  ['Canon, just formatted', 'Canon', ['DCIM', 'DCIM/100CANON', 'DCIM/CANONMSC', 'MISC']],
  ['Canon, named after the camera', 'Canon', ['DCIM', 'DCIM/100EOSR5']],
  ['Canon, cinema', 'Canon', ['XFVC', 'XFVC/REEL_0003', 'CRM']],
  ['Sony, just formatted: no DCIM', 'Sony', ['PRIVATE', 'PRIVATE/M4ROOT', 'AVF_INFO']],
  ['Sony, in use', 'Sony', ['DCIM', 'DCIM/100MSDCF', 'PRIVATE', 'PRIVATE/AVCHD', 'PRIVATE/AVCHD/BDMV']],
  ['Nikon', 'Nikon', ['DCIM', 'DCIM/102NCZ_6', 'NIKON']],
  ['Fujifilm', 'Fujifilm', ['DCIM', 'DCIM/100_FUJI']],
  ['Panasonic', 'Panasonic', ['DCIM', 'DCIM/100_PANA', 'PRIVATE', 'PRIVATE/PANA_GRP']],
  ['GoPro', 'GoPro', ['DCIM', 'DCIM/100GOPRO', 'MISC']],
  ['DJI, whose folders are not DCF’s', 'DJI', ['DCIM', 'DCIM/DJI_001', 'MISC']],
  ['small letters, as some drivers write them', 'Canon', ['dcim', 'dcim/100canon']],
  ['any maker', undefined, ['DCIM', 'DCIM/105ABCDE']],
  ['two makers took turns', undefined, ['DCIM', 'DCIM/100HASBL', 'DCIM/101LEICA']],
];

test('cards are recognised by the folders that only cameras make', (t) => {
  for (const [what, maker, folders] of cards) {
    const found = recogniseCard(look(folders, { fileSystem: 'exfat', removable: true }));
    t.true(found.isCard, what);
    t.is(found.maker, maker, what);
    t.true(found.reasons.length > 0 && found.reasons.every(({ weight }) => weight > 0), what);
  }
});

test('a card in a reader that says it cannot be taken out is one all the same', (t) => {
  const found = recogniseCard(look(['DCIM', 'DCIM/100CANON'], { fileSystem: 'exfat', removable: false }));
  t.true(found.isCard);
  t.deepEqual(found.reasons, [
    { sign: 'DCIM/100CANON', weight: 3 },
    { sign: 'DCIM', weight: 1 },
    { sign: 'not removable', weight: -1 },
  ]);
  t.is(found.score, 3);
});

test('the reasons against a card weigh more than all for it, and come first', (t) => {
  const found = recogniseCard(look(['DCIM', 'DCIM/100CANON', 'DCIM/101CANON', 'PRIVATE/M4ROOT', 'Android']));
  t.false(found.isCard);
  t.is(found.reasons[0]?.sign, 'Android');
});

test('only folders that may tell something are looked into', (t) => {
  for (const folder of ['', 'DCIM', 'private', 'PRIVATE/AVCHD', 'XFVC']) t.true(isWorthALook(folder), folder);
  for (const folder of ['2026', 'DCIM/100CANON', 'PRIVATE/SONY', 'System Volume Information'])
    t.false(isWorthALook(folder), folder);
});
