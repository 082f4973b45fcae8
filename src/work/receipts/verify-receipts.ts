/**
 * Checking a folder against the receipts in it, whoever wrote them: what is good, what changed, what is
 * missing, and what no receipt covers.
 */
import { GlassineError, type Problem, problem } from '../../base/errors.js';
import type { SourcePath } from '../../base/paths.js';
import { toRfc3339 } from '../../base/time.js';
import type { Evidence, Outcome } from '../../base/types.js';
import { historyFolder, mhlFormats } from '../../rules/receipts/asc-mhl.js';
import { type CheckPlan, planCheck, type Uncovered } from '../../rules/receipts/plan-check.js';
import { modificationOf } from '../../rules/receipts/receipt.js';
import { appendGeneration, type WrittenGeneration } from '../../store/receipts/write-receipt.js';
import type { WorkDeps } from '../deps.js';
import { type CheckedFile, checkFiles } from './check-files.js';
import { findReceipts, type Found, type FoundReceipt } from './find-receipts.js';

export interface CheckedReceipt extends FoundReceipt {
  /** Of classic manifests: how their XXH64 turned out to be written. */
  readonly order?: 'big-endian' | 'little-endian' | 'both';
}

export interface ReceiptReport {
  readonly outcome: Outcome;
  readonly receipts: readonly CheckedReceipt[];
  /** Files that were read and compared. */
  readonly checked: number;
  readonly bytes: number;
  /** `proven` when all that was read came from the medium. */
  readonly evidence: Evidence;
  /** Files that changed or are missing. */
  readonly bad: readonly Problem[];
  /** What is wrong with the receipts themselves. */
  readonly problems: readonly Problem[];
  /** What could not be checked, to the end. */
  readonly incomplete: readonly Problem[];
  /** Left out by the receipts on purpose. */
  readonly ignored: readonly SourcePath[];
  /** Manifests that no chain vouches for: not read. */
  readonly unchained: readonly SourcePath[];
  readonly recorded?: WrittenGeneration;
}

/** Who writes down what was found, as a further generation. */
export interface Recorder {
  readonly hostname: string;
  readonly tool: { readonly name: string; readonly version: string };
}

/** `own`: only histories that the recorder's tool went on with last, and where the folder can be written. */
export interface Recording {
  readonly recorder: Recorder;
  readonly which: 'any' | 'own';
}

/**
 * Checks everything below `root` against every receipt in it. With `recording`, what was found becomes a
 * generation of its history. Throws `folder-unreadable`, `receipt-missing`, `stopped`, and, for `any`, `usage`
 * and what `appendGeneration` throws.
 */
export async function verifyReceipts(
  deps: WorkDeps,
  root: string,
  recording?: Recording,
): Promise<ReceiptReport> {
  const found = await findReceipts(deps, root);
  if (found.receipts.length === 0 && found.problems.length === 0) throw problem('receipt-missing', root);
  if (recording?.which === 'any') refuseToRecord(found);
  const plan = planCheck(found.listing, found.statements);
  const tally = new Tally(found, plan);
  for await (const file of checkFiles(deps, root, plan.files)) {
    if ('problem' in file) tally.incomplete.push(file.problem);
    else tally.take(file);
  }
  const recorded = recording && (await record(deps, root, { recording, found, files: tally.files }));
  return { ...tally.report(), ...(recorded && { recorded }) };
}

class Tally {
  readonly #found: Found;
  readonly #plan: CheckPlan;
  readonly files: CheckedFile[] = [];
  readonly bad: Problem[] = [];
  readonly incomplete: Problem[];
  readonly #orders = new Map<SourcePath, Set<'big-endian' | 'little-endian'>>();
  #bytes = 0;
  #fromMedium = true;

  constructor(found: Found, plan: CheckPlan) {
    this.#found = found;
    this.#plan = plan;
    this.incomplete = [...found.unread];
  }

  take(file: CheckedFile): void {
    const { path, claims, state, broken, order, bytes, fromMedium } = file;
    if (state === 'unknown') {
      this.incomplete.push(uncovered(path, 'no-hash'));
      return;
    }
    this.files.push(file);
    this.#bytes += bytes;
    this.#fromMedium &&= fromMedium;
    if (state === 'changed') {
      const receipts = [...new Set(broken.map(({ receipt }) => receipt))].join(', ');
      this.bad.push(problem('receipt-mismatch', path, { facts: { receipt: receipts } }).problem);
    }
    for (const { receipt, eitherOrder } of claims) {
      if (!order || eitherOrder !== true) continue;
      const orders = this.#orders.get(receipt) ?? new Set();
      this.#orders.set(receipt, orders.add(order));
    }
  }

