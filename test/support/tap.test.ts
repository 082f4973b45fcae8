/** The count at the end of a test run: nothing that failed or was left out may look as if it had passed. */
import test from 'ava';
import { closingLine, readTap } from './tap.js';

function tallyOf(text: string): ReturnType<typeof readTap>['tally'] {
  const tap = readTap();
  for (const line of text.split('\n')) tap.read(line);
  return tap.tally;
}

test('passed, failed and skipped tests are counted apart', (t) => {
  const tally = tallyOf(`TAP version 13
ok 1 - a › one
ok 2 - a › # SKIP in the middle
not ok 3 - a › bad
#   a note
  ---
    message: why
  ...
ok 4 - a › drive -- skipped: apt-get install exfat-fuse # SKIP
ok 5 - a › switched off # SKIP

1..5
# tests 5
# pass 2
# skip 2
# fail 1`);
  t.is(closingLine(tally), '2 passed, 1 failed, 2 skipped');
  t.deepEqual(tally.failures[0]?.title, 'a > bad');
  t.true(tally.failures[0]?.details.join('\n').includes('message: why'));
  t.deepEqual(tally.skipped, [
    { title: 'a > drive', reason: 'apt-get install exfat-fuse' },
    { title: 'a > switched off', reason: 'switched off in the test' },
  ]);
});

test('tests that were never reached count as failed', (t) => {
  const tally = tallyOf(`ok 1 - a › one
not ok 2 - dist/test/a.test.js exited due to SIGKILL
# 3 tests remaining in dist/test/b.test.js`);
  t.is(closingLine(tally), '1 passed, 4 failed, 0 skipped');
});

test('a failing test that is marked as skipped is a failure', (t) => {
  t.is(closingLine(tallyOf('not ok 1 - a › one # SKIP')), '0 passed, 1 failed, 0 skipped');
});
