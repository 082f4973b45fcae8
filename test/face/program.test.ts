/** What people type, and what is made of it. */
import test from 'ava';
import { CommanderError } from 'commander';
import { buildProgram } from '../../src/face/cli/program.js';
import type { Typed } from '../../src/face/cli/program.js';

function typed(...args: string[]): {
  typed: Typed | undefined;
  error: CommanderError | undefined;
  said: string;
} {
  let found: Typed | undefined;
  let said = '';
  const say = (text: string): void => void (said += text);
  const program = buildProgram({ out: say, err: say }, '1.2.3', (value) => (found = value));
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { typed: found, error, said };
  }
  return { typed: found, error: undefined, said };
}

const refused = [
  ['frobnicate'],
  ['status', 'extra'],
  ['status', '--bogus'],
  ['restore', 'a'],
  ['restore', '--to', 'b'],
  ['history'],
  ['find'],
  ['source', 'add'],
  ['source', 'frobnicate'],
  ['vault', 'add', 'x', '--medium', 'tape'],
  ['cards', 'compare', 'A'],
  ['receipt', 'verify'],
  ['receipt', 'export', 'x'],
];
for (const args of refused) {
  test(`"${args.join(' ')}" is refused with a message`, (t) => {
    const { typed: found, error, said } = typed(...args);
    t.is(found, undefined);
    t.not(error?.exitCode, 0);
    t.regex(said, /^error: /);
  });
}

// Verbs of later stages are not listed before they work.
for (const verb of ['heal', 'drill', 'open', 'service']) {
  test(`${verb} is not offered yet`, (t) => {
    t.truthy(typed(verb).error);
    t.false(typed('--help').said.includes(`  ${verb}`));
  });
}

const understood: [string[], Partial<Extract<Typed, { kind: 'verb' }>>][] = [
  [['status', '--json'], { verb: 'status', args: {}, json: true }],
  [
    ['source', 'add', 'A', '--name', 'Photos'],
    { verb: 'source', args: { action: 'add', folder: 'A', name: 'Photos' } },
  ],
  [['source'], { verb: 'source', args: { action: 'list' } }],
  [['vault', 'list', '--quiet'], { verb: 'vault', args: { action: 'list' }, quiet: true }],
  [
    ['vault', 'add', 'D', '--medium', 'hdd', '--place', 'the safe', '--off-site', '--due', '30d'],
    { args: { action: 'add', folder: 'D', medium: 'hdd', place: 'the safe', offSite: true, due: '30d' } },
  ],
  [['backup', '--dry-run', '--confirm-removals'], { args: { dryRun: true, confirmRemovals: true } }],
  [
    ['ls', 'Photos/2026', '--at', 'yesterday 18:00'],
    { args: { path: 'Photos/2026', at: 'yesterday 18:00' } },
  ],
  [['find', 'wedding', 'raw'], { args: { words: ['wedding', 'raw'] } }],
  [
    ['restore', 'a', 'b', '--to', 'out', '--from', 'Drive', '--overwrite'],
    { args: { paths: ['a', 'b'], to: 'out', from: 'Drive', overwrite: true } },
  ],
  [
    ['ingest', 'CARD', '--to', 'A', '--to', 'B', '--release-card-early'],
    { verb: 'ingest', args: { card: 'CARD', to: ['A', 'B'], releaseCardEarly: true } },
  ],
  [
    ['cards', 'compare', 'A', '/media/B'],
    { verb: 'cards', args: { action: 'compare', first: 'A', second: '/media/B' } },
  ],
  [['verify', 'Drive', '--budget', '10m'], { args: { vault: 'Drive', budget: '10m' } }],
  [['receipt', 'verify', 'Job'], { verb: 'receipt', args: { action: 'verify', folder: 'Job' } }],
  [['receipt', 'verify', 'Job', '--record'], { args: { action: 'verify', folder: 'Job', record: true } }],
  [['receipt', 'export', 'Job', '--classic'], { args: { action: 'export', folder: 'Job', classic: true } }],
  [['retain', '--rule', '12/4/3'], { args: { rule: '12/4/3' } }],
  [['pause', '1h'], { args: { for: '1h' } }],
  [['history', '--', '--help'], { args: { path: '--help' } }],
];
for (const [args, expected] of understood) {
  test(`"${args.join(' ')}" is understood`, (t) => {
    const { typed: found, said } = typed(...args);
    t.is(said, '');
    t.like(found, { kind: 'verb', ...expected });
  });
}

test('run takes the demo', (t) => {
  t.like(typed('run', '--demo').typed, { kind: 'run', demo: true, json: false });
});

test('help and version are answers, not errors', (t) => {
  for (const args of [['--help'], ['restore', '--help'], ['vault', 'add', '--help'], ['--version']]) {
    const { error, said } = typed(...args);
    t.is(error?.exitCode, 0, args.join(' '));
    t.not(said, '');
  }
});

test('every verb explains itself, with --json, --quiet and --help', (t) => {
  for (const verb of [
    'run',
    'backup',
    'status',
    'history',
    'ls',
    'find',
    'restore',
    'verify',
    'retain',
    'pause',
    'resume',
    'doctor',
  ]) {
    const { said } = typed(verb, '--help');
    for (const option of ['--json', '--quiet', '--help']) t.true(said.includes(option), `${verb} ${option}`);
  }
});
