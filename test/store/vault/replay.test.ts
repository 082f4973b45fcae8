/**
 * What a crash cut short is finished by the next opening, whatever the moment, and finishing twice changes
 * nothing.
 */
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import * as fc from 'fast-check';
import type { NewLine } from '../../../src/store/ledger/lines.js';
import type { Vault } from '../../../src/store/vault/types.js';
import { temporaryFolder } from '../../support/trees.js';
import * as kit from './vault-kit.js';

const pictures = 'Pictures/Photos';
const versions = 'Versions/Photos';

/** A batch with every kind of change in it. */
async function richBatch(vault: Vault): Promise<NewLine[]> {
  return [
    kit.moved('moves', 'moved/to'),
    kit.moved('over', 'replaced', { aside: `${versions}/replaced 1` }),
    kit.moved('into', 'into/itself'),
    kit.retired('left', 'left 1'),
    kit.retired('folder/only', 'folder/only 1'),
    kit.retiredFolder('empty'),
    await kit.incoming(vault, ['new/file', 'new']),
    await kit.incoming(vault, ['edited', 'second'], { aside: `${versions}/edited 1` }),
    await kit.incoming(vault, ['left', 'taken again']),
    await kit.incoming(vault, ['moves/inside', 'where a file was']),
    await kit.incoming(vault, ['folder', 'where a folder was']),
    await kit.incoming(vault, ['over', 'taken again too']),
    await kit.incomingLink(vault, 'link', '../somewhere'),
    kit.keptFolder('kept/empty'),
    { do: 'prune', stored: `${versions}/pruned 1`, reasons: ['a test'] },
  ];
}

const before: Readonly<Record<string, string>> = {
  [`${pictures}/edited`]: 'first',
  [`${pictures}/empty`]: '/',
  [`${pictures}/folder/only`]: 'only',
  [`${pictures}/into`]: 'into',
  [`${pictures}/left`]: 'left',
  [`${pictures}/moves`]: 'moves',
  [`${pictures}/over`]: 'over',
  [`${pictures}/replaced`]: 'replaced',
  [`${versions}/pruned 1`]: 'pruned',
};
const after: Readonly<Record<string, string>> = {
  [`${pictures}/edited`]: 'second',
  [`${pictures}/folder`]: 'where a folder was',
  [`${pictures}/into/itself`]: 'into',
  [`${pictures}/kept/empty`]: '/',
  [`${pictures}/left`]: 'taken again',
  [`${pictures}/link`]: '-> ../somewhere',
  [`${pictures}/moved/to`]: 'moves',
  [`${pictures}/moves/inside`]: 'where a file was',
  [`${pictures}/new/file`]: 'new',
  [`${pictures}/over`]: 'taken again too',
  [`${pictures}/replaced`]: 'over',
  [`${versions}/edited 1`]: 'first',
  [`${versions}/folder/only 1`]: 'only',
  [`${versions}/left 1`]: 'left',
  [`${versions}/replaced 1`]: 'replaced',
};

async function firstBatch(box: kit.VaultBox): Promise<void> {
  const vault = await box.open();
  const names = ['edited', 'folder/only', 'into', 'left', 'moves', 'over', 'replaced', 'pruned'];
  const contents = names.map((name) => (name === 'edited' ? 'first' : path.basename(name)));
  const lines: NewLine[] = [kit.sourceLine, kit.keptFolder('empty')];
  for (const [at, name] of names.entries()) lines.push(await kit.incoming(vault, [name, contents[at] ?? '']));
  await vault.commit(lines);
  await vault.commit([kit.retired('pruned', 'pruned 1')]);
  await vault.close();
}

/** Opens with a native that ends after so many steps; true when it came to its end. */
async function crash(
  box: kit.VaultBox,
  steps: number,
  use: (vault: Vault) => Promise<unknown>,
): Promise<boolean> {
  const crashing = kit.crashingNative(steps);
  let vault: Vault | undefined;
  try {
    vault = await box.open({ native: crashing.native });
    await use(vault);
    return false;
  } catch (error) {
    if (!crashing.crashed) throw error;
    return true;
  } finally {
    // Only lets go of the file: a process that has ended writes nothing.
    await vault?.close();
  }
}

