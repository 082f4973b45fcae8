/** Cards for tests: layouts as cameras make them, with bytes of their own, and places to copy them to. */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seededBytes } from './trees.js';

/** Paths with the size of each file; a path that ends in `/` is an empty folder. */
export type Layout = Readonly<Record<string, number>>;

/** One shoot each; what the field's cards look like, with sizes that cross every border of a transfer. */
export const layouts = {
  canon: {
    'DCIM/100CANON/IMG_9998.CR3': 70_001,
    'DCIM/100CANON/IMG_9998.JPG': 4_096,
    'DCIM/100CANON/IMG_9999.CR3': 1_500_000,
    'DCIM/101CANON/IMG_0001.CR3': 8_191,
    'DCIM/101CANON/IMG_0001.WAV': 700,
    'DCIM/101CANON/MVI_0002.MP4': 5_300_000,
    'DCIM/CANONMSC/M0100.CTG': 512,
    'MISC/': 0,
  },
  repeated: {
    'DCIM/100CANON/IMG_0001.CR2': 4_000,
    'DCIM/101CANON/IMG_0001.CR2': 4_000,
    'DCIM/102CANON/IMG_0001.CR2': 4_000,
  },
  sony: {
    'DCIM/100MSDCF/DSC01610.ARW': 9_000,
    'PRIVATE/M4ROOT/CLIP/C0215.MP4': 20_000,
    'PRIVATE/M4ROOT/CLIP/C0215M01.XML': 300,
    'PRIVATE/M4ROOT/THMBNL/C0215T01.JPG': 200,
    'PRIVATE/M4ROOT/MEDIAPRO.XML': 900,
    'PRIVATE/M4ROOT/GENERAL/': 0,
    'AVF_INFO/AVIN0001.INT': 100,
  },
  touched: {
    'DCIM/100_FUJI/DSCF0001.RAF': 5_000,
    'DCIM/100_FUJI/._DSCF0001.RAF': 100,
    '.Trashes/501/DSCF0002.RAF': 5_000,
    'System Volume Information/WPSettings.dat': 12,
  },
  empty: { 'DCIM/100CANON/': 0, 'MISC/': 0 },
} as const satisfies Record<string, Layout>;

/** Cameras' clocks have even seconds. */
const takenAt = new Date('2026-03-20T10:30:00Z');

/** Lays a card out below `root`. The bytes follow from the path and `seed`; the times from neither. */
export async function layCard(root: string, layout: Layout, seed = 1): Promise<void> {
  let number = seed * 1000;
  for (const [name, bytes] of Object.entries(layout)) {
    number += 1;
    const file = path.join(root, name);
    if (name.endsWith('/')) {
      await mkdir(file, { recursive: true });
      continue;
    }
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, seededBytes(number, bytes));
    await utimes(file, takenAt, takenAt);
  }
}
