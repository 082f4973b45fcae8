/** Problems as values. */
import test from 'ava';
import { GlassineError, errnoOf, isOurs, problem, remedies } from '../../src/base/errors.js';

test('a problem carries its code, its remedy and its cause', (t) => {
  const cause = new Error('read');
  const error = problem('vault-io', 'Drive', { detail: 'EIO', facts: { neededBytes: 3 }, cause });
  t.true(error instanceof GlassineError);
  t.is(error.code, 'vault-io');
  t.is(error.remedy, remedies['vault-io']);
  t.is(error.cause, cause);
  t.is(error.message, 'vault-io: Drive (EIO)');
  t.deepEqual(error.problem, {
    code: 'vault-io',
    subject: 'Drive',
    detail: 'EIO',
    facts: { neededBytes: 3 },
  });
});

test('a problem crosses a socket as it is', (t) => {
  const { problem: value } = problem('path-unknown', 'a\nb');
  t.deepEqual(JSON.parse(JSON.stringify(value)), { code: 'path-unknown', subject: 'a\nb' });
  t.false('cause' in problem('path-unknown', 'a'));
});

test('the errno of a machine error is told from a problem of ours', (t) => {
  t.is(errnoOf(Object.assign(new Error('no'), { code: 'ENOENT' })), 'ENOENT');
  t.is(errnoOf(problem('vault-io', 'Drive')), undefined);
  for (const other of [undefined, null, 'ENOENT', new Error('no'), { code: 2 }])
    t.is(errnoOf(other), undefined);
  for (const code of ['ERR_INVALID_ARG_TYPE', 'SQLITE_CONSTRAINT', 'ABORT_ERR'])
    t.is(errnoOf(Object.assign(new Error('a mistake'), { code })), undefined);
});

test('what is wrong here is told from what is wrong with a vault', (t) => {
  for (const code of ['catalog-busy', 'home-unwritable', 'stopped', 'fault'] as const)
    t.true(isOurs(problem(code, 'here')));
  for (const code of ['vault-full', 'vault-away', 'ledger-damaged', 'source-missing'] as const)
    t.false(isOurs(problem(code, 'there')));
});
