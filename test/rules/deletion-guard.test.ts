/** When missing files may be recorded as removed. */
import test from 'ava';
import fc from 'fast-check';
import { guardRemovals } from '../../src/rules/deletion-guard.js';
import type { Removals } from '../../src/rules/deletion-guard.js';

const healthy: Removals = {
  known: 1000,
  gone: 10,
  rootExists: true,
  volumeMatches: true,
  otherFilesSeen: 990,
  confirmed: false,
};

const decide = (change: Partial<Removals>): string => {
  const { decision, code } = guardRemovals({ ...healthy, ...change });
  return code === undefined ? decision : `${decision} ${code}`;
};

test('a source whose folder is not there waits, whatever was agreed to', (t) => {
  t.is(decide({ rootExists: false, confirmed: true }), 'wait source-missing');
  t.is(decide({ rootExists: false, gone: 0 }), 'wait source-missing');
});

test('another disk at the path of a source is waited out', (t) => {
  t.is(decide({ volumeMatches: false, confirmed: true }), 'wait source-other-volume');
});

test('a source in which nothing is left waits, also a small one and an agreed one', (t) => {
  t.is(decide({ gone: 1000, otherFilesSeen: 0 }), 'wait source-empty');
  t.is(decide({ known: 1, gone: 1, otherFilesSeen: 0 }), 'wait source-empty');
  t.is(decide({ known: 1, gone: 1, otherFilesSeen: 0, confirmed: true }), 'wait source-empty');
});

test('an emptied source in which a new file appears retires the old ones', (t) => {
  t.is(decide({ known: 3, gone: 3, otherFilesSeen: 1 }), 'retire');
});

test('more than a tenth and more than fifty are put to the person', (t) => {
  t.is(decide({ known: 1000, gone: 101, otherFilesSeen: 899 }), 'ask many-removed');
  t.is(decide({ known: 1000, gone: 100, otherFilesSeen: 900 }), 'retire');
  t.is(decide({ known: 60, gone: 50, otherFilesSeen: 10 }), 'retire');
  t.is(decide({ known: 60, gone: 51, otherFilesSeen: 9 }), 'ask many-removed');
});

test('what the person agreed to is retired, and more than that is asked again', (t) => {
  const many = { gone: 500, otherFilesSeen: 500 };
  t.is(decide({ ...many, confirmed: true }), 'retire');
  t.is(decide({ ...many, confirmed: 500 }), 'retire');
  t.is(decide({ ...many, confirmed: 499 }), 'ask many-removed');
});

test('a few removals are retired without a question', (t) => {
  t.is(decide({}), 'retire');
  t.is(decide({ gone: 0 }), 'retire');
  t.is(decide({ gone: 0, known: 0, otherFilesSeen: 0 }), 'retire');
});

test('nothing is ever retired unless the source is itself and something of it was seen', (t) => {
  const removals = fc.record({
    known: fc.nat({ max: 5000 }),
    gone: fc.nat({ max: 5000 }),
    rootExists: fc.boolean(),
    volumeMatches: fc.boolean(),
    otherFilesSeen: fc.nat({ max: 3 }),
    confirmed: fc.oneof(fc.boolean(), fc.nat({ max: 5000 })),
  });
  fc.assert(
    fc.property(removals, (each) => {
      const { decision, code, reason } = guardRemovals(each);
      t.is(decision === 'retire', code === undefined);
      t.not(reason, '');
      if (decision !== 'retire' || each.gone === 0) return;
      t.true(each.rootExists && each.volumeMatches && each.otherFilesSeen > 0);
      t.true(each.gone <= 50 || each.gone * 10 <= each.known || each.confirmed !== false);
    }),
  );
});
