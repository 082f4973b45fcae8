/** The UUID and the label of a file system: what udev found, else read from the superblock itself. */
import { readFileSync } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { parseSuperblock, superblockBytes } from './volume-superblock.js';

export interface DeviceNames {
  /** As `blkid` writes it; the serial number where a file system has no more. */
  readonly uuid?: string;
  readonly label?: string;
}

/**
 * What a block device is called. `block` is its `major:minor`, `source` the device file or image that was
 * mounted. Nothing where neither udev nor the superblock tells: only root and the group `disk` may read it.
 */
export async function namesOfDevice(block: string | undefined, source: string): Promise<DeviceNames> {
  const told = block === undefined ? {} : parseUdev(readUdev(block));
  if (told.uuid !== undefined || !source.startsWith('/')) return told;
  return { ...(await namesInSuperblock(source)), ...told };
}

/** In memory: never held up by the device. */
function readUdev(block: string): string {
  try {
    return readFileSync(`/run/udev/data/b${block}`, 'utf8');
  } catch {
    return '';
  }
}

/** What udev's database holds of a block device. */
export function parseUdev(text: string): DeviceNames {
  const uuid = /^E:ID_FS_UUID=(.+)$/m.exec(text)?.[1];
  const label = /^E:ID_FS_LABEL_ENC=(.+)$/m.exec(text)?.[1];
  return { ...(uuid !== undefined && { uuid }), ...(label !== undefined && { label: unescapeHex(label) }) };
}

/** udev writes bytes that are no plain letters as `\x20`. */
function unescapeHex(text: string): string {
  const pieces = text.split(/(\\x[0-9a-f]{2})/i).map((piece) => {
    const isByte = /^\\x[0-9a-f]{2}$/i.test(piece);
    return isByte ? Buffer.from([Number.parseInt(piece.slice(2), 16)]) : Buffer.from(piece);
  });
  return Buffer.concat(pieces).toString('utf8');
}

async function namesInSuperblock(source: string): Promise<DeviceNames> {
  let file: FileHandle | undefined;
  try {
    file = await open(source, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isBlockDevice() && !stat.isFile()) return {};
    const found = parseSuperblock(await read(file, 0, superblockBytes));
    if (!found) return {};
    const { uuid, elsewhere } = found;
    const label = elsewhere
      ? (elsewhere.find(await read(file, elsewhere.at, elsewhere.bytes)) ?? found.label)
      : found.label;
    return { ...(uuid !== undefined && { uuid }), ...(label !== undefined && { label }) };
  } catch {
    // Not ours to read, or gone: then nobody tells.
    return {};
  } finally {
    await file?.close();
  }
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
