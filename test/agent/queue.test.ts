/** One job at a time, and whose turn it is. */
import test from 'ava';
import { JobQueue } from '../../src/agent/queue.js';
import { GlassineError } from '../../src/base/errors.js';

const stoppedError = { instanceOf: GlassineError, message: /^stopped/ };

/** A job that runs until it is let go or stopped. */
function held(order: string[], name: string) {
  let letGo: () => void = () => undefined;
  let begun: () => void = () => undefined;
  const begins = new Promise<void>((resolve) => (begun = resolve));
  const job = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      order.push(`${name} begins`);
      begun();
      letGo = () => {
        order.push(`${name} ends`);
        resolve(name);
      };
      signal.addEventListener('abort', () => {
        order.push(`${name} stopped`);
        reject(signal.reason as Error);
      });
    });
  return { job, begins, letGo: () => letGo() };
}

test('a job that fails does not hold up the next one', async (t) => {
  const queue = new JobQueue();
  const bad = queue.run('bad', () => Promise.reject(new Error('broken')), { kind: 'asked' });
  const good = queue.run('good', () => Promise.resolve(7), { kind: 'asked' });
  await t.throwsAsync(bad, { message: 'broken' });
  t.is(await good, 7);
  t.is(queue.running, undefined);
});

test('jobs that a person asks for run one after the other', async (t) => {
  const order: string[] = [];
  const queue = new JobQueue();
  const [a, b] = [held(order, 'a'), held(order, 'b')];
  const both = [queue.run('a', a.job, { kind: 'asked' }), queue.run('b', b.job, { kind: 'asked' })];
  await a.begins;
  a.letGo();
  await b.begins;
  b.letGo();
  t.deepEqual(await Promise.all(both), ['a', 'b']);
  t.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('what runs by itself makes room for what a person asks', async (t) => {
  const order: string[] = [];
  const queue = new JobQueue();
  const [pass, restore] = [held(order, 'pass'), held(order, 'restore')];
  const stopped = queue.run('pass', pass.job, { kind: 'automatic' });
  await pass.begins;
  const asked = queue.run('restore', restore.job, { kind: 'asked' });
  await t.throwsAsync(stopped, stoppedError);
  await restore.begins;
  restore.letGo();
  t.is(await asked, 'restore');
});

test('what a person asks for comes before what waits by itself, and is not stopped by it', async (t) => {
  const order: string[] = [];
  const queue = new JobQueue();
  const [first, pass, second] = [held(order, 'first'), held(order, 'pass'), held(order, 'second')];
  const all = [
    queue.run('first', first.job, { kind: 'asked' }),
    queue.run('pass', pass.job, { kind: 'automatic' }),
    queue.run('second', second.job, { kind: 'asked' }),
  ];
  await first.begins;
  first.letGo();
  await second.begins;
  second.letGo();
  await pass.begins;
  pass.letGo();
  await Promise.all(all);
  t.deepEqual(
    order.filter((event) => event.endsWith('begins')),
    ['first begins', 'second begins', 'pass begins'],
  );
});

test('a job whose person has gone never begins', async (t) => {
  const order: string[] = [];
  const queue = new JobQueue();
  const first = held(order, 'first');
  const running = queue.run('first', first.job, { kind: 'asked' });
  const gone = new AbortController();
  const second = queue.run('second', held(order, 'second').job, { kind: 'asked', signal: gone.signal });
  gone.abort();
  await first.begins;
  first.letGo();
  await running;
  await t.throwsAsync(second, stoppedError);
  t.deepEqual(order, ['first begins', 'first ends']);
});

test('closing stops what runs and what waits, and is over when nothing moves', async (t) => {
  const order: string[] = [];
  const queue = new JobQueue();
  const [a, b] = [held(order, 'a'), held(order, 'b')];
  const both = [queue.run('a', a.job, { kind: 'asked' }), queue.run('b', b.job, { kind: 'automatic' })];
  const ends = Promise.allSettled(both);
  await a.begins;
  await queue.close();
  t.true((await ends).every((end) => end.status === 'rejected'));
  t.deepEqual(order, ['a begins', 'a stopped']);
  await t.throwsAsync(queue.run('late', held(order, 'late').job, { kind: 'asked' }), stoppedError);
});
