/** C4 identifiers. */
import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { c4Of, sha512OfC4 } from '../../../src/rules/receipts/c4.js';

const sha512 = (bytes: Uint8Array | string): string => createHash('sha512').update(bytes).digest('hex');

test('what is no identifier stands for no hash', (t) => {
  const good = c4Of(sha512('a'));
  for (const wrong of ['', 'c4', good.slice(1), `${good}1`, good.replace(/.$/, '0'), `c5${good.slice(2)}`])
    t.is(sha512OfC4(wrong), undefined, wrong);
  t.is(sha512OfC4(`c4${'z'.repeat(88)}`), undefined, 'larger than any SHA-512');
});

test('the identifier of nothing is the published one', (t) => {
  const nothing =
    'c459dsjfscH38cYeXXYogktxf4Cd9ibshE3BHUo6a58hBXmRQdZrAkZzsWcbWtDg5oQstpDuni4Hirj75GEmTc1sFT';
  t.is(c4Of(sha512('')), nothing);
});

test('the smallest and the largest hash have 90 letters, too', (t) => {
  for (const hex of ['0'.repeat(128), 'f'.repeat(128), `${'0'.repeat(127)}1`]) {
    const c4 = c4Of(hex);
    t.is(c4.length, 90);
    t.is(sha512OfC4(c4), hex);
  }
});

test('every hash comes back from its identifier, and no other identifier says the same', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
      const hex = Buffer.from(bytes).toString('hex');
      const c4 = c4Of(hex);
      t.regex(c4, /^c4[1-9A-HJ-NP-Za-km-z]{88}$/);
      t.is(sha512OfC4(c4), hex);
    }),
  );
});
