/**
 * What a file system says of itself in its first bytes: its kind, its UUID or serial number, and its label.
 * After the published layouts: ext4 (kernel documentation), XFS (XFS Algorithms & Data Structures), btrfs
 * (btrfs documentation), exFAT and FAT (Microsoft's specifications), NTFS (the Linux-NTFS documentation).
 */

/** Enough for btrfs, whose superblock lies deepest. */
export const superblockBytes = 65536 + 4096;

/** A label that is not in the first bytes: where it is, and how it is found in what is read there. */
export interface LabelElsewhere {
  readonly at: number;
  readonly bytes: number;
  /** The label; `undefined` when there is none. */
  readonly find: (bytes: Buffer) => string | undefined;
}

export interface Superblock {
  readonly fileSystem: 'ext4' | 'xfs' | 'btrfs' | 'exfat' | 'ntfs' | 'fat';
  readonly uuid?: string;
  readonly label?: string;
  readonly elsewhere?: LabelElsewhere;
}

/** Folders and records are read this far at most: whoever formats puts the label first. */
const mostBytes = 32_768;

/** The superblock in the first {@link superblockBytes} of a volume; `undefined` when it is none we know. */
export function parseSuperblock(bytes: Buffer): Superblock | undefined {
  const has = (text: string, at: number): boolean =>
    bytes.subarray(at, at + text.length).equals(Buffer.from(text, 'latin1'));
  if (has('\x53\xef', 1080)) {
    return whole('ext4', uuidAt(bytes, 1024 + 0x68), textAt(bytes, 1024 + 0x78, 16));
  }
  if (has('XFSB', 0)) return whole('xfs', uuidAt(bytes, 32), textAt(bytes, 108, 12));
  if (has('_BHRfS_M', 65536 + 64)) {
    return whole('btrfs', uuidAt(bytes, 65536 + 32), textAt(bytes, 65536 + 0x12b, 256));
  }
  if (bytes.length < 512) return undefined;
  if (has('EXFAT   ', 3)) return { ...whole('exfat', serialAt(bytes, 100)), ...exfatRoot(bytes) };
  if (has('NTFS    ', 3)) {
    const serial = Buffer.from(bytes.subarray(72, 80)).reverse().toString('hex').toUpperCase();
    return { ...whole('ntfs', serial), ...ntfsVolume(bytes) };
  }
  if (has('FAT32   ', 82)) return { ...whole('fat', serialAt(bytes, 67)), ...fatRoot(bytes, 71) };
  if (has('FAT1', 54)) return { ...whole('fat', serialAt(bytes, 39)), ...fatRoot(bytes, 43) };
  return undefined;
}

