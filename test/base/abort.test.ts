/** A part of a job is stopped by itself or with the whole, and the whole never by a part. */
import test from 'ava';
import { ownStop } from '../../src/base/abort.js';

test('what is stopped already stops its parts at once, and with its reason', (t) => {
  const outer = AbortSignal.abort('enough');
  const own = ownStop(outer);
  t.true(own.signal.aborted);
  t.is(own.signal.reason, 'enough');
});

test('a part stops with the whole, and the whole goes on without a part', (t) => {
  const outer = new AbortController();
  const [one, two] = [ownStop(outer.signal), ownStop(outer.signal)];
  one.stop();
  t.deepEqual([one.signal.aborted, two.signal.aborted, outer.signal.aborted], [true, false, false]);
  outer.abort('enough');
  t.is(two.signal.reason, 'enough');
});

test('what let go of the whole is not stopped with it, and without a whole there is only the part', (t) => {
  const outer = new AbortController();
  const own = ownStop(outer.signal);
  own.release();
  outer.abort();
  t.false(own.signal.aborted);
  const alone = ownStop(undefined);
  alone.release();
  alone.stop();
  t.true(alone.signal.aborted);
});
