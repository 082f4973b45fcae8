/** Every sentence a person can meet: that it is one, and that it uses the words of the house. */
import test from 'ava';
import { remedies } from '../../src/base/errors.js';
import type { Problem, ProblemCode } from '../../src/base/errors.js';
import { exitCodeFor, exitCodeOf } from '../../src/face/exit-codes.js';
import { sentenceFor } from '../../src/face/sentences.js';

const codes = Object.keys(remedies) as ProblemCode[];
const facts = {
  ...{
    missing: 1234,
    known: 5000,
    neededBytes: 8_100_000,
    unwatchedFolders: 12,
    files: 3,
    pid: 7,
    verb: 'backup',
  },
  ...{
    other: 'Family',
    source: 'Family',
    computer: 'attic',
    place: 'office',
    vaults: 'Drive A',
    allowed: 'a number',
  },
  ...{ value: '"x"' },
};

for (const code of codes) {
  test(`${code} is told in one plain sentence that names the thing, with facts and without`, (t) => {
    const subject = 'Photos/2026';
    for (const problem of [
      { code, subject },
      { code, subject, facts },
    ] as Problem[]) {
      const sentence = sentenceFor(problem);
      t.regex(sentence, /^[A-Z"]/, 'it begins like a sentence');
      t.notRegex(sentence, /undefined|NaN|\[object|\s{2}|\n/, 'nothing is missing in it');
      t.notRegex(sentence, /\bsync|manifest|\bhash|inode|errno|stack/i, 'no words of programmers');
      if (code !== 'agent-running') t.true(sentence.includes(subject), sentence);
      t.true(sentence.length < 330, `${sentence.length} characters`);
    }
  });
}

test('numbers that are known are said', (t) => {
  t.regex(
    sentenceFor({ code: 'vault-full', subject: 'Drive', facts }),
    /Drive is full: 8\.1 MB more are needed/,
  );
  t.regex(sentenceFor({ code: 'many-removed', subject: 'Photos', facts }), /lost 1,234 files/);
  t.regex(sentenceFor({ code: 'agent-running', subject: 'x', facts }), /\(backup, process 7\)/);
  t.regex(
    sentenceFor({ code: 'config-invalid', subject: 'quietSeconds', facts }),
    /quietSeconds is "x".*must be a number/,
  );
});

test('of a picture that was saved in part it is said where, and what is missing', (t) => {
  const saved = {
    savedAs: '/D/x.partial',
    bytes: 5000,
    missingBytes: 512,
    missing: '0 to 511',
    gaveUpAfter: 64,
  };
  const sentence = sentenceFor({ code: 'card-unreadable', subject: 'IMG_1.CR3', facts: saved });
  t.regex(sentence, /x\.partial, which is no copy: 512 bytes of it are zeros \(bytes 0 to 511\)\./);
  t.regex(sentence, /when 64 reads had failed\.$/);
});

test('a name cannot move the cursor, end the line or turn the text around', (t) => {
  const sentence = sentenceFor({ code: 'file-unreadable', subject: 'a\u001b[2Jb\nc\u202ed\u0007' });
  t.true(sentence.startsWith('a\\u{1b}[2Jb\\nc\\u{202e}d\\u{7} cannot be read'));
});

test('every code has an exit status that is promised, and none is 0', (t) => {
  for (const code of codes) t.true([1, 2, 3, 64, 70].includes(exitCodeFor(code)), code);
});

test('exit statuses are as promised', (t) => {
  t.is(exitCodeOf({ outcome: 'good' }), 0);
  t.is(exitCodeOf({ outcome: 'incomplete', incomplete: [{ code: 'file-unreadable' }] }), 2);
  t.is(exitCodeOf({ outcome: 'failed' }), 1);
  t.is(exitCodeOf({ outcome: 'failed', problem: { code: 'vault-away' } }), 3);
  t.is(exitCodeOf({ outcome: 'failed', problem: { code: 'usage' } }), 64);
  t.is(exitCodeOf({ outcome: 'failed', problem: { code: 'fault' } }), 70);
  t.is(
    exitCodeOf({ outcome: 'failed', bad: [{ code: 'copy-mismatch' }], incomplete: [{ code: 'vault-away' }] }),
    1,
  );
  t.is(exitCodeOf({ outcome: 'failed', problem: { code: 'a code of the future' } }), 1);
});
