/** What a picture tells of itself: when it was taken and by which camera, read from its beginning alone. */
import ExifReader from 'exifreader';
import { readRange } from './entries.js';
import type { FsPath } from './native.js';

export interface PictureFacts {
  /** What the camera's clock showed, as if it were UTC (ms). */
  readonly takenAtMs?: number;
  readonly camera?: string;
  readonly maker?: string;
}

/** Cameras write what they know of a picture before the picture, in all formats that are read here. */
const headBytes = 256 * 1024;

/** In Fujifilm's RAF the facts are in a JPEG, whose place the header tells. */
const rafMagic = 'FUJIFILMCCD-RAW ';
const rafJpegOffsetAt = 84;

/** The facts of a picture; none where it has none, or where its format hides them (CR3, CRW, video). */
export async function factsOfPicture(path: FsPath): Promise<PictureFacts> {
  const head = await readRange(path, 0, headBytes).catch(() => undefined);
  if (!head || head.length === 0) return {};
  const isRaf = head.toString('latin1', 0, rafMagic.length) === rafMagic && head.length > rafJpegOffsetAt + 4;
  const bytes = isRaf ? head.subarray(head.readUInt32BE(rafJpegOffsetAt)) : head;
  try {
    return factsIn(ExifReader.load(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
  } catch {
    // Whatever is wrong with it, it is a picture that tells nothing.
    return {};
  }
}

function factsIn(tags: ExifReader.Tags): PictureFacts {
  const taken = tags.DateTimeOriginal ?? tags.DateTimeDigitized;
  const takenAtMs = cameraTime(taken?.description);
  const camera = plain(tags.Model?.description);
  const maker = plain(tags.Make?.description);
  return {
    ...(takenAtMs !== undefined && { takenAtMs }),
    ...(camera !== undefined && { camera }),
    ...(maker !== undefined && { maker }),
  };
}

/** `2026:03:20 10:30:00`, as EXIF writes it. Cameras whose clock was never set write zeros. */
export function cameraTime(text: string | undefined): number | undefined {
  const found = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(text ?? '');
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = year > 1900 && new Date(ms).getUTCDate() === day && new Date(ms).getUTCHours() === hour;
  return isReal ? ms : undefined;
}

function plain(text: string | undefined): string | undefined {
  const trimmed = text?.replaceAll('\0', '').trim();
  return trimmed === '' ? undefined : trimmed;
}
