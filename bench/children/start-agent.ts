/** `start-agent MAIN` starts the agent, prints the seconds until it says that it is ready, and ends it again. */
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const [, , main] = process.argv;
assert(main !== undefined);
const began = performance.now();
const agent = spawn(process.execPath, [main, 'run', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = once(agent, 'close');
for await (const line of createInterface({ input: agent.stdout })) {
  if (!line.includes('"kind":"ready"')) continue;
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - began) / 1000 })}\n`);
  agent.kill('SIGTERM');
}
const [status] = (await ended) as [number | null];
process.exitCode = status ?? 1;