  report(): ReceiptReport {
    const { receipts, problems, unchained } = this.#found;
    const missing = this.#plan.missing.map(
      ({ path, receipt }) => problem('receipt-file-missing', path, { facts: { receipt } }).problem,
    );
    const bad = [...this.bad, ...missing];
    const left = this.#plan.uncovered.flatMap(({ path, why }) =>
      why === 'ignored' ? [] : [uncovered(path, why)],
    );
    const incomplete = [...this.incomplete, ...left];
    const isWrong = bad.length > 0 || problems.length > 0;
    return {
      outcome: isWrong ? 'failed' : incomplete.length > 0 ? 'incomplete' : 'good',
      receipts: receipts.map((receipt) => this.#withOrder(receipt)),
      checked: this.files.length,
      bytes: this.#bytes,
      evidence: this.#fromMedium && this.files.length > 0 ? 'proven' : 'written',
      ...{ bad, problems, incomplete, unchained },
      ignored: this.#plan.uncovered.filter(({ why }) => why === 'ignored').map(({ path }) => path),
    };
  }

  #withOrder(receipt: FoundReceipt): CheckedReceipt {
    const [order, other] = this.#orders.get(receipt.path) ?? [];
    return order === undefined ? receipt : { ...receipt, order: other === undefined ? order : 'both' };
  }
}

const reasons: Readonly<Record<Exclude<Uncovered, 'new' | 'ignored'>, string>> = {
  link: 'it is a link, and links are not followed',
  special: 'it is not a file',
  'no-hash': 'the receipt holds no checksum of it that counts',
  outside: 'the receipt names it outside of its folder',
};

function uncovered(path: SourcePath, why: Exclude<Uncovered, 'ignored'>): Problem {
  if (why === 'new') return problem('receipt-file-new', path).problem;
  return problem('receipt-not-covered', path, { facts: { why: reasons[why] } }).problem;
}

interface Findings {
  readonly recording: Recording;
  readonly found: Found;
  readonly files: readonly CheckedFile[];
}

/** Histories inside others would need generations of their own; a folder without any has none to go on with. */
function soleHistory({ receipts }: Found): FoundReceipt | undefined {
  const histories = receipts.filter(({ kind }) => kind === 'asc-mhl');
  return histories.length === 1 && histories[0]?.path === historyFolder ? histories[0] : undefined;
}

function refuseToRecord(found: Found): void {
  if (!soleHistory(found))
    throw problem('usage', 'Only a folder with one ASC MHL history, at its top, can be gone on with.');
}

/** Writes down what was found; nothing where the history is not sound, which is told anyway. */
async function record(
  deps: WorkDeps,
  folder: string,
  findings: Findings,
): Promise<WrittenGeneration | undefined> {
  const { recording, found } = findings;
  if (found.problems.length > 0) return undefined;
  if (recording.which === 'any') return await append(deps, folder, findings);
  const isOwn = soleHistory(found)?.tool?.startsWith(recording.recorder.tool.name);
  if (!isOwn) return undefined;
  try {
    return await append(deps, folder, findings);
  } catch (error) {
    // A drive that cannot be written to can be checked all the same, and nobody asked for more.
    if (error instanceof GlassineError && error.code === 'target-unwritable') return undefined;
    throw error;
  }
}

function append(
  { native, clock }: WorkDeps,
  folder: string,
  { recording: { recorder }, files }: Findings,
): Promise<WrittenGeneration> {
  const at = toRfc3339(clock.now());
  return appendGeneration(
    { native, folder },
    {
      ...recorder,
      createdAt: at,
      process: 'in-place',
      files: files.map(({ path, bytes, modifiedUs, digests }) => ({
        ...{ path, bytes, at },
        ...(modifiedUs !== undefined && { modifiedAt: modificationOf(modifiedUs) }),
        hashes: mhlFormats.flatMap((format) => {
          const digest = digests[format];
          return digest === undefined ? [] : [{ format, digest }];
        }),
      })),
    },
  );
}
