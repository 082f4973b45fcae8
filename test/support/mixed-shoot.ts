/** Forty mixed files, and what a day's work does to them: the source that a backup is killed over. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { plant, plantLink, seededBytes } from './trees.js';

const startUs = 1_790_000_000_123_456;

/**
 * RAW files with sidecars, JPEGs, an empty file, an empty folder, links, a big file, names in other scripts.
 */
export async function shoot(root: string): Promise<void> {
  const put = (name: string, seed: number, sizeBytes: number): Promise<Buffer> =>
    plant(root, name, { bytes: seededBytes(seed, sizeBytes), modifiedUs: startUs + seed * 1_000_003 });
  for (let at = 1; at <= 8; at++) {
    await put(`2026/Wedding/IMG_000${at}.dng`, at, 20_000 + at * 777);
    await put(`2026/Wedding/IMG_000${at}.xmp`, 100 + at, 900 + at);
    await put(`2026/Studio/DSC_010${at}.NEF`, 200 + at, 9_000 + at * 13);
    await put(`2025/Été à la mer/写真 ${at}.jpg`, 300 + at, 3_000 + at);
  }
  await put('2025/big.mov', 401, 3_000_000);
  await put('2025/empty.txt', 402, 0);
  await put('notes.txt', 403, 12);
  await put('2025/twin a.jpg', 404, 5_000);
  await put('2025/twin b.jpg', 404, 5_000);
  await put('old/gone.jpg', 405, 7_000);
  await plantLink(root, 'latest', '2026/Wedding');
  await plantLink(root, '2026/best.dng', 'Wedding/IMG_0001.dng');
  await mkdir(path.join(root, 'empty folder'));
}

/** Files of the first state whose content must be under `Versions/` after the day's work is kept. */
export const replaced = [
  '2026/Wedding/IMG_0001.xmp',
  '2026/Wedding/IMG_0002.xmp',
  '2026/Wedding/IMG_0003.dng',
  '2025/big.mov',
  '2025/empty.txt',
  'notes.txt',
  'old/gone.jpg',
  '2025/Été à la mer/写真 1.jpg',
  '2025/twin a.jpg',
] as const;

/**
 * Edits, an addition, deletions, a renamed folder, a moved file, a swap of kinds, a link that turns
 * elsewhere.
 */
export async function daysWork(root: string): Promise<void> {
  const put = (name: string, seed: number, sizeBytes: number): Promise<Buffer> =>
    plant(root, name, { bytes: seededBytes(seed, sizeBytes), modifiedUs: startUs + 9_000_000_000 + seed });
  await put('2026/Wedding/IMG_0001.xmp', 501, 1_000);
  await put('2026/Wedding/IMG_0002.xmp', 502, 902);
  await put('2026/Wedding/IMG_0003.dng', 503, 30_000);
  await put('2026/Wedding/IMG_0009.dng', 504, 25_000);
  await put('2026/Wedding/IMG_0009.xmp', 505, 950);
  await put('2025/big.mov', 506, 2_500_000);
  await put('2025/empty.txt', 507, 5);
  await rm(path.join(root, 'notes.txt'));
  await rm(path.join(root, 'old'), { recursive: true });
  await rm(path.join(root, '2025/Été à la mer/写真 1.jpg'));
  await rm(path.join(root, '2025/twin a.jpg'));
  await rename(path.join(root, '2026/Studio'), path.join(root, '2026/Studio portraits'));
  await rename(path.join(root, '2026/Wedding/IMG_0008.dng'), path.join(root, '2026/cover.dng'));
  await rm(path.join(root, 'latest'));
  await plantLink(root, 'latest', '2026/Studio portraits');
  await rm(path.join(root, 'empty folder'), { recursive: true });
  await mkdir(path.join(root, 'another empty folder'));
}
