/** What pictures tell of themselves. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import test from 'ava';
import { cameraTime, factsOfPicture } from '../../src/platform/picture-facts.js';
import { seededBytes, temporaryFolder } from '../support/trees.js';

async function jpeg(time: string): Promise<Buffer> {
  const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } });
  const exif = { IFD0: { Make: 'Canon', Model: 'EOS R5 ' }, IFD2: { DateTimeOriginal: time } };
  return plain.withExif(exif).jpeg().toBuffer();
}

test('what is no picture, is empty or is not there tells nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'a.jpg');
  t.deepEqual(await factsOfPicture(file), {});
  const whole = await jpeg('2026:03:20 10:30:00');
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('FUJIFILMCCD-RAW '),
    seededBytes(1, 3000),
    whole.subarray(0, 30),
  ]) {
    await writeFile(file, bytes);
    t.deepEqual(await factsOfPicture(file), {});
  }
});

test('times that are none are not believed', (t) => {
  for (const text of [
    undefined,
    '',
    '0000:00:00 00:00:00',
    '2026:02:30 10:00:00',
    '2026:03:20',
    '    :  :     :  :  ',
  ])
    t.is(cameraTime(text), undefined);
});

test('a JPEG tells its time, as the camera’s clock showed it, and its camera', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.jpg');
  await writeFile(file, await jpeg('2026:03:20 10:30:00'));
  t.deepEqual(await factsOfPicture(file), {
    takenAtMs: Date.UTC(2026, 2, 20, 10, 30),
    camera: 'EOS R5',
    maker: 'Canon',
  });
});

test('a RAF is asked by way of the JPEG in it', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.raf');
  const head = Buffer.alloc(148);
  head.write('FUJIFILMCCD-RAW 0201');
  head.writeUInt32BE(148, 84);
  await writeFile(file, Buffer.concat([head, await jpeg('2026:03:20 10:30:00'), Buffer.alloc(1000)]));
  t.is((await factsOfPicture(file)).camera, 'EOS R5');
});