function whole(fileSystem: Superblock['fileSystem'], uuid?: string, label?: string): Superblock {
  return { fileSystem, ...(uuid !== undefined && { uuid }), ...(label !== undefined && { label }) };
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

/** UTF-8 that ends at a zero. */
function textAt(bytes: Buffer, at: number, length: number): string | undefined {
  const text = bytes.subarray(at, at + length);
  const end = text.indexOf(0);
  return (end < 0 ? text : text.subarray(0, end)).toString('utf8') || undefined;
}

/** exFAT keeps its label in an entry of its root folder. */
function exfatRoot(bytes: Buffer): Pick<Superblock, 'elsewhere'> {
  const [sectorShift = 0, clusterShift = 0] = bytes.subarray(108, 110);
  const cluster = bytes.readUInt32LE(96);
  if (sectorShift < 9 || sectorShift > 12 || clusterShift > 25 - sectorShift || cluster < 2) return {};
  const clusterBytes = 2 ** (sectorShift + clusterShift);
  const at = bytes.readUInt32LE(88) * 2 ** sectorShift + (cluster - 2) * clusterBytes;
  return { elsewhere: { at, bytes: Math.min(clusterBytes, mostBytes), find: exfatLabel } };
}

function exfatLabel(root: Buffer): string | undefined {
  for (let at = 0; at + 32 <= root.length; at += 32) {
    const [kind = 0, letters = 0] = root.subarray(at, at + 2);
    if (kind === 0) return undefined;
    if (kind === 0x83 && letters <= 11) return utf16(root.subarray(at + 2, at + 2 + letters * 2));
  }
  return undefined;
}

/** FAT keeps its label in its root folder, and, as it was when it was formatted, in its first sector. */
function fatRoot(bytes: Buffer, labelAt: number): Pick<Superblock, 'label' | 'elsewhere'> {
  const label = fatName(bytes.subarray(labelAt, labelAt + 11));
  const formatted = label === undefined || label === 'NO NAME' ? {} : { label };
  const sectorBytes = bytes.readUInt16LE(11);
  const clusterSectors = bytes[13] ?? 0;
  const tableSectors = bytes.readUInt16LE(22) || bytes.readUInt32LE(36);
  const before = bytes.readUInt16LE(14) + (bytes[16] ?? 0) * tableSectors;
  if (sectorBytes < 512 || clusterSectors === 0) return formatted;
  // FAT12 and FAT16 have a root of fixed size before the first cluster; FAT32's is made of clusters.
  const fixedEntries = bytes.readUInt16LE(17);
  const cluster = fixedEntries > 0 ? 2 : bytes.readUInt32LE(44);
  const at = (before + (cluster - 2) * clusterSectors) * sectorBytes;
  const length = fixedEntries > 0 ? fixedEntries * 32 : clusterSectors * sectorBytes;
  if (cluster < 2) return formatted;
  return { ...formatted, elsewhere: { at, bytes: Math.min(length, mostBytes), find: fatLabel } };
}

function fatLabel(root: Buffer): string | undefined {
  for (let at = 0; at + 32 <= root.length; at += 32) {
    const [first = 0] = root.subarray(at, at + 1);
    const attributes = root[at + 11] ?? 0;
    if (first === 0) return undefined;
    // A volume's entry; parts of long names have the read-only, hidden and system bits set besides.
    if (first !== 0xe5 && (attributes & 0x0f) === 0x08) return fatName(root.subarray(at, at + 11));
  }
  return undefined;
}

/** Eleven bytes of a code page that is not told: beyond ASCII, a letter is not known. */
function fatName(bytes: Buffer): string | undefined {
  const letters = [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\ufffd'));
  return letters.join('').replace(/[\0 ]+$/, '') || undefined;
}

/** NTFS keeps its label in the fourth record of its table of files. */
function ntfsVolume(bytes: Buffer): Pick<Superblock, 'elsewhere'> {
  const sectorBytes = bytes.readUInt16LE(11);
  const perCluster = bytes[13] ?? 0;
  const clusterBytes = sectorBytes * (perCluster > 0x80 ? 2 ** (256 - perCluster) : perCluster);
  const perRecord = bytes.readInt8(64);
  const recordBytes = perRecord < 0 ? 2 ** -perRecord : perRecord * clusterBytes;
  if (sectorBytes < 256 || clusterBytes === 0 || recordBytes < 512 || recordBytes > mostBytes) return {};
  const at = Number(bytes.readBigUInt64LE(48)) * clusterBytes + 3 * recordBytes;
  return { elsewhere: { at, bytes: recordBytes, find: (record) => ntfsLabel(record, sectorBytes) } };
}

function ntfsLabel(record: Buffer, sectorBytes: number): string | undefined {
  if (record.length < 512 || record.toString('latin1', 0, 4) !== 'FILE') return undefined;
  mendSectorEnds(record, sectorBytes);
  for (let at = record.readUInt16LE(20); at + 24 <= record.length;) {
    const kind = record.readUInt32LE(at);
    const length = record.readUInt32LE(at + 4);
    if (kind === 0xffff_ffff || length < 24) return undefined;
    if (kind === 0x60) {
      const from = at + record.readUInt16LE(at + 20);
      return utf16(record.subarray(from, from + record.readUInt32LE(at + 16)));
    }
    at += length;
  }
  return undefined;
}

/** The last two bytes of each sector of a record are kept aside, in its update sequence. */
function mendSectorEnds(record: Buffer, sectorBytes: number): void {
  const sequenceAt = record.readUInt16LE(4);
  const count = record.readUInt16LE(6);
  for (let sector = 1; sector < count; sector++) {
    const from = sequenceAt + sector * 2;
    const to = sector * sectorBytes - 2;
    if (from + 2 > record.length || to + 2 > record.length) return;
    record.copyWithin(to, from, from + 2);
  }
}

function utf16(bytes: Buffer): string | undefined {
  return bytes.toString('utf16le') || undefined;
}
