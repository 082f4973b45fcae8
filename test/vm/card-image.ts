/** Camera cards as files: a partition table as cards come with, and what a camera has written. */
import { createHash } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { layCard } from '../support/cards.js';
import type { Layout } from '../support/cards.js';
import { temporaryFolder } from '../support/trees.js';
import { quoted } from './machine.js';
import type { Machine } from './machine.js';

export type CardFileSystem = 'exfat' | 'vfat';

export interface CardImage {
  readonly label: string;
  /** The file that holds the whole card. */
  readonly image: string;
  /** A folder that holds what was written to it. */
  readonly content: string;
}

const sectorBytes = 512;
const firstSector = 2048;
const partitionTypes: Readonly<Record<CardFileSystem, number>> = { exfat: 0x07, vfat: 0x0c };
const makers: Readonly<Record<CardFileSystem, string>> = {
  exfat: 'mkfs.exfat -L',
  vfat: 'mkfs.vfat -F 32 -n',
};

/** The first sector of a disk with one partition, which reaches to its end. */
function partitionTable(fileSystem: CardFileSystem, sizeBytes: number): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.writeUInt8(partitionTypes[fileSystem], 446 + 4);
  sector.writeUInt32LE(firstSector, 446 + 8);
  sector.writeUInt32LE(sizeBytes / sectorBytes - firstSector, 446 + 12);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

export interface CardOptions {
  readonly label: string;
  readonly fileSystem: CardFileSystem;
  readonly sizeBytes: number;
  readonly layout: Layout;
}

/** Has a card formatted and filled in the machine, as in a camera: by its kernel, over USB. */
export async function takePictures(
  t: ExecutionContext,
  machine: Machine,
  { label, fileSystem, sizeBytes, layout }: CardOptions,
): Promise<CardImage> {
  const folder = await temporaryFolder(t);
  const image = path.join(folder, 'card');
  const content = path.join(folder, 'content');
  await writeFile(image, partitionTable(fileSystem, sizeBytes));
  await truncate(image, sizeBytes);
  await layCard(content, layout);
  const card: CardImage = { label, image, content };
  const { did, device = '' } = await machine.plug(card);
  if (did !== 'blank') throw new Error(`an empty card was ${String(did)}`);
  await machine.must(`${makers[fileSystem]} ${label} ${device}`);
  await machine.must(`mkdir -p /run/camera && mount -t ${fileSystem} ${device} /run/camera`);
  await machine.must(`cp -r --preserve=timestamps ${quoted(content)}/. /run/camera && umount /run/camera`);
  await machine.unplug(card);
  return card;
}

/** What identifies every bit of a card. */
export async function bitsOf({ image }: CardImage): Promise<string> {
  return createHash('sha256')
    .update(await readFile(image))
    .digest('hex');
}
