/** The receipts of an ingest: one in each destination's job folder, of what came there this time. */
import { GlassineError, type Problem } from '../../base/errors.js';
import { toRfc3339 } from '../../base/time.js';
import type { Receipt, ReceiptFile, SkippedFile as NotInReceipt } from '../../rules/receipts/receipt.js';
import type { Verdict } from '../../rules/cards/verdict.js';
import { writeReceipt } from '../../store/receipts/write-receipt.js';
import type { WorkDeps } from '../deps.js';
import type { CopiedFile } from './copy-card.js';
import type { Destination } from './destination.js';
import type { IngestReport } from './report.js';

/** What a receipt says in words, which are not this floor's to choose. */
export interface ReceiptWords {
  readonly tool: { readonly name: string; readonly version: string };
  readonly verdict: (verdict: Verdict) => { readonly sentence: string; readonly reasons: readonly string[] };
  readonly why: (reason: 'kept-before' | 'of-a-computer' | 'thrown-away') => string;
  readonly problem: (problem: Problem) => string;
}

/** The page of each receipt, by the job's folder that it lies in; and what could not be written or named. */
export interface LeftReceipts {
  readonly pages: ReadonlyMap<string, string>;
  readonly incomplete: readonly Problem[];
}

/** Writes the receipts. A destination to which nothing came has none of this ingest. */
export async function leaveReceipts(
  deps: WorkDeps,
  words: ReceiptWords,
  done: { readonly report: IngestReport; readonly destinations: readonly Destination[] },
): Promise<LeftReceipts> {
  const pages = new Map<string, string>();
  const incomplete: Problem[] = [];
  for (const destination of done.destinations) {
    const files = filesIn(destination, done.report.copied);
    if (files.length === 0) continue;
    const { root } = destination;
    try {
      const receipt = receiptOf(deps, words, { ...done, files });
      const { page, unnamed } = await writeReceipt({ native: deps.native, folder: root }, receipt);
      pages.set(root, `${root}/${page}`);
      incomplete.push(...unnamed);
    } catch (error) {
      if (!(error instanceof GlassineError)) throw error;
      destination.problem ??= error.problem;
      incomplete.push(error.problem);
    }
  }
  return { pages, incomplete };
}

function filesIn(destination: Destination, copied: readonly CopiedFile[]): ReceiptFile[] {
  return copied.flatMap(({ wanted, places, at, bytes, modifiedUs, b3, xxh64, sha512 }): ReceiptFile[] => {
    const place = places.find((each) => each.destination === destination);
    if (!place) return [];
    const { to: path, evidence } = place;
    const hashes = { b3, xxh64, sha512, hashedAt: toRfc3339(at) };
    return [{ path, from: wanted.file.path, bytes, modifiedUs, ...hashes, evidence }];
  });
}

interface Told {
  readonly report: IngestReport;
  readonly destinations: readonly Destination[];
  readonly files: readonly ReceiptFile[];
}

function receiptOf(deps: WorkDeps, words: ReceiptWords, { report, destinations, files }: Told): Receipt {
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
    destinations: destinations.map((each) => ({
      ...{ name: each.name, folder: each.root },
      ...(each.device !== undefined && { device: each.device }),
      outcome: each.problem === undefined ? 'good' : each.copied > 0 ? 'incomplete' : 'failed',
      files: each.copied,
      provenFiles: filesIn(each, report.copied).filter(({ evidence }) => evidence === 'proven').length,
    })),
    verdict: { safe: verdict?.safe ?? false, ...wordsOf(words, verdict) },
  };
}

function wordsOf(words: ReceiptWords, verdict: Verdict | undefined) {
  return verdict ? words.verdict(verdict) : { sentence: '', reasons: [] };
}
