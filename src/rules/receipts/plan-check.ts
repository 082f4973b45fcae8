/** What to read to check a folder against its receipts, and what no reading could tell. */
import { joinPath, isEscaped, type SourcePath } from '../../base/paths.js';
import { alwaysIgnored } from './asc-mhl.js';
import { ignoring } from './ignoring.js';
import { isInHistory, isOwnFile } from './own-files.js';
import { kindOfReceipt, type StatedHash, type Statement } from './statements.js';

/** Everything below a folder, links not followed. */
export interface Listing {
  /** With their size in bytes. */
  readonly files: ReadonlyMap<SourcePath, number>;
  readonly folders: ReadonlySet<SourcePath>;
  readonly others: ReadonlyMap<SourcePath, 'link' | 'special'>;
}

export interface Claim extends StatedHash {
  readonly receipt: SourcePath;
}

/**
 * Why something was not checked. `new`: no receipt speaks of it. `ignored`: a receipt leaves it out on
 * purpose, which is the only one that leaves the check whole.
 */
export type Uncovered = 'new' | 'ignored' | 'link' | 'special' | 'no-hash' | 'outside';

export interface CheckPlan {
  readonly files: readonly {
    readonly path: SourcePath;
    readonly bytes: number;
    readonly claims: readonly Claim[];
  }[];
  /** Stated, but not there. */
  readonly missing: readonly { readonly path: SourcePath; readonly receipt: SourcePath }[];
  readonly uncovered: readonly { readonly path: SourcePath; readonly why: Uncovered }[];
}

export function planCheck(listing: Listing, statements: readonly Statement[]): CheckPlan {
  const isLeftOut = leavingOut(statements);
  const claims = new Map<SourcePath, Claim[]>();
  const missing = new Map<SourcePath, SourcePath>();
  const uncovered: { path: SourcePath; why: Uncovered }[] = [];
  for (const statement of statements) {
    const { receipt, folder, files, folders, outside } = statement;
    const isOut = (inside: SourcePath, path: SourcePath): boolean =>
      statement.leavesOut?.butNames.has(inside) === false && isLeftOut(path);
    for (const [inside, hashes] of files) {
      const stated = joinPath(folder, inside);
      const path = locate(stated, [listing.files, listing.others]);
      if (isOut(inside, path ?? stated)) continue;
      if (path === undefined) missing.set(stated, receipt);
      else claims.set(path, [...(claims.get(path) ?? []), ...hashes.map((hash) => ({ ...hash, receipt }))]);
    }
    for (const inside of folders) {
      const path = joinPath(folder, inside);
      const isThere = locate(path, [listing.folders, listing.others]) !== undefined;
      if (!isThere && !isOut(inside, path)) missing.set(path, receipt);
    }
    for (const path of outside) uncovered.push({ path, why: 'outside' });
  }
  for (const [path, why] of listing.others) {
    if (claims.has(path) || !isLeftOut(path)) uncovered.push({ path, why });
  }
  const files: { path: SourcePath; bytes: number; claims: readonly Claim[] }[] = [];
  for (const [path, bytes] of listing.files) {
    const stated = claims.get(path);
    if (stated && stated.length > 0) files.push({ path, bytes, claims: stated });
    else if (stated) uncovered.push({ path, why: 'no-hash' });
    else if (!isReceipt(path)) uncovered.push({ path, why: isLeftOut(path) ? 'ignored' : 'new' });
  }
  return { files, missing: [...missing].map(([path, receipt]) => ({ path, receipt })), uncovered };
}

function isReceipt(path: SourcePath): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return isInHistory(path) || isOwnFile(name) || kindOfReceipt(name) !== undefined;
}

type Known = Pick<ReadonlySet<SourcePath>, 'has'>;

/** The path that is meant: file systems and programs differ in normal forms, and Windows in its slashes. */
function locate(path: SourcePath, among: readonly Known[]): SourcePath | undefined {
  const forms = isEscaped(path)
    ? [path]
    : [path, path.normalize('NFC'), path.normalize('NFD'), path.replaceAll('\\', '/')];
  return forms.find((form) => among.some((known) => known.has(form)));
}

/**
 * Whether the receipts leave a path out. Of histories inside each other the outermost decides, as in the
 * reference implementation; a path outside of all is judged by what every history leaves out.
 */
function leavingOut(statements: readonly Statement[]): (path: SourcePath) => boolean {
  const outermost = statements
    .flatMap(({ folder, leavesOut }) => (leavesOut ? [{ folder, patterns: leavesOut.patterns }] : []))
    .sort((a, b) => a.folder.length - b.folder.length)
    .map(({ folder, patterns }) => ({ folder, isOut: ignoring(patterns) }));
  const otherwise = ignoring(alwaysIgnored);
  return (path) => {
    const history = outermost.find(({ folder }) => folder === '' || path.startsWith(`${folder}/`));
    if (!history) return otherwise(path);
    return history.isOut(history.folder === '' ? path : path.slice(history.folder.length + 1));
  };
}
