/** What a verb is handed: this installation, and who asked. */
import type { Agent } from '../agent/agent.js';
import type { Installation } from '../agent/installation.js';
import type { Listener } from '../base/events.js';
import type { WorkDeps } from '../work/deps.js';

export interface App {
  readonly installation: Installation;
  /** The running agent, when the verb runs in its process. */
  readonly agent: Agent | undefined;
  /** The folder that relative paths are relative to: that of the person's terminal. */
  readonly folder: string;
  readonly listener: Listener;
  /** The person wants it to stop. */
  readonly signal: AbortSignal | undefined;
}

/** Runs a job: in turn with what the agent does when there is one, else at once. */
export function work<T>(app: App, name: string, job: (deps: WorkDeps) => Promise<T>): Promise<T> {
  const { agent, installation, listener, signal } = app;
  if (agent) return agent.ask(name, job, { listener, signal });
  return job(installation.deps(listener, signal));
}
