/** The versions of a file come out the same in whatever order the ledgers of several drives are read. */
import test from 'ava';
import fc from 'fast-check';
import { Catalog } from '../../../src/store/catalog/catalog.js';
import type { LedgerLine } from '../../../src/store/ledger/lines.js';
import { lineMaker, photos } from '../../support/ledger-lines.js';

/** What a source did to one file, hour by hour, and whether each of two drives was there to see it. */
const story = fc.array(
  fc.record({
    content: fc.option(fc.constantFrom('one', 'two', 'three'), { nil: undefined }),
    sees: fc.record({ a: fc.boolean(), b: fc.boolean() }),
  }),
  { minLength: 1, maxLength: 14 },
);

/** The ledger of a drive: whenever it is there, its slot is brought up to date. */
function ledgerOf(
  vault: 'a' | 'b',
  hours: typeof story extends fc.Arbitrary<infer S> ? S : never,
): LedgerLine[] {
  const line = lineMaker();
  const lines = [line({ do: 'source', ...photos, folder: 'Photos' })];
  let shown: string | undefined;
  for (const [hour, { content, sees }] of hours.entries()) {
    if (!sees[vault] || shown === content) continue;
    const at = new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
    const aside = `Versions/Photos/a ${vault} ${hour}.jpg`;
    if (content === undefined) {
      const retire = {
        do: 'retire',
        source: photos.source,
        path: 'a.jpg',
        stored: 'Pictures/Photos/a.jpg',
        aside,
      } as const;
      lines.push({ ...line(retire), at });
    } else {
      const keep = line.keep('a.jpg', content);
      lines.push({ ...keep, at, ...(shown !== undefined && { aside }) });
    }
    shown = content;
  }
  return lines;
}

function historyAfter(...ledgers: [string, LedgerLine[]][]): unknown {
  const catalog = Catalog.open(':memory:');
  for (const [id, lines] of ledgers) {
    catalog.putVault({ id, name: id });
    catalog.apply(id, 'w', lines);
  }
  const versions = catalog
    .versionsOf(catalog.sources()[0]?.key ?? -1, 'a.jpg')
    .map(({ content, since, until }) => ({ b3: content.b3, since, until }));
  catalog.close();
  return versions;
}

test('two drives tell one history, whichever is read first', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(story, (hours) => {
        const a = ledgerOf('a', hours);
        const b = ledgerOf('b', hours);
        t.deepEqual(historyAfter(['a', a], ['b', b]), historyAfter(['b', b], ['a', a]));
      }),
      { numRuns: 300 },
    );
  });
});

test('spans of one file never overlap', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(story, (hours) => {
        const ledgers = (['a', 'b'] as const).map((id): [string, LedgerLine[]] => [id, ledgerOf(id, hours)]);
        const spans = historyAfter(...ledgers) as { since: number; until: number | undefined }[];
        for (const [at, span] of spans.entries()) {
          t.true(at === 0 || (span.until !== undefined && span.until <= (spans[at - 1]?.since ?? 0)));
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('a drive that is always there is right about every hour', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(story, (hours) => {
        const catalog = Catalog.open(':memory:');
        catalog.putVault({ id: 'a', name: 'a' });
        catalog.apply(
          'a',
          'w',
          ledgerOf(
            'a',
            hours.map((hour) => ({ ...hour, sees: { a: true, b: true } })),
          ),
        );
        const key = catalog.sources()[0]?.key ?? -1;
        for (const [hour, { content }] of hours.entries()) {
          const alive = [...catalog.aliveAt(key, { folder: 'a.jpg', atMs: Date.UTC(2026, 0, 1, hour, 30) })];
          t.is(alive[0]?.content.b3, content && lineMaker().keep('a.jpg', content).b3);
        }
        catalog.close();
      }),
      { numRuns: 200 },
    );
  });
});
