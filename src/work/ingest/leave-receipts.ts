/** The receipts of an ingest: one in each destination's job folder, of what no receipt there names yet. */
import { GlassineError, type Problem } from '../../base/errors.js';
import { toRfc3339 } from '../../base/time.js';
import type {
  DamagedFile,
  Receipt,
  ReceiptFile,
  SkippedFile as NotInReceipt,
} from '../../rules/receipts/receipt.js';
import type { Verdict } from '../../rules/cards/verdict.js';
import { writeReceipt } from '../../store/receipts/write-receipt.js';
import type { WorkDeps } from '../deps.js';
import { bytesIn } from './byte-ranges.js';
import type { CopiedFile } from './copy-card.js';
import { type Destination, isStillThere } from './destination.js';
import type { IngestReport } from './report.js';

/** What a receipt says in words, which are not this floor's to choose. */
export interface ReceiptWords {
  readonly tool: { readonly name: string; readonly version: string };
  readonly verdict: (verdict: Verdict) => { readonly sentence: string; readonly reasons: readonly string[] };
  readonly why: (reason: 'kept-before' | 'of-a-computer' | 'thrown-away') => string;
  readonly problem: (problem: Problem) => string;
}

/**
 * The page and the manifest of each receipt, by the job's folder that they lie in; and what could not be
 * written or named.
 */
export interface LeftReceipts {
  readonly pages: ReadonlyMap<string, string>;
  /** Relative to the job's folder. */
  readonly manifests: ReadonlyMap<string, string>;
  readonly incomplete: readonly Problem[];
}

/**
 * Writes the receipts, also of what an ingest before brought that was cut short. A destination to which
 * nothing came, not even a part of a file, has none of this ingest.
 */
export async function leaveReceipts(
  deps: WorkDeps,
  words: ReceiptWords,
  done: { readonly report: IngestReport; readonly destinations: readonly Destination[] },
): Promise<LeftReceipts> {
  const pages = new Map<string, string>();
  const manifests = new Map<string, string>();
  const incomplete: Problem[] = [];
  for (const destination of done.destinations) {
    const files = await filesIn(deps, destination);
    const damaged = damagedIn(destination, done.report);
    if (files.length + damaged.length === 0) continue;
    const { root } = destination;
    try {
      const receipt = receiptOf(deps, words, { ...done, files, damaged });
      const { page, manifest, unnamed, failed } = await writeReceipt(
        { native: deps.native, folder: root },
        receipt,
      );
      deps.catalog.cards.tell(destination);
      pages.set(root, `${root}/${page}`);
      manifests.set(root, manifest);
      incomplete.push(...unnamed, ...failed);
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      destination.problem ??= error.problem;
      incomplete.push(error.problem);
    }
  }
  return { pages, manifests, incomplete };
}

async function filesIn({ catalog }: WorkDeps, destination: Destination): Promise<ReceiptFile[]> {
  const files: ReceiptFile[] = [];
  for (const { at, ...row } of catalog.cards.untold(destination)) {
    const isThere = await isStillThere({ ...row, root: destination.root });
    if (isThere) files.push({ ...row, hashedAt: toRfc3339(at) });
  }
  return files;
}

function damagedIn(destination: Destination, { salvaged }: IngestReport): DamagedFile[] {
  return salvaged.flatMap(({ path, bytes, missing, places }) => {
    const place = places.find((each) => each.destination === destination);
    return place ? [{ path, at: place.to, bytes, missingBytes: bytesIn(missing) }] : [];
  });
}

interface Told {
  readonly report: IngestReport;
  readonly destinations: readonly Destination[];
  readonly files: readonly ReceiptFile[];
  readonly damaged: readonly DamagedFile[];
}

function receiptOf(deps: WorkDeps, words: ReceiptWords, told: Told): Receipt {
  const { report, destinations, files, damaged } = told;
  const { card, verdict, startedAt, endedAt, job } = report;
  const sizes = new Map(report.listed.map(({ path, bytes }) => [path, bytes]));
  const skip = (path: string, why: string): NotInReceipt => ({ path, bytes: sizes.get(path) ?? 0, why });
  const { maker, volume } = card;
  return {
    ...{ job, tool: words.tool, hostname: deps.computer, files },
    ...{ startedAt: toRfc3339(startedAt), finishedAt: toRfc3339(endedAt) },
    card: {
      name: card.name,
      facts: [
        ...(maker === undefined ? [] : [{ label: 'Camera maker', value: maker }]),
        ...(volume === undefined ? [] : [{ label: 'File system', value: volume }]),
      ],
    },
    cameras: maker === undefined ? [] : [maker],
    expected: { files: report.files, bytes: report.bytes },
    skipped: [
      ...report.skipped.map(({ path }) => skip(path, words.why('kept-before'))),
      ...report.left.map(({ path, why }) => skip(path, words.why(why))),
    ],
    failed: report.incomplete.map((each) => skip(each.subject, words.problem(each))),
    ...(damaged.length > 0 && { damaged }),
    destinations: destinations.map((each) => ({
      ...{ name: each.name, folder: each.root },
      ...(each.device !== undefined && { device: each.device }),
      outcome: each.problem === undefined ? 'good' : each.copied > 0 ? 'incomplete' : 'failed',
      files: each.copied,
      provenFiles: provenIn(each, report.copied),
    })),
    verdict: { safe: verdict?.safe ?? false, ...wordsOf(words, verdict) },
  };
}

function provenIn(destination: Destination, copied: readonly CopiedFile[]): number {
  const places = copied.flatMap((file) => file.places.filter((place) => place.destination === destination));
  return places.filter(({ evidence }) => evidence === 'proven').length;
}

function wordsOf(words: ReceiptWords, verdict: Verdict | undefined) {
  return verdict ? words.verdict(verdict) : { sentence: '', reasons: [] };
}
