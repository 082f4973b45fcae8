/** The command line's words: every verb with its arguments and options, and what they become. */
import { Command, Option } from 'commander';
import { media } from '../../base/settings.js';
import { safetyPolicies } from '../../rules/cards/verdict.js';
import type { Args } from '../args.js';
import type { VerbName } from '../verbs/registry.js';

/** What a person typed, understood. */
export type Typed =
  | {
      readonly kind: 'verb';
      readonly verb: VerbName;
      readonly args: Args;
      readonly json: boolean;
      readonly quiet: boolean;
    }
  | { readonly kind: 'run'; readonly demo: boolean; readonly json: boolean; readonly quiet: boolean };

interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The first word typed, where it is known: unless it is a verb, every verb is there to be named. */
  readonly first?: string | undefined;
}

type OnTyped = (typed: Typed) => void;

/** What adds a verb, by its name: who typed one waits for no other. */
const adders: Readonly<Record<string, (program: Command, onTyped: OnTyped) => void>> = {
  run: addRun,
  source: addSource,
  vault: addVault,
  backup: addKeeping,
  verify: addKeeping,
  retain: addKeeping,
  ingest: addCards,
  cards: addCards,
  receipt: addReceipt,
  status: addAsking,
  history: addAsking,
  ls: addAsking,
  find: addAsking,
  restore: addAsking,
  doctor: addAsking,
  pause: addPausing,
  resume: addPausing,
  eject: addEject,
};

/**
 * A parser that calls `onTyped` once; it throws commander's own error after help, version and wrong usage.
 */
