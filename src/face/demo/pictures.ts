/** Photographs for the demo: a sky over hills, as a JPEG and as a DNG that any converter opens. */
import { encodeDng } from './dng.js';

/** A picture to make; the seed decides hills, light and grain, so that no two are alike. */
export interface Scene {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Added to the light, as an edit would: 0 for the picture as taken. */
  readonly exposure?: number;
}

/** A JPEG of the scene. */
export async function jpegOf(scene: Scene): Promise<Buffer> {
  // Loaded only here: an agent that runs for months has no use for an image library.
  const { default: sharp } = await import('sharp');
  const { width, height } = scene;
  const pixels = Buffer.alloc(width * height * 3);
  const light = lightOf(scene);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++)
        pixels[at + channel] = 255 * light(x, y, channel) ** (1 / 2.2);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .withExif({ IFD0: { Make: 'Glassine', Model: 'Demo', DateTime: takenAt(scene) } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** The same scene as the sensor saw it. */
export function dngOf(scene: Scene): Buffer {
  const { width, height } = scene;
  const mosaic = new Uint16Array(width * height);
  const light = lightOf(scene);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // RGGB: red on even rows and columns, blue on odd ones, green between.
      mosaic[y * width + x] = 4095 * light(x, y, (y & 1) + (x & 1));
    }
  }
  return encodeDng({ width, height, mosaic, camera: 'Demo', takenAt: takenAt(scene) });
}

/** Linear light, 0 to 1, of a channel (red, green, blue) at a pixel. */
function lightOf({ seed, width, height, exposure = 0 }: Scene) {
  const random = generator(seed);
  const hills = Array.from({ length: 3 }, (_, layer) => ({
    base: 0.45 + layer * 0.16 + random() * 0.05,
    swing: 0.05 + random() * 0.07,
    waves: 1 + random() * 4,
    phase: random() * 7,
  }));
  const tint = [0.5 + random() * 0.5, 0.45 + random() * 0.3, 0.4 + random() * 0.5];
  const sun = { x: random(), y: 0.1 + random() * 0.25 };
  const gain = 2 ** exposure;
  return (x: number, y: number, channel: number): number => {
    const u = x / width;
    const v = y / height;
    const layer = hills.findLastIndex(
      ({ base, swing, waves, phase }) => v > base + swing * Math.sin(u * waves + phase),
    );
    const glow = 0.25 / (0.02 + (u - sun.x) ** 2 + (v - sun.y) ** 2) / 12;
    const colour = tint[channel] ?? 0.5;
    const sky = (0.25 + 0.5 * v) * colour + glow;
    const ground = (0.3 - 0.08 * layer) * (channel === 1 ? 0.8 : 0.45);
    const grain = (random() - 0.5) * 0.02;
    return Math.min(1, Math.max(0, gain * (layer < 0 ? sky : ground) + grain));
  };
}

function takenAt({ seed }: Scene): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `2026:06:${two(1 + (seed % 28))} ${two(9 + (seed % 9))}:${two(seed % 60)}:00`;
}

/** Numbers from 0 up to 1 that look random and are the same every time (mulberry32). */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
