/** The UUID of a file system: what udev found, else read from the superblock itself. */
import { constants, type FileHandle, open, readFile } from 'node:fs/promises';

/** Enough for btrfs, whose superblock lies deepest. */
const superblockBytes = 65536 + 4096;

/**
 * The UUID of the file system on a block device, as `blkid` writes it. `device` is `major:minor`, `source`
 * the device file or image it was mounted from. `undefined` where neither udev nor the superblock tells.
 */
export async function uuidOfDevice(device: string, source: string): Promise<string | undefined> {
  return (await uuidOfUdev(device)) ?? (source.startsWith('/') ? uuidOfSuperblock(source) : undefined);
}

async function uuidOfUdev(device: string): Promise<string | undefined> {
  const text = await readFile(`/run/udev/data/b${device}`, 'utf8').catch(() => '');
  return /^E:ID_FS_UUID=(.+)$/m.exec(text)?.[1];
}

async function uuidOfSuperblock(source: string): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(source, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isBlockDevice() && !stat.isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(superblockBytes), 0, superblockBytes, 0);
    return parseSuperblock(buffer.subarray(0, bytesRead));
  } catch {
    // Not ours to read, or gone: then nobody tells.
    return undefined;
  } finally {
    await file?.close();
  }
}

/** The UUID, or serial number, in the first bytes of a file system. */
export function parseSuperblock(bytes: Buffer): string | undefined {
  const has = (text: string, at: number): boolean =>
    bytes.subarray(at, at + text.length).equals(Buffer.from(text, 'latin1'));
  if (has('\x53\xef', 1080)) return uuidAt(bytes, 1024 + 0x68);
  if (has('XFSB', 0)) return uuidAt(bytes, 32);
  if (has('_BHRfS_M', 65536 + 64)) return uuidAt(bytes, 65536 + 32);
  if (has('EXFAT   ', 3)) return serialAt(bytes, 100);
  if (has('NTFS    ', 3)) return bytes.subarray(72, 80).reverse().toString('hex').toUpperCase();
  if (has('FAT32   ', 82)) return serialAt(bytes, 67);
  if (has('FAT1', 54)) return serialAt(bytes, 39);
  return undefined;
}

function uuidAt(bytes: Buffer, at: number): string | undefined {
  const hex = bytes.subarray(at, at + 16).toString('hex');
  if (hex.length < 32 || /^0+$/.test(hex)) return undefined;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** FAT's and exFAT's 32-bit serial number, as `1A2B-3C4D`. */
function serialAt(bytes: Buffer, at: number): string {
  const hex = bytes.readUInt32LE(at).toString(16).toUpperCase().padStart(8, '0');
  return `${hex.slice(0, 4)}-${hex.slice(4)}`;
}
