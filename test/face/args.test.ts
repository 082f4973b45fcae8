/** Arguments as they come from a terminal or a socket. */
import test from 'ava';
import { rateOf } from '../../src/face/args.js';

for (const text of ['', '0', '0.0001', '20 fish', '-1M', 'M', '1e9', '9999999G']) {
  test(`"${text}" is refused as a rate, with an example of one`, (t) => {
    const error = t.throws(() => rateOf({ limit: text }, 'limit'), { message: /./ });
    t.like(error, { code: 'usage' });
  });
}

const rates: readonly [string, number][] = [
  ['20M', 20e6],
  ['500k', 500e3],
  ['1.5 MB/s', 1.5e6],
  ['2G', 2e9],
  ['4096', 4096],
];
for (const [text, bytes] of rates) {
  test(`"${text}" is ${bytes} bytes a second`, (t) => {
    t.is(rateOf({ limit: text }, 'limit'), bytes);
  });
}

test('no rate is as fast as it goes', (t) => {
  t.is(rateOf({}, 'limit'), undefined);
});
