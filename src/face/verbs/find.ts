/** `find`: files whose path holds all the words, also in vaults that are away and of files that are gone. */
import { toRfc3339 } from '../../base/time.js';
import type { App } from '../app.js';
import { textsOf } from '../args.js';
import type { Args } from '../args.js';
import type { FindDocument } from '../documents/asking.js';
import { holdersByKey, holdersOf } from '../holders.js';
import { placeOf } from '../words.js';
import { contentOf, copiesOf } from './history.js';

const mostMatches = 1000;

export function run(app: App, args: Args): Promise<FindDocument> {
  const { catalog } = app.installation;
  const words = textsOf(args, 'words');
  const sources = new Map(catalog.sources().map((source) => [source.key, source.name]));
  const known = holdersByKey(app);
  const found = catalog.find(words, { limit: mostMatches + 1 });
  const matches = found.slice(0, mostMatches).map((version) => {
    const { bytes, modifiedAt } = contentOf(version);
    const holders = holdersOf(copiesOf(catalog, version), known);
    return {
      path: placeOf(sources.get(version.sourceKey) ?? '', version.path),
      bytes,
      modifiedAt,
      keptAt: toRfc3339(version.since),
      current: version.until === undefined,
      vaults: [...new Set(holders.map(({ name }) => name))],
      holders,
    };
  });
  return Promise.resolve({ outcome: 'good', words, matches, more: found.length > mostMatches });
}
