/** How often volumes are looked at. */
import test from 'ava';
import { hurriedLookMs, hurryLastsMs, nextLookInMs, usualLookMs } from '../../src/rules/look-pace.js';

test('a hint that lies in the future, as after the clock was set back, hurries nobody', (t) => {
  t.is(nextLookInMs(1_000_000, 1_000_001), usualLookMs);
});

test('without a hint, a volume is noticed within half a second', (t) => {
  t.is(nextLookInMs(0, undefined), 500);
});

test('for ten seconds after a hint looks are frequent, and then as before', (t) => {
  t.is(nextLookInMs(5000, 5000), hurriedLookMs);
  t.is(nextLookInMs(5000 + hurryLastsMs - 1, 5000), hurriedLookMs);
  t.is(nextLookInMs(5000 + hurryLastsMs, 5000), usualLookMs);
  t.is(hurryLastsMs, 10_000);
});
