/**
 * The plan of a verification: a vault's stored files in runs of neighbours, those proven longest ago first.
 */
import type { Catalog } from '../../store/catalog/catalog.js';
import type { StoredRow } from '../../store/catalog/types.js';

/** Neighbours in the order of bytes: together they are one line of the ledger. */
export interface Page {
  /** The path before the first one; `undefined` at the beginning. */
  readonly after: string | undefined;
  readonly last: string;
  readonly rows: number;
  readonly bytes: number;
  /** The oldest proof in it, ms; 0 for a file that was never proven. */
  readonly oldest: number;
}

const rowsAtOnce = 256;
const bytesAtOnce = 512 * 1024 * 1024;

/**
 * Every stored file of a vault that was not proven at `sinceMs` or later, in pages: in the order of paths,
 * or, where time is short, the page with the oldest proof first.
 */
export function planPages(
  catalog: Catalog,
  vaultKey: number,
  { sinceMs, oldestFirst }: { sinceMs: number | undefined; oldestFirst: boolean },
): { pages: readonly Page[]; left: number } {
  const pages: Page[] = [];
  let left = 0;
  let after: string | undefined;
  let page: Page | undefined;
  const close = (): void => {
    if (page) pages.push(page);
    page = undefined;
  };
  for (;;) {
    const rows = catalog.storedIn(vaultKey, { after, limit: rowsAtOnce });
    for (const row of rows) {
      if (sinceMs !== undefined && (row.provenAt ?? 0) >= sinceMs) {
        left += 1;
        close();
      } else {
        page = grown(page, row, after);
        if (page.rows >= rowsAtOnce || page.bytes >= bytesAtOnce) close();
      }
      after = row.stored;
    }
    if (rows.length < rowsAtOnce) break;
  }
  close();
  if (oldestFirst) pages.sort((a, b) => a.oldest - b.oldest);
  return { pages, left };
}

function grown(page: Page | undefined, row: StoredRow, before: string | undefined): Page {
  const oldest = row.provenAt ?? 0;
  const last = row.stored ?? '';
  if (!page) return { after: before, last, rows: 1, bytes: row.bytes, oldest };
  const { after, rows, bytes } = page;
  return { after, last, rows: rows + 1, bytes: bytes + row.bytes, oldest: Math.min(page.oldest, oldest) };
}

/** The rows of a page as they are now. */
export function rowsOf(catalog: Catalog, vaultKey: number, page: Page): StoredRow[] {
  const rows = catalog.storedIn(vaultKey, { after: page.after, limit: page.rows });
  const end = rows.findIndex((row) => row.stored === page.last);
  return end < 0 ? rows : rows.slice(0, end + 1);
}
