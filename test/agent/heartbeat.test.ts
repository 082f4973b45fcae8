/** The agent's one timer. */
import test from 'ava';
import { Heartbeat, longestBeatMs } from '../../src/agent/heartbeat.js';

test('who hurries it while a beat is under way gets another soon after', async (t) => {
  const begun: number[] = [];
  const third = new Promise<void>((resolve) => {
    const heart = new Heartbeat(async () => {
      begun.push(performance.now());
      if (begun.length === 1) heart.hurry();
      if (begun.length === 3) {
        resolve();
        await Promise.resolve();
        return void heart.stop();
      }
      heart.schedule(longestBeatMs);
    });
    heart.schedule(0);
  });
  await third;
  const [first = 0, second = 0, last = 0] = begun;
  t.true(second - first < longestBeatMs - 300, 'hurried');
  t.true(last - second > longestBeatMs - 300, 'once');
});
