/** What the files of a card are. */
import test from 'ava';
import { isThrownAwayPicture, kindOfCardFile, stemOf } from '../../../src/rules/cards/card-files.js';

const kinds = {
  computer: [
    'DCIM/100CANON/._IMG_0001.CR3',
    'DCIM/100CANON/.DS_Store',
    '.Trashes/501/IMG_0007.CR3',
    '._.Trashes',
    '.Spotlight-V100/Store-V2/store.db',
    '.fseventsd/0000000000a1b2c3',
    'System Volume Information/WPSettings.dat',
    '$RECYCLE.BIN/S-1-5/IMG_0001.JPG',
  ],
  unknown: [
    'DCIM/100CANON/IMG_0003.CR2.tmp',
    'DCIM/100CANON/FSCK0000.REC',
    'FOUND.000/FILE0000.CHK',
    'letter.docx',
    'DCIM/100CANON/.hidden',
    'a',
  ],
  picture: [
    'DCIM/100CANON/IMG_9997.CR3',
    'dcim/100canon/img_0001.jpg',
    'DCIM/101CANON/IMG_0007.HIF',
    'DCIM/100GOPRO/GOPR0056.GPR',
    'DCIM/100HASBL/B0000001.3FR',
    'DCIM/100_FUJI/_DSF0002.RAF',
    'DCIM/._strange/IMG_0001.JPG',
  ],
  video: [
    'DCIM/101CANON/MVI_0005.MP4',
    'XFVC/REEL_0003/A_0003C048H260421_082509HN_CANON.MP4',
    'PRIVATE/M4ROOT/CLIP/C0215.MP4',
    'PRIVATE/AVCHD/BDMV/STREAM/00000.MTS',
    'DCIM/100GOPRO/GX010048.360',
  ],
  part: [
    'DCIM/101CANON/IMG_0006.WAV',
    'DCIM/100GOPRO/GL010048.LRV',
    'DCIM/DJI_001/DJI_20250509045707_0001_D.LRF',
    'DCIM/100MSDCF/DSC00001.XMP',
    'PRIVATE/M4ROOT/CLIP/C0215M01.XML',
  ],
  housekeeping: [
    'DCIM/CANONMSC/M0100.CTG',
    'XFVC/CANONMSC/M10003.CTG',
    'MISC/AUTPRINT.MRK',
    'MISC/M4ROOT/THM/DJI_001/DJI_1.SCR',
    'PRIVATE/M4ROOT/MEDIAPRO.XML',
    'PRIVATE/M4ROOT/THMBNL/C0215T01.JPG',
    'PRIVATE/DATABASE/DATABASE.BIN',
    'PRIVATE/SONY/SONYCARD.IND',
    'AVF_INFO/AVIN0001.BNP',
    'DCIM/102NCZ_6/NC_FLLST.DAT',
    'NIKON/Z_6/PCSENDL1.BIN',
    'NIKON001.DSC',
    'CSETMAIN.CSD',
    'AUTORUN.INF',
  ],
} as const;

for (const [kind, paths] of Object.entries(kinds)) {
  test(`the kind ${kind} is told by folder and name`, (t) => {
    for (const path of paths) t.is<string, string>(kindOfCardFile(path), kind, path);
  });
}

test('pictures in a wastebasket are told from what else lies there', (t) => {
  for (const path of ['.Trashes/501/IMG_0007.CR3', '$RECYCLE.BIN/a/MVI_1.MP4'])
    t.true(isThrownAwayPicture(path), path);
  for (const path of ['.Trashes/._501', '.Trashes/501/._IMG_0007.CR3', 'DCIM/100CANON/IMG_0001.CR3'])
    t.false(isThrownAwayPicture(path), path);
});

test('files of one picture share a stem, and those of other folders do not', (t) => {
  t.is(stemOf('DCIM/100CANON/IMG_0001.CR3'), stemOf('DCIM/100CANON/IMG_0001.JPG'));
  t.not(stemOf('DCIM/100CANON/IMG_0001.CR3'), stemOf('DCIM/101CANON/IMG_0001.CR3'));
  t.is(stemOf('DCIM/100.CANON/IMG_0001'), 'DCIM/100.CANON/IMG_0001');
  t.is(stemOf('DCIM/100CANON/.hidden'), 'DCIM/100CANON/.hidden');
});
