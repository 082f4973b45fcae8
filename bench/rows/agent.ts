/** The agent: how soon it is ready with a large catalog, and how soon a verb is answered while it runs. */
import type { Bench } from '../bench.js';
import { startBeside } from '../command.js';
import type { Beside } from '../command.js';
import { childScript, glassineMain } from '../programs.js';
import { jsonObject } from '../stores/store.js';
import { mustBeGood } from '../stores/glassine.js';
import { WrongResult } from '../wrong-result.js';
import { us } from './row.js';
import type { Row } from './row.js';

export function agentStart(bench: Bench): Row {
  const corpus = bench.corpus('entries');
  const { glassine } = bench.stores('entries');
  const secondsIn = (stdout: string): number => {
    const { seconds } = jsonObject(stdout);
    if (typeof seconds !== 'number') throw new WrongResult(`the agent was never ready: ${stdout}`);
    return seconds;
  };
  return {
    id: 'agent-start',
    work: `start of the agent until it is ready, ${corpus.files} files kept`,
    corpus: 'entries',
    caches: 'warm',
    setUp: () => glassine.bringUpToDate(),
    contestants: [
      {
        name: us,
        needs: [],
        command: () => ({ ...glassine.verb([]), args: [childScript('start-agent'), glassineMain] }),
        told: async ({ stdout }) => ({ seconds: secondsIn(stdout) }),
      },
    ],
    targets: [{ against: 'seconds', of: 'seconds', limit: 1 }],
  };
}

export function agentAnswer(bench: Bench): Row {
  const corpus = bench.corpus('entries');
  const { glassine } = bench.stores('entries');
  let agent: Beside | undefined;
  return {
    id: 'agent-answer',
    work: `status, answered by the agent, ${corpus.files} files kept`,
    corpus: 'entries',
    caches: 'warm',
    rounds: { atLeast: 9 },
    async setUp() {
      await glassine.bringUpToDate();
      agent = startBeside(glassine.verb(['run', '--json']));
      // Its first look at everything is behind it then.
      await agent.says('"kind":"pass"');
    },
    async tearDown() {
      await agent?.end();
    },
    contestants: [
      {
        name: us,
        needs: [],
        command: () => glassine.verb(['status', '--json']),
        check: async ({ stdout }) => mustHaveAsked(stdout),
      },
    ],
    targets: [{ against: 'seconds', of: 'seconds', limit: 0.15 }],
  };
}

/** Throws `WrongResult` unless it was the agent who answered. */
function mustHaveAsked(stdout: string): void {
  const { agent } = mustBeGood(stdout);
  const isRunning =
    typeof agent === 'object' && agent !== null && 'running' in agent && agent.running === true;
  if (!isRunning) throw new WrongResult(`no agent was running: ${stdout.slice(0, 500)}`);
}
