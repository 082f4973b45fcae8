/**
 * Takes memory and writes to all of it: `hold-memory BYTES` ends at once, `hold-memory BYTES hold` says `held`
 * and keeps it until its input ends.
 */
import { writeFile } from 'node:fs/promises';

const [, , bytes = '0', mode] = process.argv;
// If the machine runs out of memory after all, this is the process that nobody will miss.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => undefined);

const block = 2 ** 26;
const held: Buffer[] = [];
for (let at = 0; at < Number(bytes); at += block) {
  held.push(Buffer.allocUnsafeSlow(Math.min(block, Number(bytes) - at)).fill(1));
}
if (mode === 'hold') {
  // A handle on what is held, so that nothing of it is collected before the input ends.
  process.stdin.on('end', () => held.splice(0)).resume();
  process.stdout.write('held\n');
}