test('a crash after any step of a commit, and after any step of its replay, is made good', async (t) => {
  const base = await kit.newVault(t);
  await firstBatch(base);
  t.deepEqual(await kit.contents(base.root), before);
  let kept = 0;
  for (let steps = 0; ; steps++) {
    const root = path.join(await temporaryFolder(t), 'Glassine');
    await cp(base.root, root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    const box = { ...base, root, open: (more = {}) => base.open({ root, ...more }) };
    const crashed = await crash(box, steps, async (vault) => vault.commit(await richBatch(vault)));
    for (let replay = steps % 7; crashed; replay += 3 + (steps % 5)) {
      if (!(await crash(box, replay, () => Promise.resolve()))) break;
    }
    const vault = await box.open();
    const isKept = [...vault.readLines(kit.writer, 0)].some(
      (line) => line.do === 'keep' && line.path === 'edited' && line.n > 12,
    );
    t.deepEqual(await kit.contents(root), isKept ? after : before, `${String(steps)} steps`);
    if (isKept) kept += 1;
    await vault.close();
    const again = await box.open();
    t.deepEqual(await kit.contents(root), isKept ? after : before);
    t.is(again.ledgers[0]?.problem, undefined);
    await again.close();
    if (!crashed) break;
  }
  t.true(kept > 30, `${String(kept)} of the crashes came after the ledger was written`);
});

test('a replay sets the times of what it finishes', async (t) => {
  const base = await kit.newVault(t);
  await firstBatch(base);
  const crashed = await crash(base, 12, async (vault) => vault.commit(await richBatch(vault)));
  t.true(crashed);
  await (await base.open()).close();
  t.deepEqual(await kit.contents(base.root), after);
  const { mtimeMs } = await stat(path.join(base.root, pictures, 'new/file'));
  t.is(mtimeMs, 1_700_000_000_000);
});

/** A history of random batches; the model says what the folders must show after each. */
type Act = readonly [kind: number, a: number, b: number];
let count = 0;
const names = ['a', 'b', 'c/d', 'c/e', 'f/g/h', 'f/i', 'a b.jpg'];

class Model {
  files = new Map<string, string>();
  asides = new Map<string, string>();
  strangers: string[] = [];

  async batch(vault: Vault, acts: readonly Act[]): Promise<NewLine[]> {
    const lines: NewLine[] = [];
    const filled = new Set<string>();
    const emptied = new Set<string>();
    for (const [kind, a, b] of acts) {
      const name = names[a % names.length] ?? '';
      const other = names[b % names.length] ?? '';
      const content = this.files.get(name);
      const isLeft = filled.has(name) || emptied.has(name);
      count += 1;
      const aside = `${name} ${String(count)}`;
      if (kind < 4 && !filled.has(name) && !(isLeft && content !== undefined)) {
        const text = `content ${String(count)}`;
        const more = content === undefined ? {} : { aside: `${versions}/${aside}` };
        lines.push(await kit.incoming(vault, [name, text], more));
        if (content !== undefined) this.asides.set(aside, content);
        this.files.set(name, text);
        filled.add(name);
      } else if (kind < 7 && content !== undefined && !isLeft) {
        lines.push(kit.retired(name, aside));
        this.files.delete(name);
        this.asides.set(aside, content);
        emptied.add(name);
      } else if (kind < 10 && content !== undefined && !isLeft && name !== other && !filled.has(other)) {
        const replaced = this.files.get(other);
        if (replaced !== undefined && emptied.has(other)) continue;
        lines.push(kit.moved(name, other, replaced === undefined ? {} : { aside: `${versions}/${aside}` }));
        if (replaced !== undefined) this.asides.set(aside, replaced);
        this.files.delete(name);
        this.files.set(other, content);
        emptied.add(name);
        filled.add(other);
      }
    }
    return lines;
  }

  /** Somebody puts a file where nothing is kept. */
  async stranger(root: string, at: number): Promise<void> {
    const name = names[at % names.length] ?? '';
    if (existsSync(path.join(root, pictures, name))) return;
    const content = `stranger ${String((count += 1))}`;
    await kit.strangerAt(root, `${pictures}/${name}`, content);
    this.strangers.push(content);
  }
}

const act = fc.tuple(fc.nat(9), fc.nat(99), fc.nat(99));
const batch = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 8 }),
  stranger: fc.option(fc.nat(99)),
  crashAfter: fc.option(fc.nat(30)),
  replayCrashAfter: fc.option(fc.nat(12)),
});

