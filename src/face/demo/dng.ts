/**
 * A small DNG: one uncompressed 16-bit Bayer picture in a TIFF, with the tags that raw converters ask for.
 * Written from
 * the Digital Negative specification 1.4 and TIFF 6.0.
 */

const types = { byte: 1, ascii: 2, short: 3, long: 4, rational: 5, signedRational: 10 } as const;
const sizes = { byte: 1, ascii: 1, short: 2, long: 4, rational: 8, signedRational: 8 } as const;

interface Tag {
  readonly id: number;
  readonly type: keyof typeof types;
  /** Rationals as pairs, numerator first. */
  readonly values: readonly number[];
}

/**
 * A camera's raw picture: `mosaic` holds width times height samples of 12 bits, red at the upper left (RGGB).
 */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  readonly mosaic: Uint16Array;
  readonly camera: string;
  /** `2026:11:21 18:26:03`, as EXIF writes it. */
  readonly takenAt: string;
}

export function encodeDng(picture: RawPicture): Buffer {
  const { width, height, mosaic } = picture;
  const tags = tagsOf(picture, mosaic.length * 2);
  const header = 8;
  const directory = 2 + tags.length * 12 + 4;
  const extra = tags.reduce((sum, tag) => sum + (sizeOf(tag) > 4 ? even(sizeOf(tag)) : 0), 0);
  const pixelsAt = header + directory + extra;
  const file = Buffer.alloc(pixelsAt + width * height * 2);
  file.write('II*\0', 0, 'latin1');
  file.writeUInt32LE(header, 4);
  file.writeUInt16LE(tags.length, header);
  let valuesAt = header + directory;
  for (const [index, tag] of tags.entries()) {
    const values = tag.id === 0x0111 ? { ...tag, values: [pixelsAt] } : tag;
    const at = header + 2 + index * 12;
    file.writeUInt16LE(tag.id, at);
    file.writeUInt16LE(types[tag.type], at + 2);
    file.writeUInt32LE(countOf(tag), at + 4);
    const far = sizeOf(tag) > 4;
    if (far) file.writeUInt32LE(valuesAt, at + 8);
    writeValues(file, values, far ? valuesAt : at + 8);
    if (far) valuesAt += even(sizeOf(tag));
  }
  for (const [index, sample] of mosaic.entries()) file.writeUInt16LE(sample, pixelsAt + index * 2);
  return file;
}

/** In rising order of their numbers, as TIFF wants them. */
function tagsOf({ width, height, camera, takenAt }: RawPicture, pixelBytes: number): Tag[] {
  const text = (value: string) => [...Buffer.from(`${value}\0`, 'latin1')];
  // Near enough to sRGB under daylight: XYZ to camera, by the specification's ColorMatrix1.
  const matrix = [32404, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572];
  return [
    { id: 0x00fe, type: 'long', values: [0] },
    { id: 0x0100, type: 'long', values: [width] },
    { id: 0x0101, type: 'long', values: [height] },
    { id: 0x0102, type: 'short', values: [16] },
    { id: 0x0103, type: 'short', values: [1] },
    { id: 0x0106, type: 'short', values: [32803] },
    { id: 0x010f, type: 'ascii', values: text('Glassine') },
    { id: 0x0110, type: 'ascii', values: text(camera) },
    { id: 0x0111, type: 'long', values: [0] },
    { id: 0x0112, type: 'short', values: [1] },
    { id: 0x0115, type: 'short', values: [1] },
    { id: 0x0116, type: 'long', values: [height] },
    { id: 0x0117, type: 'long', values: [pixelBytes] },
    { id: 0x011c, type: 'short', values: [1] },
    { id: 0x0131, type: 'ascii', values: text('Glassine demo') },
    { id: 0x0132, type: 'ascii', values: text(takenAt) },
    { id: 0x828d, type: 'short', values: [2, 2] },
    { id: 0x828e, type: 'byte', values: [0, 1, 1, 2] },
    { id: 0xc612, type: 'byte', values: [1, 4, 0, 0] },
    { id: 0xc613, type: 'byte', values: [1, 1, 0, 0] },
    { id: 0xc614, type: 'ascii', values: text(`Glassine ${camera}`) },
    { id: 0xc61a, type: 'long', values: [0] },
    { id: 0xc61d, type: 'long', values: [4095] },
    { id: 0xc621, type: 'signedRational', values: matrix.flatMap((value) => [value, 10_000]) },
    { id: 0xc628, type: 'rational', values: [1, 2, 1, 1, 2, 3] },
    { id: 0xc65a, type: 'short', values: [21] },
  ];
}

function countOf(tag: Tag): number {
  return sizes[tag.type] === 8 ? tag.values.length / 2 : tag.values.length;
}

function sizeOf(tag: Tag): number {
  return countOf(tag) * sizes[tag.type];
}

function even(bytes: number): number {
  return bytes + (bytes & 1);
}

function writeValues(file: Buffer, tag: Tag, start: number): void {
  let at = start;
  for (const value of tag.values) {
    if (tag.type === 'byte' || tag.type === 'ascii') at = file.writeUInt8(value, at);
    else if (tag.type === 'short') at = file.writeUInt16LE(value, at);
    else if (tag.type === 'signedRational') at = file.writeInt32LE(value, at);
    else at = file.writeUInt32LE(value, at);
  }
}
