/** Whether what a catalog remembers is what it would compute: all of it is asked of a copy without memory. */
import path from 'node:path';
import Database from 'better-sqlite3';
import { foldDatabases } from '../../src/rules/databases.js';
import { diffFolder } from '../../src/rules/diff.js';
import { native } from '../../src/platform/native.js';
import { Catalog } from '../../src/store/catalog/catalog.js';
import type { Entry } from '../../src/base/types.js';

let copies = 0;

/**
 * A sentence for whatever is remembered wrongly of a source; `scratch` holds the copy. With the `root` of the
 * source, its marked folders are compared too.
 */
export async function falseMemories(
  catalog: Catalog,
  { root, sourceKey, scratch }: { root?: string; sourceKey: number; scratch: string },
): Promise<string[]> {
  const copy = path.join(scratch, `catalog without memory ${String(++copies)}.sqlite`);
  const marks = copyWithoutMemory(catalog.file, copy);
  const fresh = Catalog.open(copy);
  try {
    const wrong: string[] = [];
    for (const [name, ask] of questionsOf(catalog, sourceKey)) {
      const [remembered, computed] = [JSON.stringify(ask(catalog)), JSON.stringify(ask(fresh))];
      if (remembered !== computed) wrong.push(`${name}: ${remembered}, but it is ${computed}`);
    }
    if (root === undefined) return wrong;
    for await (const { folder, entries, mark } of native.walk(root)) {
      if (!mark || marks.get(folder) !== Buffer.from(mark).toString('hex')) continue;
      const found = differenceIn(fresh, { sourceKey, folder, entries });
      if (found !== undefined) wrong.push(`"${folder}" is marked as listed, but ${found}`);
    }
    return wrong;
  } finally {
    fresh.close();
  }
}

/** The marks of folders, by path, which the copy has no more. */
function copyWithoutMemory(file: string, copy: string): Map<string, string> {
  const database = new Database(file);
  database.prepare('VACUUM INTO ?').run(copy);
  database.close();
  const bare = new Database(copy);
  const marks = bare
    .prepare<[], { path: string; listing: Buffer }>(
      'SELECT path, listing FROM folders WHERE listing IS NOT NULL',
    )
    .all();
  bare.exec(`DELETE FROM complete; DELETE FROM touched; DELETE FROM folder_sums; DELETE FROM kept_sums;
    UPDATE folders SET listing = NULL`);
  bare.close();
  return new Map(marks.map(({ path: folder, listing }) => [folder, listing.toString('hex')]));
}

type Ask = (catalog: Catalog) => unknown;

function questionsOf(catalog: Catalog, sourceKey: number): [string, Ask][] {
  const vaults = catalog.vaults().map((vault) => vault.key);
  const missing = (keys: number[]): [string, Ask][] => [
    [`what ${keys.join(' and ')} lack`, (of) => of.work.missingTotals(sourceKey, keys)],
    [
      `the first files that ${keys.join(' and ')} lack`,
      (of) => of.work.missing(sourceKey, { vaultKeys: keys, afterFile: -1, limit: 9 }),
    ],
  ];
  return [
    ...vaults.flatMap((key) => missing([key])),
    ...missing(vaults),
    ['the source', (of) => of.work.sourceSummary(sourceKey)],
    ...vaults.map((key): [string, Ask] => [`kept in ${key}`, (of) => of.work.keptSummary(sourceKey, key)]),
    ['what is alive', (of) => of.aliveTotals(sourceKey, { folder: '' })],
  ];
}

/** What a comparison of a folder would still find. */
function differenceIn(
  catalog: Catalog,
  listing: { sourceKey: number; folder: string; entries: readonly Entry[] },
): string | undefined {
  const { sourceKey, folder } = listing;
  const isEmpty = listing.entries.length === 0 && folder !== '';
  const nameless: Entry = { name: '', kind: 'folder', bytes: 0, modifiedUs: 0, inode: '0', device: '0' };
  const entries = isEmpty ? [nameless] : foldDatabases(listing.entries).entries;
  const { rows } = catalog.scan.folder(sourceKey, folder);
  const { added, changed, gone, returned, special } = diffFolder(rows, entries, { fat: false });
  const found = { added, changed, gone, returned, special };
  if (Object.values(found).some((files) => files.length > 0)) return JSON.stringify(found);
  return rows.some((row) => row.present && !row.hasInode) ? 'a row has no inode' : undefined;
}
