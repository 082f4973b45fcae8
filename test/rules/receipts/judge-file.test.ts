/** One file against what receipts state of it. */
import test from 'ava';
import { judgeFile } from '../../../src/rules/receipts/judge-file.js';
import type { Claim } from '../../../src/rules/receipts/plan-check.js';

const xxh64 = '0123456789abcdef';
const turned = 'efcdab8967452301';
const claim = (more: Partial<Claim>): Claim => ({ receipt: 'r', format: 'xxh64', digest: xxh64, ...more });

test('nothing that can be compared is not good', (t) => {
  t.is(judgeFile([], { b3: '1' }).state, 'unknown');
  t.is(judgeFile([claim({ format: 'md5' })], { xxh64 }).state, 'unknown');
});

test('one claim that does not hold is enough', (t) => {
  const wrong = claim({ format: 'md5', digest: '1', receipt: 'other' });
  const { state, broken } = judgeFile([claim({}), wrong], { xxh64, md5: '2' });
  t.is(state, 'changed');
  t.deepEqual(broken, [wrong]);
});

test('only where tools disagree may the bytes of a hash be turned round, and that is told', (t) => {
  t.is(judgeFile([claim({ digest: turned })], { xxh64 }).state, 'changed');
  t.like(judgeFile([claim({ digest: turned, eitherOrder: true })], { xxh64 }), {
    state: 'good',
    order: 'little-endian',
  });
  t.like(judgeFile([claim({ eitherOrder: true })], { xxh64 }), { state: 'good', order: 'big-endian' });
  t.is(judgeFile([claim({})], { xxh64 }).order, undefined);
});
