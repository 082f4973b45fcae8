/** What is said on the way, in a terminal and elsewhere. */
import test from 'ava';
import { createProgress } from '../../src/face/cli/progress.js';

for (const errIsTerminal of [false, true]) {
  const where = errIsTerminal ? 'a terminal' : 'a file';
  test(`that a card can be taken out is told at once in ${where}`, async (t) => {
    const said: string[] = [];
    const progress = await createProgress({
      err: (text) => said.push(text),
      errIsTerminal,
      elapsedMs: () => 0,
    });
    progress.hear({ kind: 'released', card: 'CARD', from: '/media/Blue\n' });
    progress.end();
    t.deepEqual(said, ['The card can be taken out; copying goes on from /media/Blue\\n.\n']);
  });
}
