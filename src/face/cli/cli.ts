/**
 * The command line: what was typed becomes a question, and its answer becomes text or JSON and an exit
 * status.
 */
import { CommanderError } from 'commander';
import { systemClock } from '../../base/time.js';
import { ask } from '../ask.js';
import { exitCodeOf } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import type { AnyDocument } from '../documents/outcome.js';
import { troubleLines } from '../text/trouble-lines.js';
import { textFor } from '../text/registry.js';
import { createProgress, silentProgress } from './progress.js';
import { buildProgram } from './program.js';
import type { Typed } from './program.js';
import type { Io } from './io.js';

type TypedVerb = Extract<Typed, { kind: 'verb' }>;

/** Runs one command to its end. Throws only for faults of ours. */
export async function runCommandLine(io: Io): Promise<ExitCode> {
  const typed = await understand(io);
  if (typeof typed === 'number') return typed;
  if (typed.kind === 'run') {
    if (typed.demo) return runDemo(io);
    const { runAgent } = await import('../run.js');
    return runAgent(io, typed);
  }
  return askAndTell(io, typed);
}

/** What was typed, or the exit status where the parser has said all there is to say. */
async function understand(io: Io): Promise<Typed | ExitCode> {
  let typed: Typed | undefined;
  const program = buildProgram({ ...io, first: io.args[0] }, io.version, (found) => (typed = found));
  if (io.args.length === 0) {
    io.err(program.helpInformation());
    return 64;
  }
  try {
    await program.parseAsync(io.args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
    throw error;
  }
  return typed ?? 64;
}

async function runDemo(io: Io): Promise<ExitCode> {
  const { runDemo: tellStory } = await import('../demo/demo.js');
  return (await tellStory(io, runCommandLine)) === 0 ? 0 : 1;
}

async function askAndTell(io: Io, typed: TypedVerb): Promise<ExitCode> {
  const { verb, args, json, quiet } = typed;
  const { err, errIsTerminal, folder, signal } = io;
  const elapsedMs = (): number => performance.now();
  const progress = quiet ? silentProgress : await createProgress({ err, errIsTerminal, elapsedMs });
  const listener = progress.hear.bind(progress);
  const document = await ask(io, { verb, args, folder, listener, signal });
  progress.end();
  if (json) io.out(`${JSON.stringify(document)}\n`);
  else await tell(io, typed, document);
  return exitCodeOf(document);
}

/** The answer goes to stdout; why there is none to stderr. Quiet tells only what is wrong. */
async function tell(io: Io, { verb, quiet }: TypedVerb, document: AnyDocument): Promise<void> {
  if (document.problem) {
    io.err(`${document.problem.message}\n`);
  } else if (quiet) {
    for (const line of troubleLines(document)) io.err(`${line}\n`);
  } else {
    const lines = await textFor(verb, document, systemClock.now());
    io.out(`${lines.join('\n')}\n`);
  }
}