export function buildProgram(output: Output, version: string, onTyped: OnTyped): Command {
  const { first = '' } = output;
  const program = new Command('glassine')
    .description(
      'Keeps every version of every picture folder on every drive you have, provably, as plain files.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .helpOption('--help', 'show what a verb takes')
    .helpCommand(false)
    .showSuggestionAfterError();
  const wanted = Object.hasOwn(adders, first) ? adders[first] : undefined;
  for (const add of wanted ? [wanted] : new Set(Object.values(adders))) add(program, onTyped);
  return program;
}

function addRun(program: Command, onTyped: OnTyped): void {
  withFormats(program.command('run'))
    .description('watch and keep, in the foreground, until stopped')
    .option('--demo', 'show the whole story in a temporary folder, in under a minute')
    .action((options: Record<string, unknown>) => {
      const { demo, json, quiet } = options;
      onTyped({ kind: 'run', demo: demo === true, json: json === true, quiet: quiet === true });
    });
}

function addSource(program: Command, onTyped: OnTyped): void {
  const source = program.command('source').description('the protected folders');
  verb(source.command('add <folder>'), onTyped, { verb: 'source', action: 'add' })
    .description('protect a folder')
    .option('--name <name>', 'what to call it; its folder in every vault')
    .option('--continue <source>', 'go on with a source known from an adopted vault, under its history');
  verb(source.command('list', { isDefault: true }), onTyped, { verb: 'source', action: 'list' }).description(
    'name them all',
  );
  verb(source.command('remove <name>'), onTyped, { verb: 'source', action: 'remove' }).description(
    'stop watching; what is kept stays kept',
  );
}

function addVault(program: Command, onTyped: OnTyped): void {
  const vault = program.command('vault').description('the places that keep');
  withPlace(verb(vault.command('add <folder>'), onTyped, { verb: 'vault', action: 'add' })).description(
    'keep everything in a folder, best on a drive of its own',
  );
  withChanges(verb(vault.command('set <name>'), onTyped, { verb: 'vault', action: 'set' })).description(
    'say something new about it',
  );
  verb(vault.command('retire <name>'), onTyped, { verb: 'vault', action: 'retire' }).description(
    'put it away for good: nothing new is kept there, everything in it can be found and restored',
  );
  verb(vault.command('activate <name>'), onTyped, { verb: 'vault', action: 'activate' }).description(
    'use a retired one again',
  );
  withPlace(verb(vault.command('adopt <folder>'), onTyped, { verb: 'vault', action: 'adopt' })).description(
    'take over a vault that this computer has not seen',
  );
  verb(vault.command('list', { isDefault: true }), onTyped, { verb: 'vault', action: 'list' }).description(
    'name them all',
  );
  verb(vault.command('rebuild <name>'), onTyped, { verb: 'vault', action: 'rebuild' }).description(
    'make its ledger anew from the files themselves',
  );
  verb(vault.command('remove <name>'), onTyped, { verb: 'vault', action: 'remove' }).description(
    'stop using it; everything in it stays',
  );
}

function withPlace(command: Command): Command {
  return command
    .option('--name <name>', 'what to call it')
    .addOption(new Option('--medium <kind>', 'what it is').choices(media))
    .option('--place <place>', 'where it is, in your words')
    .option('--off-site', 'it is away from home')
    .option('--due <span>', 'how long it may stay away, such as 30d')
    .option('--group <group>', 'the vaults it takes turns with, by a name of your own');
}

function withChanges(command: Command): Command {
  return command
    .addOption(new Option('--medium <kind>', 'what it is').choices(media))
    .option('--place <place>', 'where it is, in your words; none: nowhere in particular')
    .option('--due <span>', 'how long it may stay away, such as 30d; none: as long as it likes')
    .option('--group <group>', 'the vaults it takes turns with; none: it takes no turns')
    .option('--off-site', 'it is away from home')
    .option('--at-home', 'it is at home');
}

function addKeeping(program: Command, onTyped: OnTyped): void {
  verb(program.command('backup'), onTyped, { verb: 'backup' })
    .description('one pass now, over every connected vault')
    .option('--dry-run', 'look and count, change nothing')
    .option('--confirm-removals', 'what is missing was removed on purpose')
    .option('--limit <rate>', 'read no faster than this, 20M a second for instance');
  verb(program.command('verify [vault]'), onTyped, { verb: 'verify' })
    .description('read every copy back from its drive and compare')
    .option('--since <time>', 'only copies that were not read back since then')
    .option('--budget <span>', 'stop after so long; the longest unchecked come first');
  verb(program.command('retain [vault]'), onTyped, { verb: 'retain' })
    .description('thin old versions by your rule')
    .option('--dry-run', 'say what would go and why, remove nothing')
    .option('--rule <rule>', 'another rule, this once');
}

function addCards(program: Command, onTyped: OnTyped): void {
  verb(program.command('ingest <card>'), onTyped, { verb: 'ingest' })
    .description("copy a camera's card, proven, to every place you name")
    .option('--to <folder...>', 'where to; name two, on two drives; default what "cards set" says')
    .option('--job <name>', 'its folder in each of them; default the day and the card')
    .option('--name <template>', 'names for the pictures, such as {date}/{camera}_{counter}')
    .addOption(new Option('--safe-when <policy>', 'when the card may be formatted').choices(safetyPolicies))
    .option('--paranoid', 'read the card twice, for a reader that is not to be trusted')
    .option('--release-card-early', 'fill the first place, let go of the card, feed the others from there')
    .option('--any-folder', 'it is a card, whatever it looks like')
    .option('--dry-run', 'say what would be copied and where, write nothing');
  const cards = program
    .command('cards')
    .description('cards that were seen, and whether they may be formatted');
  verb(cards.command('list', { isDefault: true }), onTyped, { verb: 'cards', action: 'list' })
    .description('name them all')
    .addOption(new Option('--safe-when <policy>', 'when a card may be formatted').choices(safetyPolicies));
  verb(cards.command('compare <first> <second>'), onTyped, { verb: 'cards', action: 'compare' }).description(
    'what is on both, on one of them alone, and on neither: two slots of one camera',
  );
  verb(cards.command('deliver <job>'), onTyped, { verb: 'cards', action: 'deliver' }).description(
    'say that the pictures of a job were delivered',
  );
  verb(cards.command('set [card]'), onTyped, { verb: 'cards', action: 'set' })
    .description('what is done by itself when a card comes: any card, or this one')
    .option('--rule <rule>', 'always: copy it; ask: say that it is here; never; for one card also default')
    .option('--to <folder...>', 'where to; none: nowhere')
    .option('--name <template>', 'names for the pictures; none: as on the card')
    .addOption(new Option('--safe-when <policy>', 'when a card may be formatted').choices(safetyPolicies));
}

function addAsking(program: Command, onTyped: OnTyped): void {
  verb(program.command('status'), onTyped, { verb: 'status' }).description(
    'what is protected, where, and what needs doing',
  );
  verb(program.command('history <path>'), onTyped, { verb: 'history' }).description(
    'every version of a file',
  );
  verb(program.command('ls [path]'), onTyped, { verb: 'ls' })
    .description('a folder as it was')
    .option('--at <time>', 'when, such as "yesterday 18:00"');
  verb(program.command('find <words...>'), onTyped, { verb: 'find' }).description(
    'files with these words in their path',
  );
  verb(program.command('restore <paths...>'), onTyped, { verb: 'restore' })
    .description('give files back, checked while they are copied')
    .requiredOption('--to <folder>', 'where to put them')
    .option('--at <time>', 'as they were then')
    .option('--from <vault>', 'from this vault only')
    .option('--overwrite', 'replace what is there');
  verb(program.command('doctor'), onTyped, { verb: 'doctor' }).description(
    'examine this installation and this computer',
  );
}

function addReceipt(program: Command, onTyped: OnTyped): void {
  const receipt = program.command('receipt').description('the receipts in a folder, of any program');
  verb(receipt.command('verify <folder>'), onTyped, { verb: 'receipt', action: 'verify' })
    .description('read every file again and compare: ASC MHL, classic MHL, and lists of b3sum')
    .option('--record', 'write down what was found, as a generation of its history; done for our own anyway')
    .option('--no-record', 'write nothing');
  verb(receipt.command('export <folder>'), onTyped, { verb: 'receipt', action: 'export' })
    .description('write what its history says in another form, beside it')
    .requiredOption('--classic', 'as a classic MHL 1.1');
}

function addPausing(program: Command, onTyped: OnTyped): void {
  verb(program.command('pause [for]'), onTyped, { verb: 'pause' }).description(
    'keep nothing by itself for a while, such as 1h',
  );
  verb(program.command('resume'), onTyped, { verb: 'resume' }).description('go on after a pause');
}

function addEject(program: Command, onTyped: OnTyped): void {
  verb(program.command('eject <volume>'), onTyped, { verb: 'eject' }).description(
    'let go of a drive or card, and say when it is safe to unplug',
  );
}

function withFormats(command: Command): Command {
  return command
    .helpOption('--help', 'show what this verb takes')
    .option('--json', 'answer with JSON')
    .option('--quiet', 'say only what is wrong');
}

/** Which verb a command is; `action` tells the ways of one verb apart. */
interface Meant {
  readonly verb: VerbName;
  readonly action?: string;
}

/** Arguments and options become one record, by their names. */
function verb(command: Command, onTyped: OnTyped, { verb: name, ...fixed }: Meant): Command {
  return withFormats(command).action((...given: unknown[]) => {
    const positional: Record<string, unknown> = {};
    for (const [at, argument] of command.registeredArguments.entries()) {
      if (given[at] !== undefined) positional[argument.name()] = given[at];
    }
    const { json, quiet, ...options } = command.opts<Record<string, unknown>>();
    const args = { ...fixed, ...positional, ...options };
    onTyped({ kind: 'verb', verb: name, args, json: json === true, quiet: quiet === true });
  });
}
