/** The bytes of pictures and sidecars: the same on every run, and no two files share any. */
import { createCipheriv } from 'node:crypto';

/** A RAW file: bytes that neither compress nor occur twice. */
export function rawPicture(seed: number, bytes: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeDoubleLE(seed);
  // The key stream of a cipher: as fast as memory, and every seed is another one.
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

const jpegBegin = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
const jpegEnd = Buffer.from('ffd9', 'hex');

/** What a JPEG is to a program that does not open it: a header, and bytes that do not compress. */
export function jpegLike(seed: number, bytes: number): Buffer {
  const picture = rawPicture(seed, bytes);
  jpegBegin.copy(picture);
  jpegEnd.copy(picture, bytes - jpegEnd.length);
  return picture;
}

const settings = [
  'Exposure2012',
  'Contrast2012',
  'Highlights2012',
  'Shadows2012',
  'Whites2012',
  'Clarity2012',
];

/** A sidecar: settings as XML text, which compresses as such text does. */
export function sidecar(seed: number, bytes: number): Buffer {
  const numbers = rawPicture(seed, 64 + bytes / 8);
  const lines = ['<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description'];
  let length = 0;
  for (let at = 0; length < bytes; at = (at + 1) % (numbers.length - 4)) {
    const line = `   crs:${settings[at % settings.length] ?? ''}="${numbers.readUInt16LE(at) / 100}"`;
    lines.push(line);
    length += line.length + 1;
  }
  return Buffer.from(lines.join('\n')).subarray(0, bytes);
}