test('after any batches, crashes and strangers the folders show what the ledger says', async (t) => {
  let crashes = 0;
  const property = fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (history) => {
    const box = await kit.newVault(t);
    let model = new Model();
    for (const { acts, stranger, crashAfter, replayCrashAfter } of history) {
      if (stranger !== null) await model.stranger(box.root, stranger);
      const next = Object.assign(new Model(), {
        ...{ files: new Map(model.files), asides: new Map(model.asides), strangers: [...model.strangers] },
      });
      await (await box.open()).close();
      const lastLine = await ledgerLength(box);
      const crashed = await crash(box, crashAfter ?? Infinity, async (vault) => {
        await vault.commit(await next.batch(vault, acts));
      });
      if (crashed) crashes += 1;
      if (replayCrashAfter !== null) await crash(box, replayCrashAfter, () => Promise.resolve());
      await (await box.open()).close();
      const isKept = (await ledgerLength(box)) > lastLine;
      if (isKept) model = next;
      const found = await kit.contents(box.root);
      const expected = Object.fromEntries([
        ...[...model.files].map(([name, content]) => [`${pictures}/${name}`, content]),
        ...[...model.asides].map(([name, content]) => [`${versions}/${name}`, content]),
      ]) as Record<string, string>;
      for (const [place, content] of Object.entries(expected)) {
        if (found[place] !== content)
          throw new Error(`${place}: ${String(found[place])} instead of ${content}`);
      }
      // A crash before the ledger was written may leave folders that were made for it.
      const rest = Object.entries(found).filter(
        ([place, what]) => expected[place] === undefined && what !== '/',
      );
      const strangers = rest.map(([, content]) => content).sort();
      if (strangers.join() !== [...model.strangers].sort().join()) {
        throw new Error(`strangers: ${JSON.stringify(rest)} of ${model.strangers.join()}`);
      }
    }
  });
  await fc.assert(property, { numRuns: 60, seed: 20261121, includeErrorInReport: true });
  t.true(crashes > 20, `${String(crashes)} crashes`);
});

async function ledgerLength(box: kit.VaultBox): Promise<number> {
  const vault = await box.open({ readOnly: true });
  const lines = [...vault.readLines(kit.writer, 0)].filter((line) => line.do !== 'settled');
  await vault.close();
  return lines.length;
}

test('names in Incoming are not used again while the ledger has not settled them', async (t) => {
  const box = await kit.newVault(t);
  const clock = { now: () => 1_795_285_563_000 };
  const first = await box.open({ clock });
  const line = await kit.incoming(first, ['a', '1']);
  await first.commit([line]);
  // As after a crash: nothing says `settled`.
  const second = await box.open({ clock });
  const from = line.do === 'keep' ? line.from : '';
  for (let n = 0; n < 10; n++) t.not(second.incomingName(), from);
  await second.close();
  // Two at once would write over each other's lines.
  await t.throwsAsync(first.commit([kit.sourceLine]), { message: /^vault-io: Drive \(ESTALE/ });
  await first.close();
});

test('half-written files that no line names are cleared on opening', async (t) => {
  const box = await kit.newVault(t);
  await crash(box, 0, async (vault) => {
    await kit.incoming(vault, ['a', 'half']);
    await vault.commit([await kit.incoming(vault, ['b', 'never'])]);
  });
  t.is((await readdir(path.join(box.root, 'Incoming', kit.writer))).length, 2);
  await (await box.open()).close();
  t.deepEqual(await kit.contents(box.root), {});
});

test("a reader finds another writer's bytes before and after that one finishes its renames", async (t) => {
  const base = await kit.newVault(t);
  await firstBatch(base);
  for (let steps = 0; ; steps++) {
    const root = path.join(await temporaryFolder(t), 'Glassine');
    await cp(base.root, root, { recursive: true, verbatimSymlinks: true });
    const box = { ...base, root, open: (more = {}) => base.open({ root, ...more }) };
    const crashed = await crash(box, steps, async (vault) => vault.commit(await richBatch(vault)));
    if (!crashed) break;
    for (const options of [{ readOnly: true }, { writer: kit.otherWriter }]) {
      const reader = await box.open(options);
      const lines = [...reader.readLines(kit.writer, 0)];
      const isKept = lines.some((line) => line.do === 'keep' && line.path === 'new/file');
      for (const [place, content] of Object.entries(isKept ? after : before)) {
        if (content === '/' || content.startsWith('->')) continue;
        const found = await readFile(reader.absolute(place), 'utf8');
        t.is(found, content, `${place} after ${String(steps)} steps`);
      }
      await reader.close();
    }
    if (steps % 4 === 0) {
      const successor = await box.open({ writer: kit.otherWriter });
      await successor.finishFor(kit.writer);
      const isKept = [...successor.readLines(kit.writer, 0)].some(
        (line) => line.do === 'keep' && line.path === 'new/file',
      );
      const found = await kit.contents(root, ['Pictures', 'Versions']);
      t.deepEqual(found, isKept ? after : before);
      await successor.close();
    }
  }
});
