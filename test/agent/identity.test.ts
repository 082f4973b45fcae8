/** Who this installation is. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readIdentity } from '../../src/agent/identity.js';
import { GlassineError } from '../../src/base/errors.js';
import { temporaryFolder } from '../support/trees.js';

test('an identity is made once and stays', async (t) => {
  const file = join(await temporaryFolder(t), 'identity.json');
  const first = await readIdentity(file);
  t.regex(first.writer, /^[0-9a-f-]{36}$/);
  t.not(first.computer, '');
  t.deepEqual(await readIdentity(file), first);
});

for (const [what, text, field] of [
  ['an empty file', '', 'writer'],
  ['half a file', '{"writer":"', 'writer'],
  ['an id that could leave its folder', '{"writer":"../../etc","computer":"x"}', 'writer'],
  ['a nameless computer', '{"writer":"01234567-89ab-4def-8123-0123456789ab","computer":""}', 'computer'],
] as const) {
  test(`${what} is refused and never replaced`, async (t) => {
    const file = join(await temporaryFolder(t), 'identity.json');
    await writeFile(file, text);
    const error = await t.throwsAsync(readIdentity(file), { instanceOf: GlassineError });
    t.is(error.code, 'config-invalid');
    t.true(error.problem.subject.endsWith(field));
    t.is(await readFile(file, 'utf8'), text);
  });
}

test('a home that cannot be written is told by its name', async (t) => {
  const file = join(await temporaryFolder(t), 'nowhere', 'identity.json');
  const error = await t.throwsAsync(readIdentity(file), { instanceOf: GlassineError });
  t.is(error.code, 'home-unwritable');
});
