/** Hashes that only receipts of other programs use. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { checksumsOf, otherFormats, sha512Of } from '../../src/platform/checksums.js';
import { plantLink, seededBytes, temporaryFolder } from '../support/trees.js';

test('a link is not followed, and a file that is not there is said so', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'a'), 'a');
  await plantLink(folder, 'link', 'a');
  await t.throwsAsync(checksumsOf(join(folder, 'link'), ['md5']), { code: 'ELOOP' });
  await t.throwsAsync(checksumsOf(join(folder, 'none'), ['md5']), { code: 'ENOENT' });
});

test('it can be stopped', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'a'), 'a');
  await t.throwsAsync(checksumsOf(join(folder, 'a'), ['md5'], AbortSignal.abort()), { code: 'ABORT_ERR' });
});

const ofNothing = {
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  xxh32: '02cc5d05',
  xxh3: '2d06800538d394c2',
  xxh128: '99aa06d3014798d86001c324468d497f',
};

test('nothing has the hashes that are published for it', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'a'), '');
  t.deepEqual(await checksumsOf(join(folder, 'a'), otherFormats), {
    ...{ changed: false, bytes: 0, digests: ofNothing },
  });
});

/** As xxhsum 0.8.1, md5sum, sha1sum and Python's xxhash print them. */
const ofSeveralPieces = {
  md5: 'da94b9b655694abbafacf71b94158d71',
  sha1: '415ca2c751fbc9aa044884ebe17e1021bb337413',
  xxh32: '42674c6f',
  xxh3: 'e7daff8e283aaf81',
  xxh128: '7359b6bb7bc63192e7daff8e283aaf81',
};

test('a file of several pieces is hashed as one', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = seededBytes(7, 2_500_001);
  await writeFile(join(folder, 'a'), bytes);
  const whole = await checksumsOf(join(folder, 'a'), otherFormats);
  t.is(whole.bytes, bytes.length);
  t.deepEqual(whole.digests, ofSeveralPieces);
  t.is(sha512Of(bytes), sha512Of(Buffer.from(bytes)));
});
