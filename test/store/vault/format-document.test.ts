/**
 * The walk-through of docs/FORMAT.md, run word for word on real vaults by a shell that knows nothing of
 * Glassine.
 */
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import { run } from '../../support/commands.js';
import { projectRoot } from '../../support/lying-mount.js';
import { testWith } from '../../support/needs.js';
import { differences, temporaryFolder } from '../../support/trees.js';
import * as kit from './vault-kit.js';

const needs = ['b3sum', 'bash'] as const;

/** The shell blocks, by the number of the step that they stand in. */
async function steps(): Promise<Map<number, string>> {
  const text = await readFile(path.join(projectRoot, 'docs/FORMAT.md'), 'utf8');
  const found = new Map<number, string>();
  for (const section of text.split(/^### (?=\d+\. )/m).slice(1)) {
    const block = /^```sh\n(.*?)^```$/ms.exec(section)?.[1];
    if (block === undefined) throw new Error(`no shell block: ${section.slice(0, 40)}`);
    found.set(Number.parseInt(section, 10), block);
  }
  return found;
}

interface WalkOptions {
  readonly only?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs steps in one shell; what each of them printed. */
async function walk(t: ExecutionContext, vault: string, options: WalkOptions = {}) {
  const out = await temporaryFolder(t);
  let script = 'set -eu\n';
  for (const [number, block] of await steps()) {
    if (options.only && !options.only.includes(number)) continue;
    script += `${block}\nprintf '\\036'\n`;
  }
  const env = { VAULT: vault, OUT: out, ...options.env };
  const { status, stdout, stderr } = await run('sh', ['-c', script], { env });
  t.is(status, 0, stderr);
  const printed = stdout.split('\u001e').map((text) => text.trim());
  return { out, printed, stderr };
}

/** A history with everything that makes recovery hard; returns the moment after each batch. */
async function richVault(t: ExecutionContext): Promise<{ box: kit.VaultBox; after: string[] }> {
  const box = await kit.newVault(t);
  const after: string[] = [];
  const vault = await box.open();
  const commit = async (lines: readonly NewLine[]): Promise<void> => {
    after.push((await vault.commit(lines)).at(-1)?.at ?? '');
  };
  await commit([
    kit.sourceLine,
    await kit.provenIncoming(vault, ['2026/Wedding/IMG_0001.xmp', 'first']),
    await kit.provenIncoming(vault, ['it\'s 100% "odd" \\ name\n\t.jpg', 'odd']),
    await kit.provenIncoming(vault, ['ä あ 😀.jpg', 'letters']),
    await kit.provenIncoming(vault, ['con%3Fa', 'escaped'], { path: 'con?a' }),
    await kit.provenIncoming(vault, ['raw%FF', 'raw'], { path: 'raw%FF%25', raw: true }),
    await kit.incomingLink(vault, 'link', "../it's there"),
    {
      do: 'keep',
      source: kit.source,
      path: 'only in the ledger',
      kind: 'link',
      target: 'x y',
      bytes: 0,
      modified: 1,
    },
    await kit.provenIncoming(vault, ['old/a', 'moves']),
    await kit.provenIncoming(vault, ['gone', 'gone']),
    kit.keptFolder('empty'),
  ]);
  await commit([
    await kit.provenIncoming(vault, ['2026/Wedding/IMG_0001.xmp', 'second'], {
      aside: 'Versions/Photos/2026/Wedding/IMG_0001 (2026-11-21 18.26.03Z).xmp',
    }),
    kit.moved('old/a', 'new/a'),
    kit.retired('gone', 'gone (2026-11-21 18.26.03Z)'),
  ]);
  await commit([
    await kit.provenIncoming(vault, ['2026/Wedding/IMG_0001.xmp', 'third'], {
      aside: 'Versions/Photos/2026/Wedding/IMG_0001 (2026-11-21 18.27.03Z).xmp',
    }),
    kit.retiredFolder('empty'),
  ]);
  await commit([{ do: 'prune', stored: 'Versions/Photos/gone (2026-11-21 18.26.03Z)', reasons: ['room'] }]);
  await vault.close();
  return { box, after };
}

testWith(needs, 'the walk-through has eight steps, and every one works on a rich vault', async (t) => {
  const { box } = await richVault(t);
  const { out, printed, stderr } = await walk(t, box.root);
  t.is(stderr, '');
  const [seen, tool, chain, unfinished, checked, copied, history] = printed;
  t.regex(seen ?? '', /"Photos" "Photos" "desk" "\/home\/a\/Photos"$/);
  t.deepEqual([tool, chain, unfinished, copied], ['', '', '', '']);
  t.is(checked, 'every file is as it was kept');
  t.is((await readFile(path.join(out, 'check'), 'utf8')).trim().split('\n').length, 8);
  const hash = (text: string): string => kit.native.hash(Buffer.from(text));
  const wedding = (history ?? '').split('\n').map((line) => line.split(' '));
  t.deepEqual(
    wedding.map(([, , b3, bytes]) => [b3, bytes]),
    [
      [hash('first'), '5'],
      [hash('second'), '6'],
      [hash('third'), '5'],
    ],
  );
  t.is(wedding[2]?.[1], 'now');
  t.deepEqual(await differences(path.join(box.root, 'Pictures'), path.join(out, 'newest')), []);
});

testWith(needs, 'every moment comes back under its true names', async (t) => {
  const { box, after } = await richVault(t);
  const always = {
    'Photos/it\'s 100% "odd" \\ name\n\t.jpg': 'odd',
    'Photos/ä あ 😀.jpg': 'letters',
    'Photos/con?a': 'escaped',
    'Photos/link': "-> ../it's there",
    'Photos/only in the ledger': '-> x y',
  };
  const expected: Record<string, string>[] = [
    { 'Photos/2026/Wedding/IMG_0001.xmp': 'first', 'Photos/old/a': 'moves', ...always },
    { 'Photos/2026/Wedding/IMG_0001.xmp': 'second', 'Photos/new/a': 'moves', ...always },
    { 'Photos/2026/Wedding/IMG_0001.xmp': 'third', 'Photos/new/a': 'moves', ...always },
  ];
  for (const [at, wanted] of expected.entries()) {
    const env = { THEN: after[at] ?? '' };
    const { out, printed } = await walk(t, box.root, { only: [1, 2, 8], env });
    const names = await readdir(path.join(out, 'as it was/Photos'), { encoding: 'buffer' });
    const raw = names.find((name) => name.includes(0xff));
    t.deepEqual(raw, Buffer.from('raw\u00ff%', 'latin1'));
    if (raw) await rm(Buffer.concat([Buffer.from(`${out}/as it was/Photos/`), raw]));
    t.deepEqual(await kit.contents(path.join(out, 'as it was'), ['Photos']), wanted);
    t.is(printed[2], at === 0 ? 'no longer kept: Photos/gone' : '');
  }
  const { out } = await walk(t, box.root, { only: [1, 2, 8] });
  const { mtimeMs } = await stat(path.join(out, 'as it was/Photos/new/a'));
  t.is(mtimeMs, 1_700_000_000_000);
});

testWith(needs, 'a changed picture and a changed ledger are found by b3sum', async (t) => {
  const { box } = await richVault(t);
  await writeFile(path.join(box.root, 'Pictures/Photos/2026/Wedding/IMG_0001.xmp'), 'thirD');
  const segment = path.join(box.root, 'Ledger', kit.writer, '00000001.jsonl');
  const text = await readFile(segment, 'utf8');
  await writeFile(segment, text.replace('"bytes":6', '"bytes":7'));
  const { printed } = await walk(t, box.root, { only: [1, 2, 3, 5] });
  t.regex(printed[2] ?? '', /^does not follow from the lines before: .*"bytes":7/);
  t.is(printed[3], 'Pictures/Photos/2026/Wedding/IMG_0001.xmp: FAILED');
});

testWith(needs, 'a torn last line is passed over', async (t) => {
  const { box } = await richVault(t);
  const segment = path.join(box.root, 'Ledger', kit.writer, '00000001.jsonl');
  const text = await readFile(segment, 'utf8');
  await writeFile(
    segment,
    `${text}{"n":99,"at":"2026-11-21T19:00:00.000Z","do":"retire","source":"${kit.source}","pa`,
  );
  const { printed } = await walk(t, box.root, { only: [1, 2, 5] });
  t.is(printed[2], 'every file is as it was kept');
});

testWith(
  needs,
  'renames that a crash left undone are finished by hand as an opening finishes them',
  async (t) => {
    const { box } = await richVault(t);
    let crashes = 0;
    for (let left = 0; ; left++) {
      const copy = path.join(await temporaryFolder(t), 'Glassine');
      await cp(box.root, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      const crashing = kit.crashingNative(left);
      const vault = await box.open({ root: copy, native: crashing.native });
      const lines = [
        kit.moved('new/a', 'a'),
        await kit.incoming(vault, ['2026/Wedding/IMG_0001.xmp', 'fourth'], {
          aside: "Versions/Photos/it's (1).xmp",
        }),
        kit.retired('link', 'link (1)'),
        await kit.incoming(vault, ['link', 'a file now']),
        kit.keptFolder('e'),
        await kit.incoming(vault, ['n/e/w', 'w']),
      ];
      const crashed = await vault.commit(lines).then(
        () => false,
        () => true,
      );
      await vault.close();
      if (!crashed) break;
      const byHand = path.join(await temporaryFolder(t), 'Glassine');
      await cp(copy, byHand, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      await (await box.open({ root: copy })).close();
      const { printed } = await walk(t, byHand, { only: [1, 2, 4, 5] });
      t.is(printed[3], 'every file is as it was kept');
      const ours = await kit.contents(copy, ['Pictures', 'Versions']);
      const theirs = await kit.contents(byHand, ['Pictures', 'Versions']);
      t.deepEqual(withoutEmpty(theirs), withoutEmpty(ours), `${String(left)} steps`);
      if ((printed[2] ?? '') !== '') crashes += 1;
    }
    t.true(crashes > 5, String(crashes));
  },
);

/** Folders that are left empty are harmless, and a hand leaves some. */
function withoutEmpty(found: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).filter(([place, what]) => what !== '/' || place.endsWith('/e')),
  );
}

testWith(needs, "a successor's ledger goes on with the versions of the one before", async (t) => {
  const { box } = await richVault(t);
  const heir = await box.open({ writer: kit.otherWriter });
  const n = [...heir.readLines(kit.writer, 0)].at(-1)?.n ?? 0;
  await heir.commit([{ ...kit.sourceLine, after: { writer: kit.writer, n } } as NewLine]);
  await heir.commit([
    await kit.provenIncoming(heir, ['2026/Wedding/IMG_0001.xmp', 'fourth'], {
      aside: 'Versions/Photos/2026/Wedding/IMG_0001 (2026-11-21 18.28.03Z).xmp',
    }),
  ]);
  await heir.close();
  await mkdir(path.join(box.root, 'Ledger', `${kit.writer} (set aside 2026-11-21 18.26.03Z)`));
  const { printed, out } = await walk(t, box.root, { only: [1, 2, 5, 7, 8] });
  t.is(printed[2], 'every file is as it was kept');
  t.is(printed[3]?.split('\n').length, 4);
  t.is(await readFile(path.join(out, 'as it was/Photos/2026/Wedding/IMG_0001.xmp'), 'utf8'), 'fourth');
});
